"""The metadata store on SQLite and PostgreSQL."""

from penstock.metadata.sql.engine import open_store, sqlite_url
from penstock.metadata.sql.store import SqlMetadataStore

__all__ = ["SqlMetadataStore", "open_store", "sqlite_url"]
