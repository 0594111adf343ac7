"""What an artifact was made of, and what was made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.metadata.records import ArtifactRecord
from penstock.metadata.store import MetadataStore

__all__ = ["LineageStep", "trace"]


@dataclass(frozen=True, kw_only=True)
class LineageStep:
    """An artifact on the way.

    Attributes:
        depth: Executions between it and the artifact that was asked about, on the shortest way.
        artifact: The artifact; it says which node of which run made it.
    """

    depth: int
    artifact: ArtifactRecord


def trace(store: MetadataStore, artifact_id: str, *, up: bool, depth: int) -> Sequence[LineageStep]:
    """The artifact, then what it was made of (up) or what was made of it (down), nearest first.

    Args:
        store: The store.
        artifact_id: Id, or the beginning of one.
        up: The direction.
        depth: How many executions to go at most.

    Raises:
        NotFoundError: There is no such artifact.
    """
    start = store.artifact(artifact_id)
    entered: dict[str, list[str]] = defaultdict(list)  # artifact to the executions on its further side
    left: dict[str, list[str]] = defaultdict(list)  # execution to the artifacts on its further side
    for event in store.lineage(start.id, direction="input" if up else "output", depth=depth):
        if (event.direction == "output") == up:
            entered[event.artifact_id].append(event.execution_id)
        else:
            left[event.execution_id].append(event.artifact_id)
    found = {start.id: LineageStep(depth=0, artifact=start)}
    pending = [start.id]
    for current in pending:
        for execution in entered[current]:
            for further in left[execution]:
                if further not in found:
                    found[further] = LineageStep(depth=found[current].depth + 1, artifact=store.artifact(further))
                    pending.append(further)
    return list(found.values())
