"""Where in the user's files a definition stands: `file:line`."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Site", "current_site", "site"]

_DSL_FOLDER = str(Path(__file__).parent)
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a definition, and the node id that the reader of that place already knows.

    Attributes:
        at: `file:line`, the file as it was given.
        node_id: Id of the node being defined; None in Python, where `.with_id` comes later.
    """

    at: str
    node_id: str | None = None


_given: ContextVar[Site | None] = ContextVar("penstock_definition_site", default=None)


@contextmanager
def site(at: str, node_id: str | None = None) -> Iterator[None]:
    """Says where the definitions inside the block stand; for readers of formats that are not Python."""
    token = _given.set(Site(at, node_id))
    try:
        yield
    finally:
        _given.reset(token)


def current_site() -> Site:
    """The place given by a reader, or the nearest frame outside this package and the standard library."""
    given = _given.get()
    if given is not None:
        return given
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_inner(frame.f_code.co_filename):
        frame = frame.f_back
    return Site(f"{frame.f_code.co_filename}:{frame.f_lineno}")


def _is_inner(file: str) -> bool:
    """Whether a file is on the way from the user's line to here: `Path(parameter)` goes through pathlib."""
    if file.startswith(_DSL_FOLDER):
        return True
    return file.startswith(_STANDARD_LIBRARY) and "site-packages" not in file
