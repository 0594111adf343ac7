"""Ids: ULIDs, which sort by time of making and can merge between stores (https://github.com/ulid/spec)."""

from __future__ import annotations

import secrets
import threading
import time

__all__ = ["new_id"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80


class _Generator:
    """Ids of one process rise, also within a millisecond and when the clock is set back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        now = time.time_ns() // 1_000_000
        with self._lock:
            fresh = now << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            # Within the same millisecond the last id is raised by a random step, so that a neighbour cannot be guessed.
            self._last = fresh if fresh > self._last else self._last + 1 + secrets.randbits(_RANDOM_BITS - 16)
            value = self._last
        return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


_generator = _Generator()


def new_id() -> str:
    """Returns a new ULID: 26 characters, greater than every one that this process made before."""
    return _generator.next()
