"""The cache: which execution's outputs serve a key, and what went into the keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from penstock.metadata.records import CachePart, ExecutionRecord
from penstock.metadata.sql.database import Database
from penstock.metadata.sql.executions import EXECUTIONS, execution_record
from penstock.metadata.sql.tables import cache, cache_parts, executions

__all__ = ["CacheQueries"]

_CACHED = EXECUTIONS.join(cache, cache.c.execution_id == executions.c.id).where(cache.c.key == bindparam("of_key"))
_PARTS = (
    select(cache_parts.c.name, cache_parts.c.digest, cache_parts.c.shown)
    .where(cache_parts.c.execution_id == bindparam("of_execution"))
    .order_by(cache_parts.c.position)
)


class CacheQueries:
    """Methods of the store that ask the cache."""

    _database: Database

    def cached(self, key: str) -> ExecutionRecord | None:
        """See `MetadataStore.cached`."""
        with self._database.read() as connection:
            row = connection.execute(_CACHED, {"of_key": key}).one_or_none()
        return None if row is None else execution_record(row)

    def cache_parts(self, execution_id: str) -> Sequence[CachePart]:
        """See `MetadataStore.cache_parts`."""
        with self._database.read() as connection:
            rows = connection.execute(_PARTS, {"of_execution": execution_id}).all()
        return [CachePart(name=row.name, digest=row.digest, shown=row.shown) for row in rows]
