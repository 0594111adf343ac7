"""TFMA's results as plain values by slice and metric."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tensorflow_model_analysis.metrics.metric_types import MetricKey
from tensorflow_model_analysis.proto import metrics_for_slice_pb2
from tensorflow_model_analysis.slicer import slicer_lib
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer as tfma_writer

__all__ = ["OVERALL", "SliceResult", "metric_name", "number", "read_results", "slice_name"]

OVERALL: tuple[Any, ...] = ()
"""TFMA's key of the slice with all examples."""

_ERROR = "__ERROR__"


@dataclass(frozen=True, kw_only=True)
class SliceResult:
    """What was measured on a slice.

    Attributes:
        key: TFMA's slice key: pairs of feature and value; for a cross slice, two such keys.
        metrics: Values of all models, numbers, texts or lists; TFMA's own output has what is none of these.
        error: Why there are no values, such as too few examples.
    """

    key: tuple[Any, ...]
    metrics: Mapping[MetricKey, Any]
    error: str = ""

    @property
    def name(self) -> str:
        """The slice as a user reads it."""
        return slice_name(self.key)


def read_results(uri: str) -> list[SliceResult]:
    """Reads the metrics that TFMA wrote, all examples first, then slices by name."""
    results = []
    for record in tfma_writer.load_and_deserialize_metrics(uri):
        if record.HasField("cross_slice_key"):
            key = slicer_lib.deserialize_cross_slice_key(record.cross_slice_key)
        else:
            key = slicer_lib.deserialize_slice_key(record.slice_key)
        values = {MetricKey.from_proto(pair.key): _plain(pair.value) for pair in record.metric_keys_and_values}
        error = record.metrics[_ERROR].debug_message if _ERROR in record.metrics else ""
        results.append(SliceResult(key=key, metrics={k: v for k, v in values.items() if v is not None}, error=error))
    return sorted(results, key=lambda result: (result.key != OVERALL, result.name))


def slice_name(key: tuple[Any, ...]) -> str:
    """`overall`, `island=Dream`, or `overall - island=Dream` for a cross slice."""
    if slicer_lib.is_cross_slice_key(key):
        base, compared = key
        return f"{slice_name(base)} - {slice_name(compared)}"  # the difference that TFMA takes
    return ", ".join(f"{feature}={value}" for feature, value in key) or "overall"


def metric_name(key: MetricKey) -> str:
    """A metric as a user reads it: its name, and in brackets what tells it from others of that name."""
    sub_key = str(key.sub_key) if key.sub_key else ""
    parts = [
        f"output {key.output_name}" if key.output_name else "",
        sub_key.replace("classId:", "class ").replace("topK:", "top ").replace("k:", "rank "),
        str(key.aggregation_type) if key.aggregation_type else "",
        "weighted" if key.example_weighted else "",
    ]
    details = ", ".join(filter(None, parts))
    return f"{key.name} [{details}]" if details else str(key.name)


def number(value: Any) -> Any:
    """A value as JSON can say it: nan and infinities are null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return [number(item) for item in value] if isinstance(value, list) else value


def _plain(value: metrics_for_slice_pb2.MetricValue) -> Any:
    kind = value.WhichOneof("type")
    if kind == "double_value":
        return value.double_value.value
    if kind == "bounded_value":
        return value.bounded_value.value.value
    if kind == "bytes_value":
        return value.bytes_value.decode("utf-8", errors="replace")
    if kind == "array_value":
        array = value.array_value
        fields = (array.int32_values, array.int64_values, array.float32_values, array.float64_values)
        return next((list(values) for values in fields if values), None)
    return None
