"""Runs, executions, attempts, artifacts, properties, events and the cache."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

_SHORT_TEXT = sa.text("length(text_value) <= 512")


def _id() -> sa.types.TypeEngine[str]:
    return sa.String(26).with_variant(sa.String(26, collation="C"), "postgresql")


def upgrade() -> None:
    """Makes all tables and the rows of the counters."""
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counters, [{"name": "run", "value": 0}, {"name": "artifact", "value": 0}])
    _runs()
    _executions()
    _artifacts()
    _cache()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", _id(), primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("spec_digest", sa.Text, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resumes", _id(), sa.ForeignKey("runs.id"), nullable=True),
        sa.Column("engine_run_id", sa.Text, nullable=True),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=True),
        sa.Column("boot_id", sa.Text, nullable=True),
        sa.Column("pid", sa.BigInteger, nullable=True),
        sa.Column("pid_start", sa.BigInteger, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
    )
    op.create_index("ix_runs_pipeline_number", "runs", ["pipeline", "number"])
    op.create_index("ix_runs_state", "runs", ["state"])


def _executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", _id(), primary_key=True),
        sa.Column("run_id", _id(), sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("iteration", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("excluded", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=True),
        sa.Column("reused", _id(), sa.ForeignKey("executions.id"), nullable=True),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("resolution", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("run_id", "node", "iteration", name="uq_executions_run_node_iteration"),
    )
    op.create_index("ix_executions_run_state_position", "executions", ["run_id", "state", "position"])
    op.create_index("ix_executions_reused", "executions", ["reused"])
    op.create_table(
        "upstream",
        sa.Column("execution_id", _id(), sa.ForeignKey("executions.id"), nullable=False),
        sa.Column("upstream_id", _id(), sa.ForeignKey("executions.id"), nullable=False),
        sa.PrimaryKeyConstraint("execution_id", "upstream_id"),
    )
    op.create_index("ix_upstream_upstream", "upstream", ["upstream_id"])
    op.create_table(
        "attempts",
        sa.Column("id", _id(), primary_key=True),
        sa.Column("execution_id", _id(), sa.ForeignKey("executions.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("owner_name", sa.Text, nullable=False),
        sa.Column("boot_id", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("pid_start", sa.BigInteger, nullable=False),
        sa.Column("engine_ref", sa.Text, nullable=True),
        sa.Column("lease_until", sa.BigInteger, nullable=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("log_uri", sa.Text, nullable=True),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("execution_id", "number", name="uq_attempts_execution_number"),
    )


def _artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("id", _id(), primary_key=True),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("managed", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, unique=True),
        sa.Column("attempt_id", _id(), sa.ForeignKey("attempts.id"), nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_artifacts_type_seq", "artifacts", ["type", "seq"])
    op.create_index("ix_artifacts_type_identity_seq", "artifacts", ["type", "identity", "seq"])
    op.create_index("ix_artifacts_attempt", "artifacts", ["attempt_id"])
    op.create_table(
        "properties",
        sa.Column("artifact_id", _id(), sa.ForeignKey("artifacts.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("int_value", sa.BigInteger, nullable=True),
        sa.Column("float_value", sa.Double, nullable=True),
        sa.Column("text_value", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("artifact_id", "name"),
        sa.CheckConstraint(
            "(int_value IS NOT NULL AND float_value IS NULL AND text_value IS NULL)"
            " OR (int_value IS NULL AND float_value IS NOT NULL AND text_value IS NULL)"
            " OR (int_value IS NULL AND float_value IS NULL AND text_value IS NOT NULL)",
            name="ck_properties_one_value",
        ),
    )
    op.create_index("ix_properties_name_int", "properties", ["name", "int_value"])
    op.create_index(
        "ix_properties_name_text",
        "properties",
        ["name", "text_value"],
        sqlite_where=_SHORT_TEXT,
        postgresql_where=_SHORT_TEXT,
    )
    op.create_table(
        "events",
        sa.Column("execution_id", _id(), sa.ForeignKey("executions.id"), nullable=False),
        sa.Column("artifact_id", _id(), sa.ForeignKey("artifacts.id"), nullable=False),
        sa.Column("direction", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("idx", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("execution_id", "direction", "channel", "idx"),
    )
    op.create_index("ix_events_artifact_direction", "events", ["artifact_id", "direction"])


def _cache() -> None:
    op.create_table(
        "cache",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("execution_id", _id(), sa.ForeignKey("executions.id"), nullable=True),
        sa.Column("building_attempt", _id(), sa.ForeignKey("attempts.id"), nullable=True),
    )
    op.create_index("ix_cache_execution", "cache", ["execution_id"])
    op.create_table(
        "cache_parts",
        sa.Column("execution_id", _id(), sa.ForeignKey("executions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("execution_id", "position"),
    )
