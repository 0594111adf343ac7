"""Which schema a store has, and how it gets the newest one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from penstock.errors import StorageError, StoreVersionError
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.tables import metadata

__all__ = ["REVISION", "prepare"]

REVISION = "0001_foundation"
"""The revision that this version of Penstock reads and writes."""

_MIGRATION_LOCK = 0x70656E73746F636B  # "penstock" in ASCII; any number that others are unlikely to lock


def prepare(database: Database) -> None:
    """Brings a store to the newest schema. On a current one this is two short queries.

    Raises:
        StorageError: It is the database of something else.
        StoreVersionError: A newer version of Penstock has written it.
    """
    with database.read() as connection:
        if _revision(connection) == REVISION:
            return
    with database.write() as connection:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        revision = _revision(connection)  # again, now that nobody else can change it
        if revision is None:
            _refuse_foreign(connection, database)
        if revision != REVISION:
            _migrate(connection, revision, database.shown)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().first()
    return None if found is None else str(found)


def _refuse_foreign(connection: Connection, database: Database) -> None:
    found = set(inspect(connection).get_table_names()) - {"alembic_version"}
    # A PostgreSQL database may hold other things beside us, a file may not.
    foreign = found & metadata.tables.keys() if database.dialect == "postgresql" else found
    if foreign:
        raise StorageError(
            "this database is not a Penstock store",
            at=database.shown,
            received=f"tables {', '.join(sorted(foreign))}",
            hint="give another path or database",
        )


def _migrate(connection: Connection, revision: str | None, shown: str) -> None:
    from alembic import command  # noqa: PLC0415 - 0.5 s that a current store need not spend
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    folder = Path(__file__).with_name("migrations")
    if revision is not None and revision not in {
        step.revision for step in ScriptDirectory(str(folder)).walk_revisions()
    }:
        raise StoreVersionError(
            "the store was written by a newer version of Penstock",
            at=shown,
            received=f"schema {revision}",
            expected=f"{REVISION} or older",
            hint="upgrade Penstock: pip install --upgrade penstock",
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, REVISION)
