"""The tables, as they are in the newest schema. `migrations/` makes them; a test holds the two together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

__all__ = [
    "SHORT_TEXT",
    "FreeText",
    "JsonText",
    "UtcTime",
    "artifacts",
    "attempts",
    "cache",
    "cache_parts",
    "counters",
    "events",
    "executions",
    "metadata",
    "properties",
    "runs",
    "upstream",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """A timezone-aware time, stored as microseconds since 1970 UTC: both engines keep it exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To microseconds; a naive time is a mistake of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the store takes timezone-aware times only")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class JsonText(TypeDecorator[Any]):
    """Plain data as JSON text, in pure ASCII: no database has an opinion about it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """To JSON."""
        return json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Back to plain data."""
        return None if value is None else json.loads(value)


class FreeText(TypeDecorator[str]):
    """Text for people. An exception may say anything: what a database cannot hold (NUL, lone surrogates) is escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Escapes what cannot be stored."""
        if value is None:
            return None
        return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _id() -> TypeEngine[str]:
    # Byte order on PostgreSQL too: an id is found by its beginning, which a language's order would break.
    return String(26).with_variant(String(26, collation="C"), "postgresql")


metadata = MetaData()

# The next numbers. A row is locked from its update to the commit, so the numbers follow the order of the commits and
# have no gaps; PostgreSQL's sequences promise neither.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("pipeline", Text, nullable=False),
    Column("spec_digest", Text, nullable=False),
    Column("params", JsonText, nullable=False),
    Column("state", Text, nullable=False),
    Column("resumes", _id(), ForeignKey("runs.id"), nullable=True),
    Column("engine_run_id", Text, nullable=True),
    Column("cancel_requested", Boolean, nullable=False),
    Column("created_by", FreeText, nullable=False),
    Column("pinned", Boolean, nullable=False),
    # The launcher; none when an engine runs it.
    Column("owner_name", Text, nullable=True),
    Column("boot_id", Text, nullable=True),
    Column("pid", BigInteger, nullable=True),
    Column("pid_start", BigInteger, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    Index("ix_runs_pipeline_number", "pipeline", "number"),
    Index("ix_runs_state", "state"),
)

executions = Table(
    "executions",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("run_id", _id(), ForeignKey("runs.id"), nullable=False),
    Column("node", Text, nullable=False),
    Column("iteration", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("excluded", Boolean, nullable=False),
    Column("reason", FreeText, nullable=False),
    Column("key", Text, nullable=True),
    Column("reused", _id(), ForeignKey("executions.id"), nullable=True),
    Column("attempt", Integer, nullable=False),
    Column("resolution", JsonText, nullable=False),
    Column("note", FreeText, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    UniqueConstraint("run_id", "node", "iteration", name="uq_executions_run_node_iteration"),
    Index("ix_executions_run_state_position", "run_id", "state", "position"),
    Index("ix_executions_reused", "reused"),
)

upstream = Table(
    "upstream",
    metadata,
    Column("execution_id", _id(), ForeignKey("executions.id"), nullable=False),
    Column("upstream_id", _id(), ForeignKey("executions.id"), nullable=False),
    PrimaryKeyConstraint("execution_id", "upstream_id"),
    Index("ix_upstream_upstream", "upstream_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("execution_id", _id(), ForeignKey("executions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("pid_start", BigInteger, nullable=False),
    Column("engine_ref", Text, nullable=True),
    Column("lease_until", UtcTime, nullable=True),
    Column("state", Text, nullable=False),
    Column("error", FreeText, nullable=True),
    Column("log_uri", Text, nullable=True),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime, nullable=True),
    UniqueConstraint("execution_id", "number", name="uq_attempts_execution_number"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", _id(), primary_key=True),
    Column("type", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("managed", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("attempt_id", _id(), ForeignKey("attempts.id"), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Index("ix_artifacts_type_seq", "type", "seq"),
    Index("ix_artifacts_type_identity_seq", "type", "identity", "seq"),
    Index("ix_artifacts_attempt", "attempt_id"),
)

properties = Table(
    "properties",
    metadata,
    Column("artifact_id", _id(), ForeignKey("artifacts.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("int_value", BigInteger, nullable=True),
    Column("float_value", Double, nullable=True),
    Column("text_value", Text, nullable=True),
    PrimaryKeyConstraint("artifact_id", "name"),
    CheckConstraint(
        "(int_value IS NOT NULL AND float_value IS NULL AND text_value IS NULL)"
        " OR (int_value IS NULL AND float_value IS NOT NULL AND text_value IS NULL)"
        " OR (int_value IS NULL AND float_value IS NULL AND text_value IS NOT NULL)",
        name="ck_properties_one_value",
    ),
    Index("ix_properties_name_int", "name", "int_value"),
)

# Long texts stay out of the index: PostgreSQL refuses an index row of more than a third of a page. A query for a short
# text repeats this condition, which lets both engines use the index.
SHORT_TEXT = func.length(properties.c.text_value) <= literal_column("512", Integer)
Index(
    "ix_properties_name_text",
    properties.c.name,
    properties.c.text_value,
    sqlite_where=SHORT_TEXT,
    postgresql_where=SHORT_TEXT,
)

events = Table(
    "events",
    metadata,
    Column("execution_id", _id(), ForeignKey("executions.id"), nullable=False),
    Column("artifact_id", _id(), ForeignKey("artifacts.id"), nullable=False),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("idx", Integer, nullable=False),
    PrimaryKeyConstraint("execution_id", "direction", "channel", "idx"),
    Index("ix_events_artifact_direction", "artifact_id", "direction"),
)

cache = Table(
    "cache",
    metadata,
    Column("key", Text, primary_key=True),
    Column("execution_id", _id(), ForeignKey("executions.id"), nullable=True),
    Column("building_attempt", _id(), ForeignKey("attempts.id"), nullable=True),
    Index("ix_cache_execution", "execution_id"),
)

cache_parts = Table(
    "cache_parts",
    metadata,
    Column("execution_id", _id(), ForeignKey("executions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", FreeText, nullable=False),
    Column("digest", Text, nullable=False),
    Column("shown", FreeText, nullable=False),
    PrimaryKeyConstraint("execution_id", "position"),
)
