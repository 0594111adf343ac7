"""What the rest of Penstock asks of a metadata store. `penstock.metadata.sql` answers for SQLite and PostgreSQL.

Each method is one transaction: it happens wholly or not at all, and what it returns was true at its commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from penstock.metadata.records import (
    ArtifactRecord,
    AttemptRecord,
    CachePart,
    Claim,
    Direction,
    EventRecord,
    ExecutionRecord,
    NewArtifact,
    Owner,
    PropertyValue,
    RunRecord,
)

__all__ = ["MetadataStore"]


class MetadataStore(Protocol):
    """The store.

    All methods raise StoreBusyError when the database does not answer in time, StorageError on a full or broken disk,
    NotFoundError for an id that is not there.
    """

    @property
    def url(self) -> str:
        """The URL that another process opens the same store with, without a password."""
        ...

    def close(self) -> None:
        """Gives back all connections."""
        ...

    # -- runs ----------------------------------------------------------------------------------------------------------

    def create_run(
        self,
        *,
        pipeline: str,
        spec_digest: str,
        params: Mapping[str, Any],
        upstream: Mapping[str, Sequence[str]],
        created_by: str,
        owner: Owner | None = None,
        excluded: Mapping[str, str] | None = None,
    ) -> RunRecord:
        """Creates a run and an execution per node: `ready` without upstream, `pending` with.

        Args:
            pipeline: Name of the pipeline.
            spec_digest: Digest of its spec.
            params: Run parameters.
            upstream: Every node to the nodes that it reads from; kept, so that the store itself decides what is ready.
            created_by: User name.
            owner: The launcher's process, for `recover`; None when an engine launches the nodes.
            excluded: Nodes that shall not run, with the reason; they start as `skipped` and do not skip others.
        """
        ...

    def run(self, run: str | int) -> RunRecord:
        """A run by id or number."""
        ...

    def runs(self, *, pipeline: str | None = None, limit: int = 50) -> Sequence[RunRecord]:
        """Runs, newest first."""
        ...

    def executions(self, run_id: str) -> Sequence[ExecutionRecord]:
        """The nodes of a run, in the order in which they were given."""
        ...

    def execution(self, run_id: str, node: str) -> ExecutionRecord:
        """A node of a run."""
        ...

    def last_execution(self, pipeline: str, node: str) -> ExecutionRecord | None:
        """The newest execution of a node in any run of a pipeline that has a key and ended `succeeded` or `cached`."""
        ...

    def attempts(self, execution_id: str) -> Sequence[AttemptRecord]:
        """All attempts of an execution, oldest first."""
        ...

    def finish_run(self, run_id: str) -> RunRecord:
        """Sets the run's state from its executions, once all of them have ended.

        Failed when one failed, cancelled when one was cancelled, else succeeded. A run with unfinished executions is
        left as it is.
        """
        ...

    def interrupt_run(self, run_id: str) -> RunRecord:
        """A signal ended the launcher: running executions become `interrupted`, the run `interrupted`.

        A run that has ended, or whose executions all have, keeps or gets the state that `finish_run` gives.
        """
        ...

    # -- the life of an execution --------------------------------------------------------------------------------------

    def claim(self, run_id: str, node: str, owner: Owner) -> Claim | None:
        """Takes a `ready` execution and makes its next attempt; None when it is not ready, or somebody was first."""
        ...

    def claim_next(self, run_id: str, owner: Owner) -> Claim | None:
        """Takes the first `ready` execution of a run; None when none is ready."""
        ...

    def unfinished(self, run_id: str) -> int:
        """How many executions of a run have not ended."""
        ...

    def record_key(
        self, claim: Claim, *, key: str, reason: str, log_uri: str, resolution: Mapping[str, Sequence[str]]
    ) -> None:
        """Notes what the claimed node will run as, before it runs.

        Raises:
            StaleAttemptError: A newer claim exists.
        """
        ...

    def publish(
        self,
        claim: Claim,
        *,
        inputs: Mapping[str, Sequence[str]],
        outputs: Sequence[NewArtifact],
        parts: Sequence[CachePart],
        cacheable: bool,
        note: str = "",
    ) -> Sequence[ArtifactRecord]:
        """The only commit point of a node that ran.

        Checks that the attempt is the execution's current one and running, then writes artifacts, events, the cache
        entry and the state `succeeded`, and makes `ready` what waited for it.

        Args:
            claim: The claim.
            inputs: Input name to ids of the artifacts that were read.
            outputs: What was made.
            parts: Parts of the cache key.
            cacheable: Whether the cache may serve it; it replaces an earlier entry of the key.
            note: One line about the result.

        Raises:
            ArtifactError: A property or identity that the store cannot keep (NaN, NUL, beyond 64 bits); nothing was
                written.
            StaleAttemptError: A newer claim exists, or the execution was interrupted or cancelled; nothing was written.
        """
        ...

    def publish_cached(
        self,
        claim: Claim,
        *,
        key: str,
        made_by: str,
        inputs: Mapping[str, Sequence[str]],
        parts: Sequence[CachePart],
        resolution: Mapping[str, Sequence[str]],
        reason: str,
        note: str = "",
    ) -> Sequence[ArtifactRecord]:
        """Like `publish`, for a node whose outputs another execution made: refers to them, state `cached`.

        Raises:
            StaleAttemptError: A newer claim exists, or the artifacts are not live any more; nothing was written.
        """
        ...

    def fail(self, claim: Claim, *, error: str) -> Sequence[str]:
        """The attempt failed: state `failed`. Returns the nodes that were skipped.

        These are all that need it, directly or not; their reason names it.

        Raises:
            StaleAttemptError: A newer claim exists.
        """
        ...

    def skip(self, run_id: str, node: str, *, reason: str) -> Sequence[str]:
        """Marks a claimed or unclaimed node and all that need it as `skipped`. Returns them."""
        ...

    def recover(self, alive: Callable[[Owner], bool | None]) -> Sequence[tuple[RunRecord, Sequence[str]]]:
        """Finds runs whose launcher is dead and marks their running executions and themselves `interrupted`.

        A run whose nodes had all ended gets the state that `finish_run` would have given. In a run that goes on (its
        launcher lives, or an engine launches each node), a running execution whose own process is dead becomes `ready`
        again. One transaction for each run or node.

        Args:
            alive: Whether a process lives; None when this machine cannot tell, which leaves the run as it is. See
                `penstock.metadata.liveness.is_alive`.

        Returns:
            The runs found, each with the nodes that were interrupted; one that goes on is still `running`.
        """
        ...

    # -- the cache -----------------------------------------------------------------------------------------------------

    def cached(self, key: str) -> ExecutionRecord | None:
        """The execution whose outputs the cache holds for a key."""
        ...

    def cache_parts(self, execution_id: str) -> Sequence[CachePart]:
        """The parts of an execution's key."""
        ...

    # -- artifacts -----------------------------------------------------------------------------------------------------

    def artifact(self, artifact_id: str) -> ArtifactRecord:
        """An artifact by id, or by the beginning of an id that no other artifact has."""
        ...

    def artifacts(
        self,
        *,
        type: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        pipeline: str | None = None,
        node: str | None = None,
        limit: int | None = 50,
    ) -> Sequence[ArtifactRecord]:
        """Artifacts whose bytes are there, newest first, by type, equal properties, and the node that made them."""
        ...

    def inputs(self, execution_id: str) -> Mapping[str, Sequence[ArtifactRecord]]:
        """What an execution read, by input."""
        ...

    def outputs(self, execution_id: str) -> Mapping[str, Sequence[ArtifactRecord]]:
        """What an execution made or reused, by output."""
        ...

    def baseline_model(self, identity: str) -> ArtifactRecord | None:
        """The newest model of another identity whose newest blessing is positive, or None.

        It was published before the first model of this identity; before now, when there is none.
        """
        ...

    def latest_blessed_model(self, *, pipeline: str, node: str, channel: str) -> ArtifactRecord | None:
        """The newest model that an output of a pipeline's node has published, whose newest blessing is positive."""
        ...

    def lineage(self, artifact_id: str, *, direction: Direction, depth: int = 20) -> Sequence[EventRecord]:
        """Events on the way up (`input`: what it was made of) or down (`output`: what was made of it), nearest first.

        Up goes through the executions that made the bytes. Down, one execution stands for all that gave the same bytes.

        Args:
            artifact_id: Where to start.
            direction: Which way.
            depth: How many executions deep.
        """
        ...

    def executions_by_id(self, ids: Sequence[str]) -> Mapping[str, ExecutionRecord]:
        """Several executions at once."""
        ...
