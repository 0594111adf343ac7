"""Record batches to canonical tf.Example bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from tfx_bsl.public.tfxio import RecordBatchToExamplesEncoder

__all__ = ["EncodeBatches"]


class EncodeBatches(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Encodes what `TransformDataset` gives as lists of serialized tf.Examples."""

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Returns lists of bytes."""
        return batches | beam.ParDo(_Encode())


class _Encode(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    def setup(self) -> None:
        self._encoder = RecordBatchToExamplesEncoder()

    def process(self, element: tuple[pa.RecordBatch, Any]) -> Iterator[list[bytes]]:
        batch, _ = element
        yield [canonical(record) for record in self._encoder.encode(batch)]


def canonical(record: bytes) -> bytes:
    """The encoder orders a record's features at random on every call; this gives one order."""
    example = tf.train.Example.FromString(record)
    return example.SerializeToString(deterministic=True)
