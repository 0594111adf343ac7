"""The store as one object."""

from __future__ import annotations

from penstock.metadata.sql.artifacts import ArtifactQueries
from penstock.metadata.sql.cache import CacheQueries
from penstock.metadata.sql.claims import Claims
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.executions import ExecutionQueries
from penstock.metadata.sql.lineage import LineageQueries
from penstock.metadata.sql.models import ModelQueries
from penstock.metadata.sql.publishing import Publishing
from penstock.metadata.sql.runs import Runs

__all__ = ["SqlMetadataStore"]


class SqlMetadataStore(
    Runs, ExecutionQueries, Claims, Publishing, CacheQueries, ArtifactQueries, LineageQueries, ModelQueries
):
    """`penstock.metadata.store.MetadataStore` on SQLAlchemy. Threads and processes may share it without more care."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def url(self) -> str:
        """What another process opens the same store with, without a password."""
        return self._database.url

    def close(self) -> None:
        """Gives back all connections."""
        self._database.close()
