"""Thresholds against results: each with its value, its bound, and whether it was reached, as TFMA validated it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.metrics.metric_types import MetricKey
from tensorflow_model_analysis.proto import config_pb2, validation_result_pb2
from tensorflow_model_analysis.slicer import slicer_lib

from penstock.components.evaluator.eval_config import BASELINE, Prepared
from penstock.components.evaluator.results import OVERALL, SliceResult, metric_name, number, slice_name

__all__ = ["Check", "Verdict", "judge"]

_SHOWN_REASONS = 3


@dataclass(frozen=True, kw_only=True)
class Check:
    """A threshold on a slice.

    Attributes:
        metric: Name of the metric.
        slice: Name of the slice.
        kind: `value` or `change`.
        bounds: The bounds that were set.
        value: The value, or the change; None where there is none.
        passed: Whether it was reached; None if it was not applied.
        reason: The comparison as a user reads it, or why there was none.
    """

    metric: str
    slice: str
    kind: str
    bounds: dict[str, Any]
    value: Any
    passed: bool | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a model is blessed, and why.

    Attributes:
        blessed: TFMA's validation, with no failed check.
        checks: All thresholds.
        weakest: The weakest slice of the metric of the first check, as `island=Dream 0.975`; "" when there is none.
    """

    blessed: bool
    checks: Sequence[Check]
    weakest: str = ""

    @property
    def reasons(self) -> list[str]:
        """What speaks against the model; if nothing does, what speaks for it and what was not applied."""
        if not self.checks:
            return ["the eval config sets no threshold"]
        failed = [check.reason for check in self.checks if check.passed is False]
        return failed or [check.reason for check in self.checks]

    @property
    def note(self) -> str:
        """The verdict in one line."""
        shown = "; ".join(self.reasons[:_SHOWN_REASONS])
        more = len(self.reasons) - _SHOWN_REASONS
        weakest = f" ({self.weakest})" if self.blessed and self.weakest else ""
        return f"{'blessed' if self.blessed else 'not blessed'}: {shown}{f'; {more} more' if more > 0 else ''}{weakest}"


def judge(
    prepared: Prepared, results: Sequence[SliceResult], validation: validation_result_pb2.ValidationResult
) -> Verdict:
    """Says of every threshold whether it was reached.

    Args:
        prepared: The config that TFMA ran.
        results: What it measured.
        validation: What it found.
    """
    failures = set(_failures(validation))
    checks: list[Check] = []
    weakest = ""
    config = prepared.config
    thresholds = metric_specs.metric_thresholds_from_metrics_specs(config.metrics_specs, eval_config=config)
    for key, pairs in thresholds.items():
        if key.model_name == BASELINE:
            continue
        for slicing, threshold in pairs:
            matching = [result for result in results if _applies(slicing, result.key)]
            checks += [_check(key, threshold, result, failures) for result in matching]
            if not matching:
                checks.append(_missing(key, slicing, threshold, results))
            if len(checks) == 1 and not key.is_diff:
                weakest = _weakest(key, threshold, results)
    checks += [_not_applied(key, slicing) for key, slicing in prepared.not_applied]
    # A check that could not be matched with TFMA's finding must not let a model pass.
    blessed = validation.validation_ok and not any(check.passed is False for check in checks)
    return Verdict(blessed=blessed, checks=checks, weakest=weakest)


def _failures(validation: validation_result_pb2.ValidationResult) -> Iterable[tuple[Any, MetricKey, bytes]]:
    for sliced in validation.metric_validations_per_slice:
        if sliced.HasField("cross_slice_key"):
            slice_key = slicer_lib.deserialize_cross_slice_key(sliced.cross_slice_key)
        else:
            slice_key = slicer_lib.deserialize_slice_key(sliced.slice_key)
        for failure in sliced.failures:
            limit = failure.metric_threshold
            kind = "value_threshold" if limit.HasField("value_threshold") else "change_threshold"
            yield slice_key, MetricKey.from_proto(failure.metric_key), getattr(limit, kind).SerializeToString()


def _applies(slicing: Any, key: tuple[Any, ...]) -> bool:
    crossed = slicer_lib.is_cross_slice_key(key)
    if isinstance(slicing, config_pb2.CrossSlicingSpec):
        return crossed and bool(slicer_lib.is_cross_slice_applicable(cross_slice_key=key, cross_slicing_spec=slicing))
    return not crossed and bool(slicer_lib.SingleSliceSpec(spec=slicing).is_slice_applicable(key))


