"""Which model others are compared with: questions about models and their blessings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from penstock.metadata.records import ArtifactRecord
from penstock.metadata.sql.artifacts import ARTIFACTS, LIVE, artifact_records
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import SHORT_TEXT, artifacts, events, executions, properties, runs

__all__ = ["ModelQueries"]

_blessing, _verdict = artifacts.alias("blessing"), properties.alias("verdict")
# The newest verdict on a model's identity. A type's identity is at most as long as a short text. The `+ 0` keeps both
# engines from walking through all blessings by their order: a model has few, and is found by its identity.
_NEWEST_VERDICT = (
    select(_verdict.c.int_value)
    .select_from(properties)
    .join(_blessing, _blessing.c.id == properties.c.artifact_id)
    .join(_verdict, (_verdict.c.artifact_id == _blessing.c.id) & (_verdict.c.name == "blessed"))
    .where(
        properties.c.name == "model_identity",
        properties.c.text_value == artifacts.c.identity,
        SHORT_TEXT,
        _blessing.c.type == "ModelBlessing",
    )
    .order_by((_blessing.c.seq + 0).desc())
    .limit(1)
    .correlate(artifacts)
    .scalar_subquery()
)
_BLESSED = (
    ARTIFACTS.where(artifacts.c.type == "Model", artifacts.c.state == LIVE, _NEWEST_VERDICT == 1)
    .order_by(artifacts.c.seq.desc())
    .limit(1)
)
_same = artifacts.alias("same")
_FIRST_SEQ = (
    select(func.min(_same.c.seq))
    .where(_same.c.type == "Model", _same.c.identity == bindparam("of_identity"))
    .scalar_subquery()
)
_BASELINE = _BLESSED.where(
    artifacts.c.identity != bindparam("of_identity"), or_(_FIRST_SEQ.is_(None), artifacts.c.seq < _FIRST_SEQ)
)
_LATEST_BLESSED = _BLESSED.where(
    runs.c.pipeline == bindparam("in_pipeline"),
    executions.c.node == bindparam("of_node"),
    events.c.channel == bindparam("of_channel"),
)


class ModelQueries:
    """Methods of the store about models."""

    _database: Database

    def baseline_model(self, identity: str) -> ArtifactRecord | None:
        """See `MetadataStore.baseline_model`."""
        return self._first(_BASELINE, of_identity=identity)

    def latest_blessed_model(self, *, pipeline: str, node: str, channel: str) -> ArtifactRecord | None:
        """See `MetadataStore.latest_blessed_model`."""
        return self._first(_LATEST_BLESSED, in_pipeline=pipeline, of_node=node, of_channel=channel)

    def _first(self, query: Select[Any], **values: str) -> ArtifactRecord | None:
        with self._database.read() as connection:
            found = artifact_records(connection, connection.execute(query, values).all())
        return found[0] if found else None
