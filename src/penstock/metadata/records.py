"""What the metadata store gives out: plain frozen records. Times are timezone-aware UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "TERMINAL",
    "ArtifactRecord",
    "AttemptRecord",
    "CachePart",
    "Claim",
    "Direction",
    "EventRecord",
    "ExecutionRecord",
    "ExecutionState",
    "NewArtifact",
    "Owner",
    "RunRecord",
    "RunState",
]

PropertyValue = int | float | str


class RunState(StrEnum):
    """State of a run."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


class ExecutionState(StrEnum):
    """State of a node in a run. pending: upstream is not done; ready: can be claimed."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    CACHED = "cached"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


TERMINAL = frozenset(
    {
        ExecutionState.SUCCEEDED,
        ExecutionState.CACHED,
        ExecutionState.FAILED,
        ExecutionState.SKIPPED,
        ExecutionState.CANCELLED,
    }
)

Direction = Literal["input", "output"]


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The process that holds a claim, so that another one can tell whether it still lives.

    Attributes:
        name: Host name.
        boot_id: The kernel's boot id: after a reboot all owners of that machine are dead. Behind it, the namespace of
            process ids, which each container has of its own.
        pid: Process id.
        pid_start: Start time of the process in clock ticks since boot (field 22 of /proc/<pid>/stat); tells a reused
            pid from the old one.
    """

    name: str
    boot_id: str
    pid: int
    pid_start: int


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """A run.

    Attributes:
        id: ULID.
        number: What a user types; unique in the store.
        pipeline: Name of the pipeline.
        spec_digest: `sha256:` of the compiled spec; the spec itself lies beside the sources in the root.
        params: Run parameters given and defaulted, as plain data.
        state: State.
        created_by: User name at the submitting machine.
        created_at: When it was created.
        ended_at: When it ended, or None.
    """

    id: str
    number: int
    pipeline: str
    spec_digest: str
    params: Mapping[str, Any]
    state: RunState
    created_by: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ExecutionRecord:
    """A node in a run.

    Attributes:
        id: ULID.
        run_id: The run.
        node: Id of the node.
        state: State.
        reason: Why it is in this state, one line for a person ("model.py: run_fn changed", "needs trainer").
        key: Its cache key, or None before it was computed.
        reused: For a cached one, the id of the execution that made the bytes.
        reused_run: Number of that execution's run.
        attempt: Number of its current attempt; 0 before the first.
        started_at: When its current attempt was claimed.
        ended_at: When it ended.
        log_uri: Log of its current attempt.
        error: Message of a failed one.
        note: The last thing that the executor reported about its result, one line.
        resolution: Artifact ids that its queries resolved to: input name to ids.
    """

    id: str
    run_id: str
    node: str
    state: ExecutionState
    reason: str
    key: str | None
    reused: str | None
    reused_run: int | None
    attempt: int
    started_at: datetime | None
    ended_at: datetime | None
    log_uri: str | None
    error: str | None
    note: str
    resolution: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class AttemptRecord:
    """One try of an execution."""

    id: str
    execution_id: str
    number: int
    owner: Owner
    state: ExecutionState
    error: str | None
    log_uri: str | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to run a node, until a newer claim.

    Attributes:
        run_id: The run.
        execution_id: The execution.
        node: Id of the node.
        attempt_id: ULID of the attempt that this claim made; the name of its folder.
        attempt: Its number, from 1.
        resolution: What an earlier attempt's queries resolved to, to be used again.
    """

    run_id: str
    execution_id: str
    node: str
    attempt_id: str
    attempt: int
    resolution: Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class NewArtifact:
    """An artifact that an attempt made and wants to publish.

    Attributes:
        id: ULID, given by the maker.
        channel: Name of the output.
        type: Type's name.
        uri: Where the bytes are.
        digest: Tree digest of the bytes.
        identity: What cache keys compare.
        bytes: Size in bytes.
        properties: Typed properties.
        managed: Whether the bytes are ours to delete.
    """

    id: str
    channel: str
    type: str
    uri: str
    digest: str
    identity: str
    bytes: int
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)
    managed: bool = True


@dataclass(frozen=True, kw_only=True)
class ArtifactRecord:
    """A published artifact.

    Attributes:
        seq: Its place in the order of publishing; from the database, never from a clock.
        state: `live`, or what retention made of it.
        execution_id: The execution that made it; None for one that was imported by hand.
        run_number: Number of that execution's run.
        node: Node of that execution.
        channel: Output of that node.
        pipeline: Pipeline of that run.
    """

    id: str
    type: str
    uri: str
    digest: str
    identity: str
    bytes: int
    managed: bool
    state: str
    seq: int
    properties: Mapping[str, PropertyValue]
    created_at: datetime
    execution_id: str | None
    run_number: int | None
    node: str | None
    channel: str | None
    pipeline: str | None


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """An artifact went into or came out of an execution, at a place of a channel."""

    execution_id: str
    artifact_id: str
    direction: Direction
    channel: str
    index: int


@dataclass(frozen=True, kw_only=True)
class CachePart:
    """One part of a cache key.

    Attributes:
        name: What it is: `component`, `param train_steps`, `input examples`, `code model.py: run_fn`, ...
        digest: Digest of its content.
        shown: How to show it to a person, short; "" where the name says all.
    """

    name: str
    digest: str
    shown: str = ""