def _check(key: MetricKey, threshold: Any, result: SliceResult, failures: set[tuple[Any, MetricKey, bytes]]) -> Check:
    value = result.metrics.get(key)
    passed = (result.key, key, threshold.SerializeToString()) not in failures and value is not None
    where = "" if result.key == OVERALL else f" ({result.name})"
    name = f"{metric_name(key)}{where}"
    if value is None:
        reason = f"{name}: not measured{f', {result.error}' if result.error else ''}"
    elif not isinstance(value, float):
        reason = f"{name}: cannot be compared, it is not a number"
    elif key.is_diff:
        reason = _change(name, value, result.metrics.get(key.make_baseline_key(BASELINE)), threshold, passed)
    else:
        reason = f"{name} {_comparison(value, _bounds(threshold), passed)}"
    return Check(
        metric=metric_name(key),
        slice=result.name,
        kind="change" if key.is_diff else "value",
        bounds=_bounds(threshold),
        value=number(value),
        passed=passed,
        reason=reason,
    )


def _change(name: str, change: float, baseline: Any, threshold: Any, passed: bool) -> str:
    sign = ">=" if threshold.direction == config_pb2.MetricDirection.HIGHER_IS_BETTER else "<="
    against = {">=": "<", "<=": ">"}[sign]
    parts = []
    for word, bound in _bounds(threshold).items():
        if word == "direction":
            continue
        shown = change if word == "absolute" else change / baseline if baseline else float("nan")
        reached = shown >= bound if sign == ">=" else shown <= bound
        parts.append(f"{word} change {_show(shown, bound, signed=True)} {sign if reached else against} {bound:g}")
    outcome = " and ".join(parts) or ("passed" if passed else "failed")
    return f"{name}: {outcome} (baseline {baseline:.3g})" if isinstance(baseline, float) else f"{name}: {outcome}"


def _comparison(value: float, bounds: dict[str, Any], passed: bool) -> str:
    lower, upper = bounds.get("lower_bound"), bounds.get("upper_bound")
    if value != value:  # noqa: PLR0124 - nan
        return "is not a number (nan), which no bound accepts"
    if lower is not None and (upper is None or value < lower):
        return f"{_show(value, lower)} {'>=' if passed else '<'} {lower:g}"
    if upper is not None and (lower is None or value > upper):
        return f"{_show(value, upper)} {'<=' if passed else '>'} {upper:g}"
    return f"{_show(value, lower)} in [{lower:g}, {upper:g}]" if lower is not None else _show(value, 0.0)


def _show(value: float, bound: float, *, signed: bool = False) -> str:
    """As few digits as still lie on the right side of the bound: 0.9499 below 0.95 is not shown as 0.95."""
    text = repr(value)
    for digits in (3, 4, 6, 9):
        text = f"{value:{'+' if signed else ''}.{digits}g}"
        if (float(text) < bound, float(text) > bound) == (value < bound, value > bound):
            break
    return text


def _bounds(threshold: Any) -> dict[str, Any]:
    found = {
        name: getattr(threshold, name).value
        for name in ("lower_bound", "upper_bound", "absolute", "relative")
        if name in threshold.DESCRIPTOR.fields_by_name and threshold.HasField(name)
    }
    if isinstance(threshold, config_pb2.GenericChangeThreshold):
        found["direction"] = config_pb2.MetricDirection.Name(threshold.direction)
    return found


def _missing(key: MetricKey, slicing: Any, threshold: Any, results: Sequence[SliceResult]) -> Check:
    name = _spec_name(slicing)
    features = set(getattr(slicing, "feature_keys", ())) | set(getattr(slicing, "feature_values", ()))
    alike = [result.name for result in results if result.key and {pair[0] for pair in result.key} == features]
    there = f"; there are {', '.join(alike)}" if alike else ""
    return Check(
        metric=metric_name(key),
        slice=name,
        kind="change" if key.is_diff else "value",
        bounds=_bounds(threshold),
        value=None,
        passed=False,
        reason=f"{metric_name(key)}: no examples in the slice {name}{there}",
    )


def _not_applied(key: MetricKey, slicing: Any) -> Check:
    name = _spec_name(slicing)
    where = "" if name == "overall" else f" ({name})"
    return Check(
        metric=metric_name(key),
        slice=name,
        kind="change",
        bounds={},
        value=None,
        passed=None,
        reason=f"{metric_name(key)}{where}: change threshold not applied: no baseline",
    )


def _spec_name(slicing: Any) -> str:
    if isinstance(slicing, config_pb2.CrossSlicingSpec):
        compared = ", ".join(_spec_name(one) for one in slicing.slicing_specs)
        return f"{_spec_name(slicing.baseline_spec)} - {compared}"
    return slice_name((*sorted(slicing.feature_values.items()), *((key, "*") for key in slicing.feature_keys)))


def _weakest(key: MetricKey, threshold: Any, results: Sequence[SliceResult]) -> str:
    """The slice where a metric comes nearest to its bound, or lies furthest beyond."""
    values = [
        (result.metrics[key], result.name)
        for result in results
        if result.key and not slicer_lib.is_cross_slice_key(result.key) and isinstance(result.metrics.get(key), float)
    ]
    if not values:
        return ""
    value, name = min(values) if threshold.HasField("lower_bound") else max(values)
    return f"{name} {value:.3g}"
