from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from penstock.errors import StorageError, StoreVersionError
from penstock.metadata.sql import open_store
from penstock.metadata.sql.database import connect
from penstock.metadata.sql.schema import REVISION
from penstock.metadata.sql.tables import metadata
from tests.metadata.given import a_run


def test_the_migrations_make_the_tables(store):
    with store._database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_make_every_constraint_and_condition(store, store_url):
    """What alembic does not compare: made by the metadata itself, the database describes itself the same."""
    with store._database.read() as connection:
        migrated = _described(connection)
    with store._database.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    with store._database.read() as connection:
        assert _described(connection) == migrated


def _described(connection):
    inspector = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(_index(index) for index in inspector.get_indexes(table)),
            sorted(str(c["sqltext"]) for c in inspector.get_check_constraints(table)),
            sorted(str(k["constrained_columns"]) + k["referred_table"] for k in inspector.get_foreign_keys(table)),
        )
        for table in metadata.tables
    }


def _index(index):
    conditions = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['name']} {index['column_names']} {index['unique']} {conditions}"


def test_a_current_store_is_opened_without_alembic(store, store_url):
    a_run(store)
    code = (
        "import sys\nfrom penstock.metadata.sql import open_store\n"
        "store = open_store(sys.argv[1])\nprint(len(store.runs()), 'alembic' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code, store_url], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["1", "False"]


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store, store_url):
    with store._database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999_later'"))
    with pytest.raises(StoreVersionError, match="newer version") as raised:
        open_store(store_url)
    assert raised.value.exit_code == 2
    assert raised.value.received == "schema 0999_later"
    assert "upgrade Penstock" in (raised.value.hint or "")
    with store._database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0999_later"


def test_a_database_of_something_else_is_refused_and_left_alone(store_url):
    database = connect(store_url, timeout=5)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE runs (distance INTEGER)"))
    with pytest.raises(StorageError, match="not a Penstock store"):
        open_store(store_url)
    with database.read() as connection:
        assert inspect(connection).get_table_names() == ["runs"]
    database.close()


def test_a_migration_that_was_cut_off_leaves_nothing(store_url):
    database = connect(store_url, timeout=5)
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        metadata.create_all(connection)
        raise ZeroDivisionError
    with database.read() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()
    store = open_store(store_url)
    assert a_run(store).number == 1
    store.close()


def test_the_named_revision_is_the_newest(store):
    with store._database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [REVISION]
