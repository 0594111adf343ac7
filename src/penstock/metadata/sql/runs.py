"""Runs: made with all their executions, ended by what became of those."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from penstock.errors import NotFoundError
from penstock.metadata.ids import new_id
from penstock.metadata.records import TERMINAL, ExecutionState, Owner, RunRecord, RunState
from penstock.metadata.sql.counters import take
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import attempts, executions, runs, upstream

__all__ = ["Runs", "lock_run"]

# NO KEY UPDATE, or the rows that refer to a run could not be written beside it.
_LOCK_RUN = select(runs).where(runs.c.id == bindparam("in_run")).with_for_update(key_share=True)
_RUN_BY_ID = select(runs).where(runs.c.id == bindparam("in_run"))
_RUN_BY_NUMBER = select(runs).where(runs.c.number == bindparam("with_number"))
_NUMBER_BITS = 63
_RUNNING_WITH_OWNER = select(runs).where(runs.c.state == RunState.RUNNING, runs.c.pid.is_not(None)).order_by(runs.c.id)
_STATES = (
    select(executions.c.state, func.count())
    .where(executions.c.run_id == bindparam("in_run"))
    .group_by(executions.c.state)
)
_INTERRUPT_ATTEMPTS = (
    update(attempts)
    .where(
        attempts.c.state == ExecutionState.RUNNING,
        attempts.c.execution_id.in_(select(executions.c.id).where(executions.c.run_id == bindparam("in_run"))),
    )
    .values(state=ExecutionState.INTERRUPTED, ended_at=bindparam("now"))
)
_INTERRUPT_EXECUTIONS = (
    update(executions)
    .where(executions.c.run_id == bindparam("in_run"), executions.c.state == ExecutionState.RUNNING)
    .values(state=ExecutionState.INTERRUPTED, ended_at=bindparam("now"))
    .returning(executions.c.position, executions.c.node)
)
_RUNNING_ATTEMPTS = (
    select(attempts, executions.c.run_id, executions.c.node)
    .join(executions, (executions.c.id == attempts.c.execution_id) & (executions.c.attempt == attempts.c.number))
    .join(runs, runs.c.id == executions.c.run_id)
    .where(runs.c.state == RunState.RUNNING, executions.c.state == ExecutionState.RUNNING)
    .order_by(executions.c.run_id, executions.c.position)
)
_RELEASE = (
    update(executions)
    .where(
        executions.c.id == bindparam("of_execution"),
        executions.c.attempt == bindparam("of_attempt"),
        executions.c.state == ExecutionState.RUNNING,
    )
    .values(state=ExecutionState.READY)
)
_INTERRUPT_ATTEMPT = (
    update(attempts)
    .where(attempts.c.id == bindparam("with_id"))
    .values(state=ExecutionState.INTERRUPTED, ended_at=bindparam("now"))
)
_END_RUN = (
    update(runs)
    .where(runs.c.id == bindparam("in_run"))
    .values(state=bindparam("now_in"), ended_at=bindparam("now"))
    .returning(runs)
)


class Runs:
    """Methods of the store about runs."""

    _database: Database

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
        """See `MetadataStore.create_run`."""
        excluded = excluded or {}
        now = datetime.now(UTC)
        run = {
            "id": new_id(),
            "pipeline": pipeline,
            "spec_digest": spec_digest,
            "params": dict(params),
            "state": RunState.RUNNING,
            "cancel_requested": False,
            "created_by": created_by,
            "pinned": False,
            "owner_name": owner.name if owner else None,
            "boot_id": owner.boot_id if owner else None,
            "pid": owner.pid if owner else None,
            "pid_start": owner.pid_start if owner else None,
            "created_at": now,
        }
        ids = {node: new_id() for node in upstream}
        nodes = [
            {
                "id": ids[node],
                "run_id": run["id"],
                "node": node,
                "iteration": 0,
                "position": position,
                "state": _first_state(node, sources, excluded),
                "excluded": node in excluded,
                "reason": excluded.get(node, ""),
                "attempt": 0,
                "resolution": {},
                "note": "",
                "ended_at": now if node in excluded else None,
            }
            for position, (node, sources) in enumerate(upstream.items())
        ]
        edges = [
            {"execution_id": ids[node], "upstream_id": ids[source]}
            for node, sources in upstream.items()
            for source in dict.fromkeys(sources)
        ]
        with self._database.write() as connection:
            number = take(connection, "run")
            row = connection.execute(insert(runs).returning(runs), {**run, "number": number}).one()
            if nodes:
                connection.execute(insert(executions), nodes)
            if edges:
                connection.execute(insert(_upstream), edges)
            return _run_record(row)

    def run(self, run: str | int) -> RunRecord:
        """See `MetadataStore.run`."""
        with self._database.read() as connection:
            if isinstance(run, int) and run.bit_length() > _NUMBER_BITS:
                row = None  # no database could even compare it
            elif isinstance(run, int):
                row = connection.execute(_RUN_BY_NUMBER, {"with_number": run}).one_or_none()
            else:
                row = connection.execute(_RUN_BY_ID, {"in_run": run}).one_or_none()
        if row is None:
            raise NotFoundError(f"no run {run}", hint="penstock runs ls")
        return _run_record(row)

    def runs(self, *, pipeline: str | None = None, limit: int = 50) -> Sequence[RunRecord]:
        """See `MetadataStore.runs`."""
        query = select(runs).order_by(runs.c.number.desc()).limit(limit)
        if pipeline is not None:
            query = query.where(runs.c.pipeline == pipeline)
        with self._database.read() as connection:
            return [_run_record(row) for row in connection.execute(query)]

    def finish_run(self, run_id: str) -> RunRecord:
        """See `MetadataStore.finish_run`."""
        with self._database.write() as connection:
            row = lock_run(connection, run_id)
            if row.state == RunState.RUNNING:
                row = _end_when_done(connection, row)
            return _run_record(row)

    def interrupt_run(self, run_id: str) -> RunRecord:
        """See `MetadataStore.interrupt_run`."""
        with self._database.write() as connection:
            return _interrupt(connection, lock_run(connection, run_id))[0]

    def recover(self, alive: Callable[[Owner], bool | None]) -> Sequence[tuple[RunRecord, Sequence[str]]]:
        """See `MetadataStore.recover`."""
        with self._database.read() as connection:
            found = connection.execute(_RUNNING_WITH_OWNER).all()
        recovered = []
        for seen in found:
            owner = _owner(seen)
            if alive(owner) is not False:
                continue
            with self._database.write() as connection:
                row = lock_run(connection, seen.id)
                # Another process may have recovered it, and a third resumed it, since we looked.
                if row.state == RunState.RUNNING and _owner(row) == owner:
                    recovered.append(_interrupt(connection, row))
        return [*recovered, *self._release_nodes(alive)]

    def _release_nodes(self, alive: Callable[[Owner], bool | None]) -> Sequence[tuple[RunRecord, Sequence[str]]]:
        """Makes nodes `ready` whose own process is dead, in runs that go on: each of their nodes has one of its own."""
        with self._database.read() as connection:
            found = connection.execute(_RUNNING_ATTEMPTS).all()
        released: dict[str, list[str]] = {}
        records: dict[str, RunRecord] = {}
        for seen in found:
            if alive(_owner(seen)) is not False:
                continue
            with self._database.write() as connection:
                run = lock_run(connection, seen.run_id)
                attempt = {"of_execution": seen.execution_id, "of_attempt": seen.number}
                if run.state == RunState.RUNNING and connection.execute(_RELEASE, attempt).rowcount == 1:
                    connection.execute(_INTERRUPT_ATTEMPT, {"with_id": seen.id, "now": datetime.now(UTC)})
                    released.setdefault(run.id, []).append(seen.node)
                    records[run.id] = _run_record(run)
        return [(records[run_id], nodes) for run_id, nodes in released.items()]


_upstream = upstream  # `create_run` has an argument of that name


def lock_run(connection: Connection, run_id: str) -> Row[Any]:
    """Reads a run and keeps all other changes of it and its executions out until the end of the transaction.

    Two nodes that end at once would otherwise each see the other as running, and what waits for both would wait for
    ever.

    Raises:
        NotFoundError: There is no such run.
    """
    row = connection.execute(_LOCK_RUN, {"in_run": run_id}).one_or_none()
    if row is None:
        raise NotFoundError(f"no run {run_id}", hint="penstock runs ls")
    return row


def _first_state(node: str, sources: Sequence[str], excluded: Mapping[str, str]) -> ExecutionState:
    if node in excluded:
        return ExecutionState.SKIPPED
    waits = any(source not in excluded for source in sources)
    return ExecutionState.PENDING if waits else ExecutionState.READY


def _owner(row: Row[Any]) -> Owner:
    return Owner(name=row.owner_name, boot_id=row.boot_id, pid=row.pid, pid_start=row.pid_start)


def _end_when_done(connection: Connection, run: Row[Any]) -> Row[Any]:
    found = {state for state, _ in connection.execute(_STATES, {"in_run": run.id})}
    if not found <= TERMINAL:
        return run
    if ExecutionState.FAILED in found:
        state = RunState.FAILED
    elif ExecutionState.CANCELLED in found:
        state = RunState.CANCELLED
    else:
        state = RunState.SUCCEEDED
    return _end(connection, run, state)


def _end(connection: Connection, run: Row[Any], state: RunState) -> Row[Any]:
    return connection.execute(_END_RUN, {"in_run": run.id, "now_in": state, "now": datetime.now(UTC)}).one()


def _interrupt(connection: Connection, run: Row[Any]) -> tuple[RunRecord, Sequence[str]]:
    """A launcher that died after the last node ended left a run that only lacks its end."""
    if run.state == RunState.RUNNING:
        run = _end_when_done(connection, run)
    if run.state != RunState.RUNNING:
        return _run_record(run), []
    now = datetime.now(UTC)
    nodes = connection.execute(_INTERRUPT_EXECUTIONS, {"in_run": run.id, "now": now}).all()
    # After the executions, as everywhere: the order in which rows are locked.
    connection.execute(_INTERRUPT_ATTEMPTS, {"in_run": run.id, "now": now})
    return _run_record(_end(connection, run, RunState.INTERRUPTED)), [node for _, node in sorted(nodes)]


def _run_record(row: Row[Any]) -> RunRecord:
    return RunRecord(
        id=row.id,
        number=row.number,
        pipeline=row.pipeline,
        spec_digest=row.spec_digest,
        params=row.params,
        state=RunState(row.state),
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
