"""The results as a page of JSON that needs no TFMA to be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorflow_model_analysis.slicer import slicer_lib

from penstock.components.evaluator.eval_config import BASELINE
from penstock.components.evaluator.results import SliceResult, metric_name, number

__all__ = ["summary_of"]

_COUNT = "example_count"


def summary_of(results: Sequence[SliceResult]) -> list[dict[str, Any]]:
    """One object a slice: its name and key, its number of examples, and its metrics.

    A metric has its `value`, and where there is a baseline also `baseline` and `change`, the difference.
    """
    return [_slice(result) for result in results]


def _slice(result: SliceResult) -> dict[str, Any]:
    metrics: dict[str, dict[str, Any]] = {}
    for key, value in sorted(result.metrics.items(), key=lambda pair: metric_name(pair[0])):
        role = "change" if key.is_diff else "baseline" if key.model_name == BASELINE else "value"
        metrics.setdefault(metric_name(key), {})[role] = number(value)
    count = metrics.pop(_COUNT, {}).get("value")
    crossed = slicer_lib.is_cross_slice_key(result.key)
    page = {
        "slice": result.name,
        "key": None if crossed else dict(result.key),
        "examples": None if count is None or crossed else int(count),
        "metrics": metrics,
    }
    return page | ({"error": result.error} if result.error else {})
