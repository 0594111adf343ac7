"""Publishing: the transactions that make artifacts visible and end an execution well."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from penstock.errors import ArtifactError, NotFoundError, StaleAttemptError
from penstock.metadata.records import ArtifactRecord, CachePart, Claim, ExecutionState, NewArtifact, PropertyValue
from penstock.metadata.sql.artifacts import LIVE, by_channel
from penstock.metadata.sql.claims import end_attempt, make_ready
from penstock.metadata.sql.counters import take
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.runs import lock_run
from penstock.metadata.sql.tables import artifacts, cache_parts, events, executions, properties

__all__ = ["Publishing"]

_NOTE = (
    update(executions)
    .where(executions.c.id == bindparam("of_execution"))
    .values(note=bindparam("new_note"))
    .returning(executions.c.key)
)
# The same words in both engines, which SQLAlchemy spells in a dialect of each.
_CACHE = text(
    "INSERT INTO cache (key, execution_id) VALUES (:key, :execution_id)"
    " ON CONFLICT (key) DO UPDATE SET execution_id = excluded.execution_id, building_attempt = NULL"
)
_maker = executions.alias("maker")
_MAKER = select(func.coalesce(_maker.c.reused, _maker.c.id)).where(_maker.c.id == bindparam("made_by"))
_REUSE = (
    update(executions)
    .where(executions.c.id == bindparam("of_execution"))
    .values(
        key=bindparam("new_key"),
        reused=bindparam("new_reused"),
        reason=bindparam("new_reason"),
        note=bindparam("new_note"),
        resolution=bindparam("new_resolution"),
    )
)
# Retention must not take them between our look and our commit.
_HOLD = (
    select(artifacts.c.id, artifacts.c.state)
    .join(events, events.c.artifact_id == artifacts.c.id)
    .where(events.c.execution_id == bindparam("made_by"), events.c.direction == "output")
    .with_for_update(read=True, of=artifacts)
)

_LONGEST = 512
_INT64 = 2**63


class Publishing:
    """Methods of the store that publish."""

    _database: Database

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
        """See `MetadataStore.publish`."""
        for output in outputs:
            _check(output)
        with self._database.write() as connection:
            run = lock_run(connection, claim.run_id)
            end_attempt(connection, claim, ExecutionState.SUCCEEDED)
            key = connection.execute(_NOTE, {"of_execution": claim.execution_id, "new_note": note}).scalar_one()
            if cacheable and key is not None:
                connection.execute(_CACHE, {"key": key, "execution_id": claim.execution_id})
            _write_parts(connection, claim, parts)
            make_ready(connection, claim.execution_id)
            published = _write_artifacts(connection, claim, outputs, run) if outputs else []
            made = _numbered((output.channel, output.id) for output in outputs)
            _write_events(connection, claim, inputs, made)
        return published

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
        """See `MetadataStore.publish_cached`."""
        with self._database.write() as connection:
            lock_run(connection, claim.run_id)
            end_attempt(connection, claim, ExecutionState.CACHED)
            maker = connection.execute(_MAKER, {"made_by": made_by}).scalar_one_or_none()
            if maker is None:
                raise NotFoundError(f"no execution {made_by} to reuse", at=claim.node)
            gone = [row.id for row in connection.execute(_HOLD, {"made_by": maker}) if row.state != LIVE]
            if gone:
                raise StaleAttemptError(
                    "the cache's artifacts are gone; nothing was written", at=claim.node, received=", ".join(gone)
                )
            connection.execute(
                _REUSE,
                {
                    "of_execution": claim.execution_id,
                    "new_key": key,
                    "new_reused": maker,
                    "new_reason": reason,
                    "new_note": note,
                    "new_resolution": {name: list(ids) for name, ids in resolution.items()},
                },
            )
            _write_parts(connection, claim, parts)
            make_ready(connection, claim.execution_id)
            reused = by_channel(connection, maker, "output")
            made = _numbered((channel, record.id) for channel, records in reused.items() for record in records)
            _write_events(connection, claim, inputs, made)
        return [record for records in reused.values() for record in records]


def _check(output: NewArtifact) -> None:
    """Refuses what one of the engines cannot keep, before anything is written, and on both alike."""
    if len(output.identity) > _LONGEST:
        raise ArtifactError(
            f'identity of "{output.channel}"',
            received=f"{len(output.identity)} characters",
            expected=f"at most {_LONGEST}",
            hint="compute_identity returns a digest",
        )
    for name, value in output.properties.items():
        problem = _problem(value)
        if problem:
            raise ArtifactError(f'property "{name}" of "{output.channel}"', received=repr(value), expected=problem)


def _problem(value: PropertyValue) -> str | None:
    if isinstance(value, str):
        storable = "\0" not in value and value.encode("utf-8", "replace").decode("utf-8") == value
        return None if storable else "text without NUL and lone surrogates"
    if isinstance(value, int):
        return None if -_INT64 <= value < _INT64 else "an integer of 64 bits"
    return "a number" if math.isnan(value) else None


def _numbered(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, int, str]]:
    """(channel, artifact) in order, each with its place in its channel."""
    seen: Counter[str] = Counter()
    numbered = []
    for channel, artifact_id in pairs:
        numbered.append((channel, seen[channel], artifact_id))
        seen[channel] += 1
    return numbered


def _write_artifacts(
    connection: Connection, claim: Claim, outputs: Sequence[NewArtifact], run: Row[Any]
) -> list[ArtifactRecord]:
    first = take(connection, "artifact", len(outputs))
    published = [
        ArtifactRecord(
            id=output.id,
            type=output.type,
            uri=output.uri,
            digest=output.digest,
            identity=output.identity,
            bytes=output.bytes,
            managed=output.managed,
            state=LIVE,
            seq=seq,
            properties=dict(output.properties),
            created_at=datetime.now(UTC),
            execution_id=claim.execution_id,
            run_number=run.number,
            node=claim.node,
            channel=output.channel,
            pipeline=run.pipeline,
        )
        for seq, output in enumerate(outputs, first)
    ]
    connection.execute(
        insert(artifacts),
        [
            {
                "id": record.id,
                "type": record.type,
                "uri": record.uri,
                "digest": record.digest,
                "identity": record.identity,
                "bytes": record.bytes,
                "managed": record.managed,
                "state": record.state,
                "seq": record.seq,
                "attempt_id": claim.attempt_id,
                "created_at": record.created_at,
            }
            for record in published
        ],
    )
    values = [
        {
            "artifact_id": record.id,
            "name": name,
            "int_value": value if isinstance(value, int) else None,
            "float_value": value if isinstance(value, float) else None,
            "text_value": value if isinstance(value, str) else None,
        }
        for record in published
        for name, value in record.properties.items()
    ]
    if values:
        connection.execute(insert(properties), values)
    return published


def _write_events(
    connection: Connection,
    claim: Claim,
    inputs: Mapping[str, Sequence[str]],
    made: Sequence[tuple[str, int, str]],
) -> None:
    read = _numbered((channel, artifact_id) for channel, ids in inputs.items() for artifact_id in ids)
    rows = [
        {
            "execution_id": claim.execution_id,
            "artifact_id": artifact_id,
            "direction": direction,
            "channel": channel,
            "idx": index,
        }
        for direction, numbered in (("input", read), ("output", made))
        for channel, index, artifact_id in numbered
    ]
    if rows:
        connection.execute(insert(events), rows)


def _write_parts(connection: Connection, claim: Claim, parts: Sequence[CachePart]) -> None:
    if parts:
        connection.execute(
            insert(cache_parts),
            [
                {
                    "execution_id": claim.execution_id,
                    "position": position,
                    "name": part.name,
                    "digest": part.digest,
                    "shown": part.shown,
                }
                for position, part in enumerate(parts)
            ],
        )
