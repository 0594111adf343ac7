"""What a run came to: counts, where the model is, which gates refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from penstock.metadata.records import ArtifactRecord, ExecutionState, RunRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.run import RunResult

__all__ = ["Summary", "summarize"]

_BLESSINGS = ("ModelBlessing", "InfraBlessing")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A run's closing words.

    Attributes:
        run: The run.
        counts: Nodes by state.
        model: Absolute path of the model: the pushed version, else the model's artifact; None without a model.
        failed: Nodes that failed.
        interrupted: Nodes that a signal ended.
        refused: What gates said no to, a phrase each.
        seconds: How long it took.
    """

    run: RunRecord
    counts: Counter[ExecutionState]
    model: str | None
    failed: list[str]
    interrupted: list[str]
    refused: list[str]
    seconds: float


def summarize(result: RunResult, store: MetadataStore, *, base: Path) -> Summary:
    """Reads a finished run's outputs.

    Args:
        result: The run.
        store: The store.
        base: The definition's folder, which destinations start from.
    """
    pushed: ArtifactRecord | None = None
    model: ArtifactRecord | None = None
    refused = []
    for execution in result.executions:
        for artifacts in store.outputs(execution.id).values():
            for artifact in artifacts:
                if artifact.type == "PushedModel" and artifact.properties.get("pushed"):
                    pushed = artifact
                elif artifact.type == "Model":
                    model = artifact
                elif artifact.type in _BLESSINGS and not artifact.properties.get("blessed"):
                    refused.append(f"{execution.node}: {execution.note or 'not blessed'}")
    where = str(base / str(pushed.properties["pushed_destination"])) if pushed else model.uri if model else None
    ended = result.run.ended_at or result.run.created_at
    return Summary(
        run=result.run,
        counts=Counter(execution.state for execution in result.executions),
        model=where,
        failed=_nodes_in(ExecutionState.FAILED, result),
        interrupted=_nodes_in(ExecutionState.INTERRUPTED, result),
        refused=refused,
        seconds=(ended - result.run.created_at).total_seconds(),
    )


def _nodes_in(state: ExecutionState, result: RunResult) -> list[str]:
    return [execution.node for execution in result.executions if execution.state is state]
