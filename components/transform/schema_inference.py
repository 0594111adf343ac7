"""A schema of Examples, from one pass over their Arrow batches.

The rule: a feature that has the same number of values, at least one, in every example of every split is dense, with
that number as its shape; any other feature is sparse. (A dense feature of one value has the shape [1], as in TFX.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2

from penstock.errors import DataError

__all__ = ["FeaturePresence", "Presence", "SummarizePresence", "infer_schema"]

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

    def save(self, path: str) -> None:
        """Writes it to a file."""
        features = {name: {**asdict(seen), "types": sorted(seen.types)} for name, seen in self.features.items()}
        Path(path).write_text(json.dumps({"examples": self.examples, "features": features}), encoding="utf-8")

    @classmethod
    def load(cls, path: str) -> Presence:
        """Reads what `save` wrote."""
        plain = json.loads(Path(path).read_text(encoding="utf-8"))
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


class SummarizePresence(beam.CombineFn):  # type: ignore[misc]  # Beam is untyped here
    """Combines record batches into one Presence; holds nothing of the data but its figures."""

    def create_accumulator(self) -> Presence:
        """Of no examples."""
        return Presence()

    def add_input(self, accumulator: Presence, element: pa.RecordBatch) -> Presence:
        """Counts a batch."""
        accumulator.add_batch(element)
        return accumulator

    def merge_accumulators(self, accumulators: Iterable[Presence]) -> Presence:
        """Adds up."""
        total = Presence()
        for accumulator in accumulators:
            total.merge(accumulator)
        return total

    def extract_output(self, accumulator: Presence) -> Presence:
        """The sum itself."""
        return accumulator


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
