"""Who is told what happens in a run: the terminal, JSON lines, a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from penstock.metadata.records import ExecutionRecord, RunRecord

__all__ = ["Observer"]


class Observer(Protocol):
    """Told of every step, possibly from several threads at once. It must not raise."""

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """An executor starts."""
        ...

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """An executor reported; see `ExecutionContext.report`."""
        ...

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        """Nodes reached their final state."""
        ...
