"""Executions and their attempts, as they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from penstock.errors import NotFoundError
from penstock.metadata.records import TERMINAL, AttemptRecord, ExecutionRecord, ExecutionState, Owner
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import attempts, executions, runs

__all__ = ["EXECUTIONS", "ExecutionQueries", "execution_record"]

_maker = executions.alias("maker")
_maker_run = runs.alias("maker_run")

EXECUTIONS = (
    select(
        executions,
        attempts.c.started_at,
        attempts.c.log_uri,
        attempts.c.error,
        _maker_run.c.number.label("reused_run"),
    )
    .outerjoin(attempts, (attempts.c.execution_id == executions.c.id) & (attempts.c.number == executions.c.attempt))
    .outerjoin(_maker, _maker.c.id == executions.c.reused)
    .outerjoin(_maker_run, _maker_run.c.id == _maker.c.run_id)
)
"""All that an ExecutionRecord says; add a `where`."""

_OF_RUN = EXECUTIONS.where(executions.c.run_id == bindparam("in_run")).order_by(executions.c.position)
_OF_NODE = EXECUTIONS.where(
    executions.c.run_id == bindparam("in_run"), executions.c.node == bindparam("of_node"), executions.c.iteration == 0
)
_LAST = (
    EXECUTIONS.join(runs, runs.c.id == executions.c.run_id)
    .where(
        runs.c.pipeline == bindparam("in_pipeline"),
        executions.c.node == bindparam("of_node"),
        executions.c.key.is_not(None),
        executions.c.state.in_([ExecutionState.SUCCEEDED, ExecutionState.CACHED]),
    )
    .order_by(runs.c.number.desc(), executions.c.iteration.desc())
    .limit(1)
)
_BY_IDS = EXECUTIONS.where(executions.c.id.in_(bindparam("ids", expanding=True)))
_ATTEMPTS = select(attempts).where(attempts.c.execution_id == bindparam("of_execution")).order_by(attempts.c.number)
_UNFINISHED = (
    select(func.count())
    .select_from(executions)
    .where(executions.c.run_id == bindparam("in_run"), executions.c.state.not_in(sorted(TERMINAL)))
)


class ExecutionQueries:
    """Methods of the store that read executions and attempts."""

    _database: Database

    def executions(self, run_id: str) -> Sequence[ExecutionRecord]:
        """See `MetadataStore.executions`."""
        with self._database.read() as connection:
            return [execution_record(row) for row in connection.execute(_OF_RUN, {"in_run": run_id})]

    def execution(self, run_id: str, node: str) -> ExecutionRecord:
        """See `MetadataStore.execution`."""
        with self._database.read() as connection:
            row = connection.execute(_OF_NODE, {"in_run": run_id, "of_node": node}).one_or_none()
        if row is None:
            raise NotFoundError(f'run {run_id} has no node "{node}"')
        return execution_record(row)

    def executions_by_id(self, ids: Sequence[str]) -> Mapping[str, ExecutionRecord]:
        """See `MetadataStore.executions_by_id`."""
        found: dict[str, ExecutionRecord] = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                rows = connection.execute(_BY_IDS, {"ids": list(ids[start : start + _AT_ONCE])})
                found.update((row.id, execution_record(row)) for row in rows)
        return found

    def last_execution(self, pipeline: str, node: str) -> ExecutionRecord | None:
        """See `MetadataStore.last_execution`."""
        with self._database.read() as connection:
            row = connection.execute(_LAST, {"in_pipeline": pipeline, "of_node": node}).one_or_none()
        return None if row is None else execution_record(row)

    def attempts(self, execution_id: str) -> Sequence[AttemptRecord]:
        """See `MetadataStore.attempts`."""
        with self._database.read() as connection:
            return [_attempt_record(row) for row in connection.execute(_ATTEMPTS, {"of_execution": execution_id})]

    def unfinished(self, run_id: str) -> int:
        """See `MetadataStore.unfinished`."""
        with self._database.read() as connection:
            count: int = connection.execute(_UNFINISHED, {"in_run": run_id}).scalar_one()
        return count


_AT_ONCE = 500  # both engines bound the number of values in a statement


def execution_record(row: Row[Any]) -> ExecutionRecord:
    """A row of `EXECUTIONS` as a record."""
    return ExecutionRecord(
        id=row.id,
        run_id=row.run_id,
        node=row.node,
        state=ExecutionState(row.state),
        reason=row.reason,
        key=row.key,
        reused=row.reused,
        reused_run=row.reused_run,
        attempt=row.attempt,
        started_at=row.started_at,
        ended_at=row.ended_at,
        log_uri=row.log_uri,
        error=row.error,
        note=row.note,
        resolution=row.resolution,
    )


def _attempt_record(row: Row[Any]) -> AttemptRecord:
    return AttemptRecord(
        id=row.id,
        execution_id=row.execution_id,
        number=row.number,
        owner=Owner(name=row.owner_name, boot_id=row.boot_id, pid=row.pid, pid_start=row.pid_start),
        state=ExecutionState(row.state),
        error=row.error,
        log_uri=row.log_uri,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
