"""Connections and transactions on SQLite and PostgreSQL, and what their errors mean."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy import exc as sql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from penstock.errors import (
    MissingDependencyError,
    NotFoundError,
    PenstockError,
    StorageError,
    StoreBusyError,
    UsageError,
)

__all__ = ["Database", "connect"]

_SQLITE = "sqlite:///"
# https://www.sqlite.org/rescode.html: busy, locked
_SQLITE_BUSY = {5, 6}
# perm, readonly, interrupted i/o, corrupt, full, cannot open, protocol, not a database
_SQLITE_STORAGE = {3, 8, 10, 11, 13, 14, 15, 26}
_SQLITE_FOREIGN_KEY = 787
# https://www.postgresql.org/docs/current/errcodes-appendix.html: lock timeout, deadlock, serialisation, too many
# clients, starting up or shutting down
_POSTGRES_BUSY = {"55P03", "40P01", "40001", "53300", "57P01", "57P02", "57P03"}
_POSTGRES_FOREIGN_KEY = "23503"


class Database:
    """An open database.

    Attributes:
        url: What another process opens it with, without a password.
        shown: How messages name it.
        timeout: How long to wait for others, in seconds.
    """

    def __init__(self, engine: Engine, *, url: str, shown: str, timeout: float) -> None:
        self.url = url
        self.shown = shown
        self.timeout = timeout
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # A method that reads twice must see one state of the store.
        self._reader = engine if self._is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = engine.execution_options(penstock_write=True)
        # SQLite lets one writer in and makes the others poll with growing pauses. Threads of one process queue here.
        self._turn = threading.Lock() if self._is_sqlite else None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and waits for no writer."""
        with self._explained(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes; on SQLite it holds the only write lock from its start."""
        with self._explained(), self._queued(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Gives back all connections."""
        self._engine.dispose()

    @contextmanager
    def _queued(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self.timeout):
            raise self._busy("other threads of this process hold it")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sql.DBAPIError as error:
            meaning = self._meaning(error)
            if meaning is None:
                raise
            raise meaning from error
        except sql.TimeoutError as error:
            raise self._busy("all connections are in use") from error

    def _busy(self, received: str) -> StoreBusyError:
        return StoreBusyError(
            f"the store was busy for more than {self.timeout:g} s",
            at=self.shown,
            received=received,
            hint="try again when the other process is done",
        )

    def _meaning(self, error: sql.DBAPIError) -> PenstockError | None:
        """What an error of the database means to a user; None for our own mistakes."""
        cause = error.orig
        received = str(cause).strip()
        if isinstance(cause, sqlite3.Error):
            code = getattr(cause, "sqlite_errorcode", 0)
            busy, storage = code & 0xFF in _SQLITE_BUSY, code & 0xFF in _SQLITE_STORAGE
            foreign_key = code == _SQLITE_FOREIGN_KEY
        else:
            state = getattr(cause, "sqlstate", None) or ""
            busy, foreign_key = state in _POSTGRES_BUSY, state == _POSTGRES_FOREIGN_KEY
            # 53: out of disk or memory, 58: input/output, XX: corrupt, 08 or no state at all: no connection, 25006: the
            # server is a read-only copy, 28 and 3D: not let in.
            storage = state[:2] in {"53", "58", "XX", "08", "28", "3D"} or state == "25006"
            storage = storage or (not state and isinstance(error, sql.OperationalError))
        if busy:
            return self._busy(received)
        if foreign_key:
            return NotFoundError("an id that was named is not in the store", at=self.shown, received=received)
        if storage:
            return StorageError("the metadata store cannot be used", at=self.shown, received=received, hint=_HINT)
        return None


_HINT = "check that its disk has space and can be written, and that it is a Penstock store"


def connect(url: str, *, timeout: float) -> Database:
    """Opens a database; it need not hold a store yet.

    Args:
        url: `sqlite:////absolute/path` (the path as it is, nothing escaped) or `postgresql://...`.
        timeout: How long to wait for others, in seconds.

    Raises:
        MissingDependencyError: PostgreSQL without psycopg.
        StorageError: The file cannot be made.
        UsageError: No such kind of store, or a relative path.
    """
    if url.startswith("sqlite:"):
        return _sqlite(url, timeout)
    if url.startswith("postgresql:"):
        return _postgres(url, timeout)
    raise UsageError(
        "unknown kind of metadata store",
        received=url.rpartition("@")[2],
        expected="sqlite:////path or postgresql://...",
    )


def _sqlite(url: str, timeout: float) -> Database:
    path = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or not path.is_absolute():
        raise UsageError(
            "a store's path is absolute",
            received=url,
            expected="four slashes: sqlite:////absolute/path/metadata.db",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made by us, for the owner only, before SQLite makes it for everybody. No O_EXCL: two may open a new store.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(
            "the metadata store cannot be used", at=str(path), received=error.strerror, hint=_HINT
        ) from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=16,
        max_overflow=16,
        pool_timeout=timeout,
        connect_args={"timeout": timeout, "check_same_thread": False},
    )

    # The driver shall not begin transactions at its own choice, but when and how we say:
    # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html (transactions and the driver)
    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        _use_wal(connection, timeout)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("penstock_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return Database(engine, url=f"{_SQLITE}{path}", shown=str(path), timeout=timeout)


def _use_wal(connection: sqlite3.Connection, timeout: float) -> None:
    """Sets the journal mode, which a file keeps: there is nothing to do but on a new one.

    There, two that change it at once would wait for each other for ever, which SQLite answers with `busy` without
    waiting; so the waiting is here.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _postgres(url: str, timeout: float) -> Database:
    try:
        import psycopg  # noqa: F401, PLC0415 - optional; asked for here to name what is missing
    except ImportError as error:
        raise MissingDependencyError("psycopg", extra="postgres", needed_by="a PostgreSQL store") from error
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except (sql.ArgumentError, ValueError) as error:
        raise UsageError("not a PostgreSQL URL", expected="postgresql://user@host:port/database") from error
    engine = create_engine(
        parsed,
        isolation_level="READ COMMITTED",
        pool_size=16,
        max_overflow=16,
        pool_timeout=timeout,
        pool_pre_ping=True,
        connect_args={"connect_timeout": max(2, round(timeout))},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{round(timeout * 1000)}ms"])
        connection.commit()

    public = URL.create(
        "postgresql",
        username=parsed.username,
        host=parsed.host,
        port=parsed.port,
        database=parsed.database,
        query={name: value for name, value in parsed.query.items() if name != "password"},
    ).render_as_string()
    return Database(engine, url=public, shown=public, timeout=timeout)
