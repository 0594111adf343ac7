"""Transformed record batches to canonical tf.Example bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import AsSingleton, PCollection
from tfx_bsl.public.tfxio import RecordBatchToExamplesEncoder

from penstock.examples.canonical import canonical

__all__ = ["EncodeBatches"]


class EncodeBatches(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Encodes what `TransformDataset(output_record_batches=True)` gives, as lists of serialized tf.Examples.

    Args:
        metadata: A PCollection with the one DatasetMetadata of the transformed data; ragged features need its schema.
    """

    def __init__(self, metadata: PCollection) -> None:
        super().__init__()
        self._metadata = metadata

    def expand(self, input_or_inputs: PCollection) -> PCollection:
        """Returns lists of bytes."""
        encoded: Any = input_or_inputs | beam.ParDo(_Encode(), metadata=AsSingleton(self._metadata))
        return encoded


class _Encode(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    def __init__(self) -> None:
        self._encoder: RecordBatchToExamplesEncoder | None = None

    def process(self, element: tuple[pa.RecordBatch, Any], metadata: Any) -> Iterator[list[bytes]]:
        if self._encoder is None:
            self._encoder = RecordBatchToExamplesEncoder(metadata.schema)
        batch, _ = element
        yield canonical(self._encoder.encode(batch))
