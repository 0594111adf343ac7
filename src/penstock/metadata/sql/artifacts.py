"""Artifacts and their properties, as they are read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, exists, select

from penstock.errors import NotFoundError
from penstock.metadata.records import ArtifactRecord, PropertyValue
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import SHORT_TEXT, artifacts, attempts, events, executions, properties, runs

__all__ = ["ARTIFACTS", "LIVE", "ArtifactQueries", "artifact_records", "by_channel"]

LIVE = "live"
"""State of an artifact whose bytes are there."""

ARTIFACTS = (
    select(
        artifacts,
        executions.c.id.label("execution_id"),
        executions.c.node,
        runs.c.number.label("run_number"),
        runs.c.pipeline,
        events.c.channel,
    )
    .outerjoin(attempts, attempts.c.id == artifacts.c.attempt_id)
    .outerjoin(executions, executions.c.id == attempts.c.execution_id)
    .outerjoin(runs, runs.c.id == executions.c.run_id)
    .outerjoin(
        events,
        (events.c.artifact_id == artifacts.c.id)
        & (events.c.execution_id == executions.c.id)
        & (events.c.direction == "output"),
    )
)
"""All that an ArtifactRecord says but the properties; add a `where`."""

# An id starts with what was typed; both engines answer from the primary key.
_BY_PREFIX = ARTIFACTS.where(artifacts.c.id >= bindparam("low"), artifacts.c.id < bindparam("high")).limit(2)
_PROPERTIES = select(properties).where(properties.c.artifact_id.in_(bindparam("ids", expanding=True)))
_touched = events.alias("touched")
_OF_EXECUTION = (
    ARTIFACTS.add_columns(_touched.c.channel.label("at_channel"))
    .join(_touched, _touched.c.artifact_id == artifacts.c.id)
    .where(_touched.c.execution_id == bindparam("of_execution"), _touched.c.direction == bindparam("going"))
    .order_by(_touched.c.channel, _touched.c.idx)
)

_AT_ONCE = 500  # both engines bound the number of values in a statement


class ArtifactQueries:
    """Methods of the store that read artifacts."""

    _database: Database

    def artifact(self, artifact_id: str) -> ArtifactRecord:
        """See `MetadataStore.artifact`."""
        low = artifact_id.upper()
        if not (low.isascii() and low.isalnum()):
            raise NotFoundError("not the id of an artifact", received=repr(artifact_id), hint="penstock artifacts ls")
        with self._database.read() as connection:
            rows = connection.execute(_BY_PREFIX, {"low": low, "high": f"{low}~"}).all()
            if len(rows) == 1:
                return artifact_records(connection, rows)[0]
        if rows:
            raise NotFoundError(f"more than one artifact starts with {artifact_id}", hint="give more of its id")
        raise NotFoundError(f"no artifact {artifact_id}", hint="penstock artifacts ls")

    def artifacts(
        self,
        *,
        type: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        pipeline: str | None = None,
        node: str | None = None,
        limit: int | None = 50,
    ) -> Sequence[ArtifactRecord]:
        """See `MetadataStore.artifacts`."""
        query: Select[Any] = ARTIFACTS.where(artifacts.c.state == LIVE).order_by(artifacts.c.seq.desc()).limit(limit)
        if type is not None:
            query = query.where(artifacts.c.type == type)
        if pipeline is not None:
            query = query.where(runs.c.pipeline == pipeline)
        if node is not None:
            query = query.where(executions.c.node == node)
        for name, value in (properties or {}).items():
            query = query.where(_has_property(name, value))
        with self._database.read() as connection:
            return artifact_records(connection, connection.execute(query).all())

    def inputs(self, execution_id: str) -> Mapping[str, Sequence[ArtifactRecord]]:
        """See `MetadataStore.inputs`."""
        with self._database.read() as connection:
            return by_channel(connection, execution_id, "input")

    def outputs(self, execution_id: str) -> Mapping[str, Sequence[ArtifactRecord]]:
        """See `MetadataStore.outputs`."""
        with self._database.read() as connection:
            return by_channel(connection, execution_id, "output")


def by_channel(connection: Connection, execution_id: str, direction: str) -> dict[str, list[ArtifactRecord]]:
    """What an execution read or made, by channel, in order."""
    rows = connection.execute(_OF_EXECUTION, {"of_execution": execution_id, "going": direction}).all()
    found: dict[str, list[ArtifactRecord]] = {}
    for row, record in zip(rows, artifact_records(connection, rows), strict=True):
        found.setdefault(row.at_channel, []).append(record)
    return found


def artifact_records(connection: Connection, rows: Sequence[Row[Any]]) -> list[ArtifactRecord]:
    """Rows of `ARTIFACTS` as records, with their properties."""
    given = _properties(connection, dict.fromkeys(row.id for row in rows))
    return [
        ArtifactRecord(
            id=row.id,
            type=row.type,
            uri=row.uri,
            digest=row.digest,
            identity=row.identity,
            bytes=row.bytes,
            managed=row.managed,
            state=row.state,
            seq=row.seq,
            properties=given.get(row.id, {}),
            created_at=row.created_at,
            execution_id=row.execution_id,
            run_number=row.run_number,
            node=row.node,
            channel=row.channel,
            pipeline=row.pipeline,
        )
        for row in rows
    ]


def _properties(connection: Connection, artifact_ids: Iterable[str]) -> Mapping[str, Mapping[str, PropertyValue]]:
    ids = list(artifact_ids)
    found: dict[str, dict[str, PropertyValue]] = defaultdict(dict)
    for start in range(0, len(ids), _AT_ONCE):
        for row in connection.execute(_PROPERTIES, {"ids": ids[start : start + _AT_ONCE]}):
            values = (row.int_value, row.float_value, row.text_value)
            found[row.artifact_id][row.name] = next(value for value in values if value is not None)
    return found


def _has_property(name: str, value: PropertyValue) -> ColumnElement[bool]:
    """A number is equal to itself whether it was stored as int or float."""
    if isinstance(value, str):
        equal = properties.c.text_value == value
        if len(value) <= 512:
            equal &= SHORT_TEXT
    else:
        equal = (properties.c.int_value == value) | (properties.c.float_value == value)
    return exists().where(properties.c.artifact_id == artifacts.c.id, properties.c.name == name, equal)
