"""The element of the Beam job: claims ready nodes from the store and runs them, until the run has none left."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import apache_beam as beam

from penstock.orchestration.context import RunContext
from penstock.orchestration.node import run_node

__all__ = ["ClaimLoop", "opened"]

_POLL_SECONDS = 0.1
"""How long a loop without a ready node waits for another process's progress; loops of this process wake each other."""


class _Opened:
    """A run that loops of this process work on."""

    def __init__(self, context: RunContext) -> None:
        self.context = context
        self.progress = threading.Condition()
        self.failure: Exception | None = None


_open: dict[str, _Opened] = {}


@contextlib.contextmanager
def opened(context: RunContext) -> Iterator[None]:
    """Makes a run known to the loops of this process, and raises what stopped them.

    Beam pickles what it runs, and a store, worker processes and a terminal do not pickle; so an element carries the
    run's id alone.

    Raises:
        Exception: What stopped a loop: the store, the disk, or a defect of ours.
    """
    state = _open[context.run.id] = _Opened(context)
    try:
        yield
    finally:
        del _open[context.run.id]
    if state.failure is not None:
        raise state.failure


class ClaimLoop(beam.DoFn):  # type: ignore[misc]  # Beam's classes are untyped
    """Takes a slot's number and works until the run has no node left.

    Args:
        run_id: The run.
    """

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def process(self, slot: int) -> None:
        """Claims and runs nodes."""
        del slot
        state = _open[self._run_id]
        try:
            while not state.context.cancelled.is_set() and state.failure is None and self._step(state):
                pass
        except Exception as error:  # noqa: BLE001 - raised again by `opened`, without Beam's page of words around it
            state.failure = state.failure or error  # the other loops see it and stop
        finally:
            _wake(state)

    def _step(self, state: _Opened) -> bool:
        """Runs one node, or waits for one to become ready. False when none is left."""
        context = state.context
        with state.progress:
            claim = context.store.claim_next(context.run.id, context.owner)
            if claim is None:
                if context.store.unfinished(context.run.id) == 0:
                    return False
                state.progress.wait(_POLL_SECONDS)
                return True
        run_node(context, claim)
        _wake(state)
        return True


def _wake(state: _Opened) -> None:
    with state.progress:
        state.progress.notify_all()
