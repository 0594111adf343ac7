from __future__ import annotations

import os
import resource
import sqlite3
import stat
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from penstock.errors import MissingDependencyError, StorageError, StoreBusyError, UsageError
from penstock.metadata.sql import open_store, sqlite_url
from tests.metadata.given import a_run, an_output, publish


@pytest.fixture
def path(tmp_path):
    return tmp_path / "metadata.db"


def test_a_store_is_reopened_by_its_url(store):
    run = a_run(store)
    again = open_store(store.url)
    assert again.run(run.id) == run
    again.close()


def test_the_file_is_for_its_owner_alone(path):
    before = os.umask(0)
    try:
        store = open_store(sqlite_url(path))
    finally:
        os.umask(before)
    a_run(store)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_sqlite_is_durable_and_checks_references(path):
    store = open_store(sqlite_url(path))
    with store._database.read() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in _PRAGMAS}
    assert asked == _PRAGMAS
    store.close()


_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize("name", ["a b", "per%20cent", "question?x=1", "hash#", "ü"])
def test_a_path_may_have_any_characters(tmp_path, name):
    store = open_store(sqlite_url(tmp_path / name / "metadata.db"))
    a_run(store)
    assert (tmp_path / name / "metadata.db").exists()
    again = open_store(store.url)
    assert len(again.runs()) == 1
    again.close()
    store.close()


@pytest.mark.parametrize(
    "url", ["sqlite:///relative.db", "sqlite://", "mysql://x/y", "metadata.db", "postgresql://x:y"]
)
def test_what_is_not_the_url_of_a_store_is_refused(url):
    with pytest.raises(UsageError):
        open_store(url)


def test_the_password_is_in_no_url_and_no_message():
    with pytest.raises(StorageError) as raised:
        open_store("postgresql://me:hidden@127.0.0.1:1/db?password=hidden&connect_timeout=2", timeout=2)
    assert "hidden" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)


def test_postgresql_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingDependencyError) as raised:
        open_store("postgresql://somewhere/db")
    assert raised.value.hint == 'pip install "penstock[postgres]"'


def test_a_file_that_is_no_database_is_refused_and_left_alone(path):
    path.write_bytes(b"not a database, but long enough to look like one\n" * 100)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="cannot be used") as raised:
        open_store(sqlite_url(path))
    assert raised.value.at == str(path)
    assert "not a database" in (raised.value.received or "")
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    store = open_store(sqlite_url(path))
    assert a_run(store).number == 1
    store.close()


def test_a_parent_that_is_a_file_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        open_store(sqlite_url(tmp_path / "file" / "metadata.db"))


@pytest.mark.parametrize("exists", [False, True])
def test_a_read_only_folder_is_a_storage_error(exists):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if exists:
            store = open_store(sqlite_url(folder / "metadata.db"))
            store.close()
            (folder / "metadata.db").chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may write everywhere
        try:
            with pytest.raises(StorageError) as raised:
                open_store(sqlite_url(folder / "metadata.db"))
        finally:
            os.seteuid(user)
            folder.chmod(0o700)
        assert raised.value.exit_code == 5


def test_no_space_is_a_storage_error_and_nothing_is_half_written(path):
    store = open_store(sqlite_url(path))
    run = a_run(store, {"a": [], "b": []})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = path.with_name("metadata.db-wal")
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 8192, hard))
    try:
        with pytest.raises(StorageError):
            publish(store, run, "a", *[an_output(properties={"text": "x" * 5000}) for _ in range(50)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.artifacts() == []
    assert len(publish(store, run, "b", an_output())) == 1
    store.close()


def test_a_locked_file_is_busy_after_the_time_limit(path):
    store = open_store(sqlite_url(path), timeout=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match=r"0\.05 s") as raised:
        a_run(store)
    assert raised.value.exit_code == 4
    assert raised.value.transient
    assert store.runs() == []
    other.execute("ROLLBACK")
    other.close()
    assert a_run(store).number == 1
    store.close()


def test_a_locked_row_is_busy_after_the_time_limit(postgres_url):
    store, other = open_store(postgres_url, timeout=0.05), open_store(postgres_url)
    with other._database.write() as connection:
        connection.execute(text("SELECT * FROM counters FOR UPDATE"))
        with pytest.raises(StoreBusyError):
            a_run(store)
    assert a_run(store).number == 1
    store.close()
    other.close()


def test_a_thread_that_writes_keeps_others_waiting_for_the_time_limit_only(path):
    store = open_store(sqlite_url(path), timeout=0.05)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with store._database.write():
            inside.set()
            leave.wait(30)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert inside.wait(30)
        with pytest.raises(StoreBusyError, match="busy"):
            a_run(store)
        leave.set()
        held.result(30)
    assert a_run(store).number == 1
    store.close()


def test_readers_are_not_kept_out_by_a_writer(store):
    a_run(store)
    with store._database.write() as connection:
        connection.execute(text("UPDATE runs SET created_by = 'x'"))
        assert [run.created_by for run in store.runs()] == ["somebody"]


def test_a_lost_connection_is_replaced(postgres_url):
    store = open_store(postgres_url)
    a_run(store)
    with store._database.write() as connection:
        ended = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        connection.execute(text(ended))
    with pytest.raises(StoreBusyError), store._database.write() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert a_run(store).number == 2
    store.close()
