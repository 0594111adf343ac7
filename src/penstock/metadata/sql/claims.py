"""Claims: who may run an execution, and how it ends when there is nothing to publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, exists, insert, select, update

from penstock.errors import NotFoundError, StaleAttemptError
from penstock.metadata.ids import new_id
from penstock.metadata.records import Claim, ExecutionState, Owner, RunState
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.runs import lock_run
from penstock.metadata.sql.tables import attempts, executions, upstream

__all__ = ["Claims", "end_attempt", "make_ready"]

_TAKE = (
    update(executions)
    .where(executions.c.state == ExecutionState.READY)
    .values(state=ExecutionState.RUNNING, attempt=executions.c.attempt + 1, ended_at=None)
    .returning(executions.c.id, executions.c.node, executions.c.attempt, executions.c.resolution)
)
_TAKE_NODE = _TAKE.where(
    executions.c.run_id == bindparam("in_run"), executions.c.node == bindparam("of_node"), executions.c.iteration == 0
)
_first = executions.alias("first")
_TAKE_FIRST = _TAKE.where(
    executions.c.id
    == select(_first.c.id)
    .where(_first.c.run_id == bindparam("in_run"), _first.c.state == ExecutionState.READY)
    .order_by(_first.c.position)
    .limit(1)
    .scalar_subquery()
)
_FIND = select(executions.c.id, executions.c.state, executions.c.attempt, executions.c.position).where(
    executions.c.run_id == bindparam("in_run"), executions.c.node == bindparam("of_node"), executions.c.iteration == 0
)
_STATE_OF = select(executions.c.state, executions.c.attempt).where(executions.c.id == bindparam("of_execution"))

# What the attempt still has the right to change.
_current = (
    executions.c.id == bindparam("of_execution"),
    executions.c.attempt == bindparam("of_attempt"),
    executions.c.state == ExecutionState.RUNNING,
)
_NOTE_KEY = (
    update(executions)
    .where(*_current)
    .values(key=bindparam("new_key"), reason=bindparam("new_reason"), resolution=bindparam("new_resolution"))
)
_NOTE_LOG = update(attempts).where(attempts.c.id == bindparam("with_id")).values(log_uri=bindparam("new_log"))
_END_EXECUTION = update(executions).where(*_current).values(state=bindparam("now_in"), ended_at=bindparam("now"))
_END_ATTEMPT = (
    update(attempts)
    .where(attempts.c.execution_id == bindparam("of_execution"), attempts.c.number == bindparam("of_attempt"))
    .values(state=bindparam("now_in"), ended_at=bindparam("now"), error=bindparam("new_error"))
)
_SKIP_ONE = (
    update(executions)
    .where(executions.c.id == bindparam("of_execution"))
    .values(state=ExecutionState.SKIPPED, reason=bindparam("new_reason"), ended_at=bindparam("now"))
)

_edge = upstream.alias("edge")
_source = executions.alias("source")
_MAKE_READY = (
    update(executions)
    .where(
        executions.c.state == ExecutionState.PENDING,
        executions.c.id.in_(select(upstream.c.execution_id).where(upstream.c.upstream_id == bindparam("done"))),
        ~exists()
        .where(
            _edge.c.execution_id == executions.c.id,
            _source.c.id == _edge.c.upstream_id,
            _source.c.state.not_in([ExecutionState.SUCCEEDED, ExecutionState.CACHED]),
            ~_source.c.excluded,
        )
        .correlate(executions),
    )
    .values(state=ExecutionState.READY)
)


def _skip_dependants() -> Update:
    waiting = executions.alias("waiting")
    needs = (
        select(upstream.c.execution_id)
        .join(waiting, waiting.c.id == upstream.c.execution_id)
        .where(upstream.c.upstream_id == bindparam("cause"), waiting.c.state == ExecutionState.PENDING)
        .cte("needs", recursive=True)
    )
    further = (
        select(upstream.c.execution_id)
        .join(needs, needs.c.execution_id == upstream.c.upstream_id)
        .join(waiting, waiting.c.id == upstream.c.execution_id)
        .where(waiting.c.state == ExecutionState.PENDING)
    )
    return (
        update(executions)
        .where(executions.c.id.in_(select(needs.union(further).c.execution_id)))
        .values(state=ExecutionState.SKIPPED, reason=bindparam("new_reason"), ended_at=bindparam("now"))
        .returning(executions.c.position, executions.c.node)
    )


_SKIP_DEPENDANTS = _skip_dependants()


class Claims:
    """Methods of the store that start and end attempts."""

    _database: Database

    def claim(self, run_id: str, node: str, owner: Owner) -> Claim | None:
        """See `MetadataStore.claim`."""
        with self._database.write() as connection:
            claim = _take(connection, _TAKE_NODE, {"in_run": run_id, "of_node": node}, owner)
            if claim is None:
                _find(connection, run_id, node)
            return claim

    def claim_next(self, run_id: str, owner: Owner) -> Claim | None:
        """See `MetadataStore.claim_next`."""
        with self._database.write() as connection:
            return _take(connection, _TAKE_FIRST, {"in_run": run_id}, owner)

    def record_key(
        self, claim: Claim, *, key: str, reason: str, log_uri: str, resolution: Mapping[str, Sequence[str]]
    ) -> None:
        """See `MetadataStore.record_key`."""
        with self._database.write() as connection:
            changed = connection.execute(
                _NOTE_KEY,
                {
                    "of_execution": claim.execution_id,
                    "of_attempt": claim.attempt,
                    "new_key": key,
                    "new_reason": reason,
                    "new_resolution": _plain(resolution),
                },
            )
            if changed.rowcount != 1:
                raise _stale(connection, claim)
            connection.execute(_NOTE_LOG, {"with_id": claim.attempt_id, "new_log": log_uri})

    def fail(self, claim: Claim, *, error: str) -> Sequence[str]:
        """See `MetadataStore.fail`."""
        with self._database.write() as connection:
            lock_run(connection, claim.run_id)
            end_attempt(connection, claim, ExecutionState.FAILED, error=error)
            return _skip_after(connection, claim.execution_id, claim.node)

    def skip(self, run_id: str, node: str, *, reason: str) -> Sequence[str]:
        """See `MetadataStore.skip`."""
        with self._database.write() as connection:
            lock_run(connection, run_id)
            found = _find(connection, run_id, node)
            if found.state not in _CAN_SKIP:
                return []
            now = datetime.now(UTC)
            connection.execute(_SKIP_ONE, {"of_execution": found.id, "new_reason": reason, "now": now})
            if found.state == ExecutionState.RUNNING:
                ended = {"of_execution": found.id, "of_attempt": found.attempt, "now_in": ExecutionState.SKIPPED}
                connection.execute(_END_ATTEMPT, {**ended, "now": now, "new_error": None})
            return [node, *_skip_after(connection, found.id, node)]


_CAN_SKIP = {
    ExecutionState.PENDING,
    ExecutionState.READY,
    ExecutionState.RUNNING,
    ExecutionState.INTERRUPTED,
}


def end_attempt(connection: Connection, claim: Claim, state: ExecutionState, *, error: str | None = None) -> None:
    """Ends the claimed attempt and its execution, if the attempt still is the current one. Needs the run's lock.

    Raises:
        StaleAttemptError: It is not.
    """
    ended = {
        "of_execution": claim.execution_id,
        "of_attempt": claim.attempt,
        "now_in": state,
        "now": datetime.now(UTC),
    }
    if connection.execute(_END_EXECUTION, ended).rowcount != 1:
        raise _stale(connection, claim)
    connection.execute(_END_ATTEMPT, {**ended, "new_error": error})


def make_ready(connection: Connection, execution_id: str) -> None:
    """Makes ready what waited only for this execution, which is done. Needs the run's lock."""
    connection.execute(_MAKE_READY, {"done": execution_id})


