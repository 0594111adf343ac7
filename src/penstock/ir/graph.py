"""The order of nodes: each after those that it reads from, the same whatever order they were written in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from penstock.errors import DefinitionError

__all__ = ["in_order"]


def in_order(reads: Mapping[str, Iterable[str]], at: Mapping[str, str] | None = None) -> list[str]:
    """Node ids by their distance from the first nodes, then by name.

    Args:
        reads: By node, the nodes that it reads from.
        at: By node, its `file:line`.

    Raises:
        DefinitionError: They read from each other in a circle; the message shows it.
    """
    sorter = TopologicalSorter(reads)
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        raise DefinitionError(
            "nodes read from each other in a circle",
            at=(at or {}).get(circle[-1]),
            received=" -> ".join(circle),
            expected="each node reads only from nodes before it",
        ) from error
    ordered: list[str] = []
    while sorter.is_active():
        level = sorted(sorter.get_ready())
        ordered += level
        sorter.done(*level)
    return ordered
