"""How to open a store."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.metadata.sql.database import connect
from penstock.metadata.sql.schema import prepare
from penstock.metadata.sql.store import SqlMetadataStore

__all__ = ["open_store", "sqlite_url"]


def open_store(url: str, *, timeout: float = 30.0) -> SqlMetadataStore:
    """Opens a store; makes it, or brings it to the newest schema, where that is needed.

    Args:
        url: `sqlite:////absolute/path/metadata.db` (see `sqlite_url`) or `postgresql://user@host/database`.
        timeout: How long to wait for other users of the store, in seconds.

    Raises:
        MissingDependencyError: PostgreSQL without psycopg.
        StorageError: The database cannot be read or written, or is not a store.
        StoreBusyError: Somebody held it for longer than `timeout`.
        StoreVersionError: A newer version of Penstock has written it.
        UsageError: The URL is not one of a store.

    Example:
        >>> import tempfile
        >>> store = open_store(sqlite_url(tempfile.mkdtemp() + "/metadata.db"))
        >>> store.runs()
        []
        >>> store.close()
    """
    database = connect(url, timeout=timeout)
    try:
        prepare(database)
    except BaseException:
        database.close()
        raise
    return SqlMetadataStore(database)


def sqlite_url(path: str | os.PathLike[str]) -> str:
    """The URL of a store in a file, whatever characters its path has."""
    return f"sqlite:///{Path(path).absolute()}"
