"""What a person or a program reads while a run goes on."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

import rich_click as click

from penstock.cli.table import shown_seconds
from penstock.metadata.records import ExecutionRecord, ExecutionState, RunRecord

if TYPE_CHECKING:
    from rich.live import Live

    from penstock.cli.place import Place
    from penstock.orchestration.outcome import Summary
    from penstock.orchestration.planner import NodePlan

__all__ = ["Screen", "screen_for"]

_WORDS = {
    ExecutionState.SUCCEEDED: "ok",
    ExecutionState.FAILED: "FAILED",
}
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

    def run_ended(self, summary: Summary, *, place: Place, pipeline: str) -> None:
        """The run is over."""
        ...


@contextmanager
def screen_for(*, as_json: bool) -> Iterator[Screen]:
    """JSON lines, moving lines in a terminal, or plain lines elsewhere."""
    if as_json:
        yield JsonLines()
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(highlight=False), transient=True, refresh_per_second=8) as live:
            yield Lines(live)
    else:
        yield Lines(None)


class Lines:
    """A line a node when it has ended; in a terminal, moving lines below for those that run.

    Args:
        live: Where lines move; None when the output is not a terminal.
    """

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._width = 0
        self._running: dict[str, tuple[float, str]] = {}

    def run_started(self, run: RunRecord, plan: Sequence[NodePlan]) -> None:
        """The title."""
        self._width = max(len(line.node) for line in plan)
        cached = sum(line.action == "cached" for line in plan)
        to_run = sum(line.action == "run" for line in plan)
        counts = ", ".join([f"{cached} cached"] * bool(cached) + [f"{to_run} to run"] * bool(to_run))
        self._print(f"{run.pipeline} · run {run.number} · {len(plan)} nodes: {counts or 'none to run'}")

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """A moving line."""
        del run
        with self._lock:
            self._running[node] = (time.monotonic(), reason)
            self._refresh()

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """The moving line's text."""
        del run
        with self._lock:
            if node in self._running:
                self._running[node] = (self._running[node][0], shown_progress(progress))
                self._refresh()

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        """The final lines."""
        del run
        with self._lock:
            for execution in executions:
                self._running.pop(execution.node, None)
                self._print_node(execution)
            self._refresh()

    def run_ended(self, summary: Summary, *, place: Place, pipeline: str) -> None:
        """Counts, time, where the model is, and the next command."""
        shown = [("ok", ExecutionState.SUCCEEDED), ("cached", ExecutionState.CACHED), ("failed", ExecutionState.FAILED)]
        shown += [("skipped", ExecutionState.SKIPPED), ("interrupted", ExecutionState.INTERRUPTED)]
        counts = " · ".join(f"{word} {summary.counts[state]}" for word, state in shown if summary.counts[state])
        self._print(f"{counts}   in {shown_seconds(summary.seconds)}")
        number, where = summary.run.number, place.options
        if summary.failed:
            again = f"penstock run {pipeline}"
            self._print(f"log: penstock logs {number} {summary.failed[0]}{where}      fix it, then: {again}")
        elif summary.signal is not None:
            self._print(f"stopped; what is done is kept. Go on with: penstock run {pipeline}")
        else:
            model = f"model: {summary.model}      " if summary.model else ""
            self._print(f"{model}next: penstock runs show {number}{where}")

    def _print_node(self, execution: ExecutionRecord) -> None:
        word = _WORDS.get(execution.state, str(execution.state))
        if execution.state is ExecutionState.CACHED:
            text = "   ".join(part for part in (f"run {execution.reused_run}", execution.note) if part)
        elif execution.state is ExecutionState.SKIPPED:
            text = execution.reason
        else:
            text = f"{_took(execution):<7} {self._result(execution)}"
        styled = f"{word:<8}" if self._live is None else f"[{_STYLES.get(word, '')}]{word:<8}[/]"
        self._print(f"  {execution.node:<{self._width}}   {styled} {_escaped(text, self._live)}", markup=True)

    def _result(self, execution: ExecutionRecord) -> str:
        if execution.state is ExecutionState.FAILED:
            lines = (execution.error or "").splitlines() or [""]
            return "\n".join([lines[0], *(f"  {' ' * self._width}   {line}" for line in lines[1:])])
        told = execution.reason not in ("", "first run") and not execution.reason.startswith("input ")
        if not execution.note:
            return execution.reason if told else ""
        return f"{execution.note}   ({execution.reason})" if told else execution.note

    def _print(self, text: str, *, markup: bool = False) -> None:
        if self._live is None:
            click.echo(text.rstrip())
        else:
            self._live.console.print(text, markup=markup, soft_wrap=True)

    def _refresh(self) -> None:
        if self._live is None:
            return
        from rich.text import Text

        lines = [
            f"  {node:<{self._width}}   running  {text or shown_seconds(time.monotonic() - started)}"
            for node, (started, text) in self._running.items()
        ]
        self._live.update(Text("\n".join(lines)))


class JsonLines:
    """A JSON object a line: `event` and what belongs to it; docs/json.md has the schema."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def run_started(self, run: RunRecord, plan: Sequence[NodePlan]) -> None:
        """`run_started`."""
        self._print("run_started", run, nodes=[asdict(line) for line in plan])

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        """`node_started`."""
        self._print("node_started", run, node=node, reason=reason)

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        """`node_progress`."""
        self._print("node_progress", run, node=node, **progress)

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

    def run_ended(self, summary: Summary, *, place: Place, pipeline: str) -> None:
        """`run_ended`."""
        self._print(
            "run_ended",
            summary.run,
            state=summary.run.state,
            counts=summary.counts,
            seconds=summary.seconds,
            model=summary.model,
            refused=summary.refused,
            root=str(place.root),
            definition=pipeline,
        )

    def _print(self, event: str, run: RunRecord, **fields: Any) -> None:
        with self._lock:
            click.echo(json.dumps({"event": event, "pipeline": run.pipeline, "run": run.number, **fields}))


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
        parts.append(f"eta {int(progress['eta']) // 60}:{int(progress['eta']) % 60:02d}")
    return "  ".join(parts)


def _took(execution: ExecutionRecord) -> str:
    if execution.started_at is None or execution.ended_at is None:
        return ""
    return shown_seconds((execution.ended_at - execution.started_at).total_seconds())


def _escaped(text: str, live: Live | None) -> str:
    if live is None:
        return text
    from rich.markup import escape

    return escape(text)
