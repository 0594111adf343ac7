"""The next numbers of runs and artifacts."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, update

from penstock.metadata.sql.tables import counters

__all__ = ["take"]

_TAKE = (
    update(counters)
    .where(counters.c.name == bindparam("of"))
    .values(value=counters.c.value + bindparam("taken"))
    .returning(counters.c.value)
)


def take(connection: Connection, name: str, count: int = 1) -> int:
    """Takes `count` numbers in a row and returns the first.

    All others who want one wait for the end of this transaction: take them late in it.
    """
    last: int = connection.execute(_TAKE, {"of": name, "taken": count}).scalar_one()
    return last - count + 1
