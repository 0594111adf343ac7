"""Transformed record batches to canonical tf.Example bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from tfx_bsl.public.tfxio import RecordBatchToExamplesEncoder

from penstock.examples.canonical import canonical

__all__ = ["EncodeBatches"]


class EncodeBatches(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Encodes what `TransformDataset(output_record_batches=True)` gives, as lists of serialized tf.Examples.

    Args:
        metadata: A PCollection with the one DatasetMetadata of the transformed data; ragged features need its schema.
    """

    def __init__(self, metadata: beam.PCollection) -> None:
        super().__init__()
        self._metadata = metadata

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Returns lists of bytes."""
        return batches | beam.ParDo(_Encode(), metadata=beam.pvalue.AsSingleton(self._metadata))


class _Encode(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    def __init__(self) -> None:
        self._encoder: RecordBatchToExamplesEncoder | None = None

    def process(self, element: tuple[pa.RecordBatch, Any], metadata: Any) -> Iterator[list[bytes]]:
        if self._encoder is None:
            self._encoder = RecordBatchToExamplesEncoder(metadata.schema)
        batch, _ = element
        yield canonical(self._encoder.encode(batch))
