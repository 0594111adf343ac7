"""Runs the migrations on the connection, and in the transaction, that `penstock.metadata.sql.schema` gives."""

from __future__ import annotations

from alembic import context

from penstock.metadata.sql.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