def _take(connection: Connection, statement: Update, which: Mapping[str, Any], owner: Owner) -> Claim | None:
    if lock_run(connection, which["in_run"]).state != RunState.RUNNING:
        return None
    row = connection.execute(statement, which).one_or_none()
    if row is None:
        return None
    attempt_id = new_id()
    connection.execute(
        insert(attempts),
        {
            "id": attempt_id,
            "execution_id": row.id,
            "number": row.attempt,
            "owner_name": owner.name,
            "boot_id": owner.boot_id,
            "pid": owner.pid,
            "pid_start": owner.pid_start,
            "state": ExecutionState.RUNNING,
            "started_at": datetime.now(UTC),
        },
    )
    return Claim(
        run_id=which["in_run"],
        execution_id=row.id,
        node=row.node,
        attempt_id=attempt_id,
        attempt=row.attempt,
        resolution=row.resolution,
    )


def _find(connection: Connection, run_id: str, node: str) -> Any:
    found = connection.execute(_FIND, {"in_run": run_id, "of_node": node}).one_or_none()
    if found is None:
        raise NotFoundError(f'run {run_id} has no node "{node}"')
    return found


def _skip_after(connection: Connection, cause: str, node: str) -> list[str]:
    skipped = connection.execute(
        _SKIP_DEPENDANTS, {"cause": cause, "new_reason": f"needs {node}", "now": datetime.now(UTC)}
    )
    return [name for _, name in sorted((row.position, row.node) for row in skipped)]


def _stale(connection: Connection, claim: Claim) -> StaleAttemptError | NotFoundError:
    row = connection.execute(_STATE_OF, {"of_execution": claim.execution_id}).one_or_none()
    if row is None:
        return NotFoundError(f'the store knows nothing of this execution of "{claim.node}"')
    return StaleAttemptError(
        f"attempt {claim.attempt} may not change the execution any more; nothing was written",
        at=claim.node,
        received=f"attempt {row.attempt}, {row.state}",
        expected=f"attempt {claim.attempt}, {ExecutionState.RUNNING}",
    )


def _plain(resolution: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(ids) for name, ids in resolution.items()}
