"""The garbage collector, kept from large imports."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps the garbage collector from looking, again and again, through what is being imported.

    TensorFlow and Beam make 600,000 objects when they are imported, hardly any of them garbage; the collector would
    take a third of the time of it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
