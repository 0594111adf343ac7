"""Lineage: what an artifact was made of, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, func, select

from penstock.metadata.records import Direction, EventRecord
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import artifacts, attempts, events, executions

__all__ = ["LineageQueries"]

_ARTIFACTS: BindParameter[str] = bindparam("ids", expanding=True)
_ORDER = (events.c.execution_id, events.c.direction, events.c.channel, events.c.idx)
# Up goes to the execution that made the bytes; those that reused them say nothing new.
_MADE = (
    select(events)
    .join(artifacts, artifacts.c.id == events.c.artifact_id)
    .join(attempts, attempts.c.id == artifacts.c.attempt_id)
    .where(
        events.c.artifact_id.in_(_ARTIFACTS),
        events.c.direction == "output",
        events.c.execution_id == attempts.c.execution_id,
    )
    .order_by(*_ORDER)
)
# Down, one execution speaks for all that gave the same bytes: the maker where it read the artifact itself.
_READ = (
    select(events, func.coalesce(executions.c.reused, executions.c.id).label("maker"))
    .join(executions, executions.c.id == events.c.execution_id)
    .where(events.c.artifact_id.in_(_ARTIFACTS), events.c.direction == "input")
    .order_by(executions.c.reused.is_not(None), *_ORDER)
)
_INPUTS = (
    select(events)
    .where(events.c.execution_id.in_(bindparam("ids", expanding=True)), events.c.direction == "input")
    .order_by(*_ORDER)
)
_OUTPUTS = (
    select(events)
    .where(events.c.execution_id.in_(bindparam("ids", expanding=True)), events.c.direction == "output")
    .order_by(*_ORDER)
)

_AT_ONCE = 500  # both engines bound the number of values in a statement


class LineageQueries:
    """The method of the store about lineage."""

    _database: Database

    def lineage(self, artifact_id: str, *, direction: Direction, depth: int = 20) -> Sequence[EventRecord]:
        """See `MetadataStore.lineage`."""
        up = direction == "input"
        found: list[EventRecord] = []
        seen_artifacts, seen_executions = {artifact_id}, set[str]()
        speaks: dict[str, str] = {}
        reached: Iterable[str] = [artifact_id]
        with self._database.read() as connection:
            for _ in range(depth):
                touching = _makers(connection, reached) if up else _readers(connection, reached, speaks)
                found += touching
                ids = dict.fromkeys(e.execution_id for e in touching if e.execution_id not in seen_executions)
                seen_executions.update(ids)
                passing = [_event(row) for row in _rows(connection, _INPUTS if up else _OUTPUTS, ids)]
                found += passing
                reached = dict.fromkeys(e.artifact_id for e in passing if e.artifact_id not in seen_artifacts)
                if not reached:
                    break
                seen_artifacts.update(reached)
        return found


def _makers(connection: Connection, reached: Iterable[str]) -> list[EventRecord]:
    return [_event(row) for row in _rows(connection, _MADE, reached)]


def _readers(connection: Connection, reached: Iterable[str], speaks: dict[str, str]) -> list[EventRecord]:
    """Executions that read an artifact; `speaks` grows by who stands for each maker, over all levels."""
    return [
        _event(row)
        for row in _rows(connection, _READ, reached)
        if speaks.setdefault(row.maker, row.execution_id) == row.execution_id
    ]


def _rows(connection: Connection, query: Select[Any], ids: Iterable[str]) -> list[Row[Any]]:
    wanted = list(ids)
    return [
        row
        for start in range(0, len(wanted), _AT_ONCE)
        for row in connection.execute(query, {"ids": wanted[start : start + _AT_ONCE]})
    ]


def _event(row: Row[Any]) -> EventRecord:
    return EventRecord(
        execution_id=row.execution_id,
        artifact_id=row.artifact_id,
        direction=row.direction,
        channel=row.channel,
        index=row.idx,
    )
