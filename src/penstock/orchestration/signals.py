"""What Ctrl-C and SIGTERM do to a process that runs nodes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from penstock.orchestration.context import RunContext

__all__ = ["stopped_by_signals"]

_GRACE_SECONDS = 10.0


@contextmanager
def stopped_by_signals(context: RunContext) -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM end the children before any thread is joined; a second one does not wait for them.

    Outside of the main thread, which alone hears signals, nothing changes.

    Returns:
        The signals that came, for as long as the block runs and after it.
    """
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        grace = 0.0 if received else _GRACE_SECONDS
        received.append(number)
        context.cancelled.set()
        threading.Thread(target=context.workers.terminate_all, args=(grace,), daemon=True).start()

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
