"""A schema of Examples, from one pass over their Arrow batches.

The rule: a feature that has the same number of values, at least one, in every example of every split is dense, with
that number as its shape; any other feature is sparse. (A dense feature of one value has the shape [1], as in TFX.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.dsl.tfrecord import read_records
from penstock.errors import DataError, PenstockError
from penstock.examples.files import InputFile
from penstock.examples.generate import error_report

__all__ = ["FeaturePresence", "Presence", "SummarizeFile", "infer_schema"]

_ROWS = 1000  # rows decoded at a time

_TYPES = {
    "int64": schema_pb2.INT,
    "float": schema_pb2.FLOAT,
    "binary": schema_pb2.BYTES,
    "large_binary": schema_pb2.BYTES,
}


@dataclass(kw_only=True)
class FeaturePresence:
    """A feature in some examples.

    Attributes:
        types: Names of the Arrow types of its values; empty while it had no value.
        present: Number of examples that have a value.
        fewest: Smallest number of values in an example that has the feature.
        most: Greatest number of values in an example.
    """

    types: set[str] = field(default_factory=set)
    present: int = 0
    fewest: int = 0
    most: int = 0


@dataclass(kw_only=True)
class Presence:
    """What is known of some examples; two of these add up.

    Attributes:
        examples: Number of examples.
        features: By name.
    """

    examples: int = 0
    features: dict[str, FeaturePresence] = field(default_factory=dict)

    def add_batch(self, batch: pa.RecordBatch) -> None:
        """Counts a batch of `tfx_bsl`'s decoder: a list column a feature."""
        self.examples += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_null(column.type):
                continue
            lengths = pc.fill_null(pc.list_value_length(column), 0)
            present = pc.sum(pc.greater(lengths, 0)).as_py() or 0
            if present:
                bounds = pc.min_max(lengths.filter(pc.greater(lengths, 0)))
                seen = FeaturePresence(
                    types={str(column.type.value_type)},
                    present=present,
                    fewest=bounds["min"].as_py(),
                    most=bounds["max"].as_py(),
                )
                self._add_feature(name, seen)

    def merge(self, other: Presence) -> None:
        """Adds what another one has counted."""
        self.examples += other.examples
        for name, seen in other.features.items():
            self._add_feature(name, seen)

    def plain(self) -> Mapping[str, Any]:
        """All of it as JSON has it."""
        features = {name: {**asdict(seen), "types": sorted(seen.types)} for name, seen in self.features.items()}
        return {"examples": self.examples, "features": features}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Presence:
        """What `plain` was made of."""
        features = {
            name: FeaturePresence(**{**seen, "types": set(seen["types"])}) for name, seen in plain["features"].items()
        }
        return cls(examples=plain["examples"], features=features)

    def _add_feature(self, name: str, seen: FeaturePresence) -> None:
        known = self.features.setdefault(name, FeaturePresence(fewest=seen.fewest))
        known.types |= seen.types
        known.present += seen.present
        known.fewest = min(known.fewest, seen.fewest)
        known.most = max(known.most, seen.most)


class SummarizeFile(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    """A file of a split to the report of its Presence; holds a batch of it at a time."""

    def process(self, file: InputFile) -> Iterator[Mapping[str, Any]]:
        """Reads the file."""
        presence, decoder = Presence(), ExamplesToRecordBatchDecoder()
        records = read_records(Path(file.path))
        try:
            while batch := list(islice(records, _ROWS)):
                presence.add_batch(decoder.DecodeBatch(batch))
            yield {"index": file.index, "split": file.split, "presence": presence.plain()}
        except PenstockError as error:
            yield error_report(file.index, error)
        except (RuntimeError, ValueError) as error:  # tfx_bsl's, about bytes that it cannot decode
            yield error_report(file.index, DataError(str(error), at=file.path, expected="tf.Examples"))


def infer_schema(splits: Mapping[str, Presence]) -> schema_pb2.Schema:
    """Applies the rule (see the module) to what was counted.

    Args:
        splits: What is known of each split.

    Returns:
        A schema with the features in the order of their names; features that never have a value are left out.

    Raises:
        DataError: A feature has values of two types.
    """
    total = Presence()
    for presence in splits.values():
        total.merge(presence)
    schema = schema_pb2.Schema()
    for name, seen in sorted(total.features.items()):
        if len(seen.types) > 1:
            where = {split: sorted(p.features[name].types) for split, p in splits.items() if name in p.features}
            raise DataError(
                f'feature "{name}" has values of several types',
                received=", ".join(f"{' and '.join(types)} in split {split}" for split, types in where.items()),
                expected="one type in all examples",
            )
        feature = schema.feature.add(name=name, type=_TYPES[next(iter(seen.types))])
        if seen.present == total.examples:
            feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1
        if seen.present == total.examples and seen.fewest == seen.most:
            feature.shape.dim.add(size=seen.most)
        else:
            feature.value_count.min = seen.fewest
            feature.value_count.max = seen.most
    return schema
