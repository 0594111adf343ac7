"""A node in one line: the same words while a run goes on, in its plan, and when it is looked up later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from penstock.cli.table import shown_number, shown_seconds
from penstock.metadata.records import ExecutionRecord, ExecutionState

if TYPE_CHECKING:
    from penstock.orchestration.planner import NodePlan

__all__ = ["error_lines", "shown_counts", "shown_interruption", "shown_result", "shown_state", "shown_took"]

_WORDS = {
    ExecutionState.SUCCEEDED: "ok",
    ExecutionState.FAILED: "FAILED",
}


def shown_state(execution: ExecutionRecord) -> str:
    """`ok`, `FAILED`, `cached`, ..."""
    return _WORDS.get(execution.state, str(execution.state))


def shown_took(execution: ExecutionRecord) -> str:
    """How long its attempt took; "" for a node that did not run."""
    if execution.reused_run is not None or execution.started_at is None or execution.ended_at is None:
        return ""
    return shown_seconds((execution.ended_at - execution.started_at).total_seconds())


def shown_result(execution: ExecutionRecord) -> str:
    """What came out and why it ran, in one line: `blessed: accuracy 0.98 >= 0.95   (param num_steps: 500 -> 600)`."""
    if execution.state is ExecutionState.FAILED:
        return error_lines(execution)[0]
    reused = "" if execution.reused_run is None else f"run {execution.reused_run}"
    # Without anything to compare with, or where the cause is another node's line, the reason is no news.
    reason = "" if execution.reason == "first run" or execution.reason.startswith("input ") else execution.reason
    if execution.note and reason and execution.reused_run is None:
        reason = f"({reason})"
    elif execution.note == reason:
        reason = ""
    return "   ".join(part for part in (reused, execution.note, reason) if part)


def error_lines(execution: ExecutionRecord) -> list[str]:
    """The message of a failed node, a line each; at least one."""
    return (execution.error or "no message").splitlines()


def shown_counts(plan: Sequence[NodePlan]) -> str:
    """`5 nodes: 2 cached, 3 to run`."""
    words = {"cached": "cached", "run": "to run", "excluded": "left out"}
    counts = {word: sum(line.action == action for line in plan) for action, word in words.items()}
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    return f"{shown_number(len(plan), 'node')}: {told}"


def shown_interruption(number: int, nodes: Sequence[str]) -> str:
    """`run 7 was interrupted at trainer; what it had finished is kept`."""
    where = f"at {', '.join(nodes)}" if nodes else "between nodes"
    return f"run {number} was interrupted {where}; what it had finished is kept"
