"""Progress of training loops that Keras does not run, from the TensorBoard event files that they write."""

from __future__ import annotations

import _thread
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from penstock.components.trainer.progress import Progress
from penstock.errors import NodeFailedError

__all__ = ["EventFiles", "watched_event_files"]

_SECONDS_BETWEEN_LOOKS = 0.5
_HEADER = struct.Struct("<Q4x")  # length of a record, and its checksum
_FOOTER = 4


class EventFiles:
    """The scalars of all event files below a folder, each read once, while they are being written.

    Args:
        folder: The folder, such as `fn_args.model_run_dir`.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._offsets: dict[Path, int] = {}

    def new_scalars(self) -> Iterator[tuple[int, dict[str, float]]]:
        """Yields step and scalars by tag, for every event that was completed since the last call."""
        for path in sorted(self._folder.rglob("*tfevents*")):
            offset = self._offsets.get(path, 0)
            with path.open("rb") as file:
                file.seek(offset)
                data = file.read()
            place = 0
            while place + _HEADER.size <= len(data):
                end = place + _HEADER.size + _HEADER.unpack_from(data, place)[0] + _FOOTER
                if end > len(data):
                    break
                event = Event.FromString(data[place + _HEADER.size : end - _FOOTER])
                scalars = {value.tag: float(number) for value in event.summary.value for number in _scalar(value)}
                if scalars:
                    yield event.step, scalars
                place = end
            self._offsets[path] = offset + place


def _scalar(value: Any) -> list[float]:
    """The number of a summary value, or nothing."""
    if value.HasField("simple_value"):
        return [value.simple_value]
    if value.metadata.plugin_data.plugin_name in ("", "scalars") and value.HasField("tensor"):
        array = tf.make_ndarray(value.tensor)
        if array.size == 1 and array.dtype.kind == "f":
            return [array.item()]
    return []


@contextmanager
def watched_event_files(folder: str, progress: Progress) -> Iterator[None]:
    """Reports what appears in event files while the block runs, unless `Model.fit` reports already.

    Raises:
        NodeFailedError: A loss is NaN or infinite; where the block is in the main thread, it is interrupted for it.
    """
    events = EventFiles(folder)
    failures: list[NodeFailedError] = []
    ended = threading.Event()
    interrupts = threading.current_thread() is threading.main_thread()

    def look() -> None:
        newest: dict[str, float] = {}
        last = 0
        for step, scalars in events.new_scalars():
            newest |= {tag.rpartition("/")[2]: number for tag, number in scalars.items()}
            last = max(last, step)
        if newest and not progress.told_by_fit:
            progress.update(last, None, {**progress.metrics, **newest}, final=ended.is_set())

    def watch() -> None:
        while not ended.wait(_SECONDS_BETWEEN_LOOKS):
            try:
                look()
            except NodeFailedError as failure:
                failures.append(failure)
                if interrupts:
                    _thread.interrupt_main()
                return

    watcher = threading.Thread(target=watch, name="event files", daemon=True)
    watcher.start()
    try:
        yield
    except KeyboardInterrupt:
        if failures:
            raise failures[0] from None
        raise
    finally:
        ended.set()
        watcher.join()
    if failures:
        raise failures[0]
    look()
