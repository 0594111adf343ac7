"""Beam transforms that write examples with bounded memory: data is never grouped, only what is known about shards."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindows

from penstock.dsl.tfrecord import RecordSum
from penstock.examples.writer import SHARD_BYTES, UNFINISHED, ExampleWriter, remove_unfinished

__all__ = ["SaveSum", "WriteExamples", "load_sum"]


class WriteExamples(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Writes batches of serialized records (lists of bytes) to a folder, and gives one RecordSum of all of them.

    Each bundle writes shards of its own under names that nobody reads. When all bundles are committed, the shards that
    belong to committed ones are renamed to `data-<i>-of-<n>.gz`, in the order of their content's digest, and the others
    (of bundles that were retried) are removed.

    Args:
        folder: Folder of a split, `<uri>/Split-<name>`; it exists afterwards, also when there was no record.
        shard_bytes: Compressed bytes after which a bundle begins its next shard.

    Example:
        >>> sums = batches | WriteExamples(examples.uri + "/Split-train")   # doctest: +SKIP
        >>> sums | SaveSum("temp/train.sum")                                # doctest: +SKIP
    """

    def __init__(self, folder: str, *, shard_bytes: int = SHARD_BYTES) -> None:
        super().__init__()
        self._folder = os.path.abspath(folder)  # noqa: PTH100 - Path.resolve would follow links
        self._shard_bytes = shard_bytes

    def expand(self, input_or_inputs: Any) -> Any:  # PCollections; Beam's own types differ by release
        """Returns a PCollection with one RecordSum."""
        return (
            input_or_inputs
            | "WriteShards" >> beam.ParDo(_WriteBundle(self._folder, self._shard_bytes))
            | "Committed" >> beam.combiners.ToList()
            | "NameShards" >> beam.Map(_name_shards, self._folder)
        )


class SaveSum(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Writes the RecordSum of `WriteExamples` to a file, for `load_sum` after the pipeline has run.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links

    def expand(self, input_or_inputs: Any) -> Any:  # PCollections; Beam's own types differ by release
        """Returns nothing that is of use."""
        return input_or_inputs | beam.Map(_save_sum, self._path)


def load_sum(path: str) -> RecordSum:
    """What `SaveSum` wrote."""
    return RecordSum.parse(Path(path).read_text(encoding="ascii"))


class _WriteBundle(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    """Yields, a bundle: its sum as text, and the name and sha256 of each shard."""

    def __init__(self, folder: str, shard_bytes: int) -> None:
        self._folder = folder
        self._shard_bytes = shard_bytes
        self._writer: ExampleWriter | None = None

    def start_bundle(self) -> None:
        self._writer = None

    def process(self, batch: Sequence[bytes]) -> None:
        if self._writer is None:
            prefix = f"{UNFINISHED}{uuid.uuid4().hex}"
            self._writer = ExampleWriter(self._folder, prefix=prefix, shard_bytes=self._shard_bytes)
        self._writer.write(batch)

    def finish_bundle(self) -> Any:  # the base class says None
        if self._writer is not None:
            self._writer.close()
            shards = [(shard.path.name, shard.sha256) for shard in self._writer.shards]
            written = (str(self._writer.sum), shards)
            self._writer = None
            yield GlobalWindows.windowed_value(written)


def _name_shards(bundles: Sequence[tuple[str, Sequence[tuple[str, str]]]], folder: str) -> RecordSum:
    total = RecordSum()
    shards: list[tuple[str, str]] = []
    for text, written in bundles:
        total.merge(RecordSum.parse(text))
        shards.extend((sha256, name) for name, sha256 in written)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for index, (_, name) in enumerate(sorted(shards)):
        target = Path(folder, f"data-{index:05d}-of-{len(shards):05d}.gz")
        # A second try of this step finds that a first one has renamed some.
        if Path(folder, name).exists() or not target.exists():
            Path(folder, name).rename(target)
    remove_unfinished(folder)
    return total


def _save_sum(total: RecordSum, path: str) -> None:
    Path(path).write_text(str(total), encoding="ascii")
