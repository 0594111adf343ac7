"""What a person or a program reads while a run goes on."""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import rich_click as click

from penstock.cli.node_line import (
    error_lines,
    shown_counts,
    shown_interruption,
    shown_result,
    shown_state,
    shown_took,
)
from penstock.cli.place import shown_path
from penstock.cli.table import shown_clock, shown_seconds
from penstock.metadata.records import ExecutionRecord, ExecutionState, RunRecord, RunState

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from penstock.cli.place import Place
    from penstock.orchestration.outcome import Summary
    from penstock.orchestration.planner import NodePlan

__all__ = ["JsonLines", "Lines", "Screen", "screen_for", "shown_progress"]

_STYLES = {"ok": "green", "FAILED": "bold red", "cached": "cyan", "skipped": "yellow", "cancelled": "yellow"}


class Screen(Protocol):
    """An observer that is also told of the beginning and the end."""

    def run_started(self, run: RunRecord, plan: Sequence[NodePlan]) -> None:
        """The run exists, and this is its forecast."""
        ...

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """See Observer."""
        ...

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """See Observer."""
        ...

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        """See Observer."""
        ...

    def run_ended(self, summary: Summary, *, place: Place, again: str) -> None:
        """The run is over; `again` is the command that goes on with it."""
        ...


@contextmanager
def screen_for(*, as_json: bool) -> Iterator[Screen]:
    """JSON lines, moving lines in a terminal, or plain lines elsewhere."""
    if as_json:
        yield JsonLines()
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.live import Live

        lines = Lines()
        console = Console(highlight=False)
        with Live(console=console, get_renderable=lines.moving, transient=True, refresh_per_second=8) as live:
            lines.live = live
            yield lines
    else:
        yield Lines()


class Lines:
    """A line a node when it has ended; in a terminal, moving lines below for those that run.

    Attributes:
        live: Where lines move; None when the output is not a terminal.
    """

    def __init__(self) -> None:
        self.live: Live | None = None
        self._printing = threading.Lock()  # a node's lines stay together; taken before the other one
        self._lock = threading.Lock()
        self._width = 0
        self._running: dict[str, tuple[float, str]] = {}

    def run_started(self, run: RunRecord, plan: Sequence[NodePlan]) -> None:
        """The title."""
        self._width = max(len(line.node) for line in plan)
        self._print(f"{run.pipeline} · run {run.number} · {shown_counts(plan)}")

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """A moving line."""
        del run
        with self._lock:
            self._running[node] = (time.monotonic(), reason)

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """The moving line's text."""
        del run
        with self._lock:
            if node in self._running:
                self._running[node] = (self._running[node][0], shown_progress(progress))

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        """The final lines."""
        del run
        with self._lock:
            for execution in executions:
                self._running.pop(execution.node, None)
        with self._printing:
            if self.live is not None:
                self.live.refresh()  # or the lines below would still show what has ended
            for execution in executions:
                self._print_node(execution)

    def run_ended(self, summary: Summary, *, place: Place, again: str) -> None:
        """Counts, time, where the model is, and the next command."""
        with self._lock:
            self._running.clear()
        if self.live is not None:
            self.live.refresh()
        shown = [("ok", ExecutionState.SUCCEEDED), ("cached", ExecutionState.CACHED), ("failed", ExecutionState.FAILED)]
        shown += [("skipped", ExecutionState.SKIPPED), ("interrupted", ExecutionState.INTERRUPTED)]
        shown += [("not begun", ExecutionState.PENDING), ("not begun", ExecutionState.READY)]
        counts = " · ".join(f"{word} {summary.counts[state]}" for word, state in shown if summary.counts[state])
        self._print(f"{counts}   in {shown_seconds(summary.seconds)}")
        number, where = summary.run.number, place.options
        if summary.run.state is RunState.INTERRUPTED:
            self._print(f"{shown_interruption(number, summary.interrupted)}      go on: {again}")
        elif summary.failed:
            self._print(f"log: penstock logs {number} {summary.failed[0]}{where}      fix it, then: {again}")
        else:
            # A refused model lies in the root all the same; nobody shall take it for one that serves.
            label = "model (refused)" if summary.refused else "model"
            model = f"{label}: {shown_path(summary.model)}      " if summary.model else ""
            self._print(f"{model}next: penstock runs show {number}{where}")

    def moving(self) -> Text:
        """The lines of the nodes that run now; asked for several times a second."""
        from rich.text import Text

        now = time.monotonic()
        with self._lock:
            lines = [
                f"  {node:<{self._width}}   running  {shown_seconds(now - started):<7} {text}"
                for node, (started, text) in self._running.items()
            ]
        return Text("\n".join(lines), no_wrap=True, overflow="ellipsis")

    def _print_node(self, execution: ExecutionRecord) -> None:
        word, took = shown_state(execution), shown_took(execution)
        text = f"{took:<7} {shown_result(execution)}" if took else shown_result(execution)
        self._print(f"  {execution.node:<{self._width}}   ", word, f" {text}")
        if execution.state is ExecutionState.FAILED:
            for line in error_lines(execution)[1:]:
                self._print(f"  {' ' * self._width}   {line}")

    def _print(self, text: str, word: str = "", rest: str = "") -> None:
        padded = f"{word:<8}" if word else ""
        if self.live is None:
            click.echo((text + padded + rest).rstrip())
            return
        from rich.text import Text

        line = Text.assemble(text, (padded, _STYLES.get(word, "")), rest.rstrip())
        self.live.console.print(line, soft_wrap=True)


class JsonLines:
    """A JSON object a line: `event` and what belongs to it; docs/json.md describes them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run_started(self, run: RunRecord, plan: Sequence[NodePlan]) -> None:
        """`run_started`."""
        self._print("run_started", run, nodes=[line.as_plain() for line in plan])

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """`node_started`."""
        self._print("node_started", run, node=node, reason=reason)

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """`node_progress`."""
        metrics = {name: _finite(value) for name, value in (progress.get("metrics") or {}).items()}
        told = {**progress, "metrics": metrics} if metrics else dict(progress)
        self._print("node_progress", run, node=node, progress=told)

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        """`node_ended`."""
        for execution in executions:
            self._print(
                "node_ended",
                run,
                node=execution.node,
                state=execution.state,
                reason=execution.reason,
                note=execution.note,
                error=execution.error,
                reused_run=execution.reused_run,
                log=execution.log_uri,
            )

    def run_ended(self, summary: Summary, *, place: Place, again: str) -> None:
        """`run_ended`."""
        self._print(
            "run_ended",
            summary.run,
            state=summary.run.state,
            counts=summary.counts,
            seconds=summary.seconds,
            model=summary.model,
            failed=summary.failed,
            refused=summary.refused,
            root=str(place.root),
            again=again,
        )

    def _print(self, event: str, run: RunRecord, **fields: Any) -> None:
        with self._lock:
            click.echo(json.dumps({"event": event, "pipeline": run.pipeline, "run": run.number, **fields}))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON has no NaN


def shown_progress(progress: Mapping[str, Any]) -> str:
    """`step 320/500  loss 0.112  eta 0:04`, or the note."""
    if progress.get("note"):
        return str(progress["note"])
    parts = []
    if "step" in progress:
        steps = f"/{progress['steps']}" if progress.get("steps") else ""
        parts.append(f"step {progress['step']}{steps}")
    parts += [f"{name} {value:.3g}" for name, value in (progress.get("metrics") or {}).items()]
    if progress.get("eta") is not None:
        parts.append(f"eta {shown_clock(progress['eta'])}")
    return "  ".join(parts)
