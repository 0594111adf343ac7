"""What a runner is: something that lets nodes of a created run be claimed until none is left."""

from __future__ import annotations

from typing import Protocol

from penstock.orchestration.context import RunContext

__all__ = ["Runner"]


class Runner(Protocol):
    """Executes what is left of a run. It returns when all nodes have ended, or when `context.cancelled` was set."""

    def execute(self, context: RunContext, *, parallelism: int) -> None:
        """Runs the ready nodes, up to `parallelism` at the same time, until none is left.

        Raises:
            PenstockError: The store or the disk failed.
        """
        ...
