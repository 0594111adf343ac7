"""From the config that a user wrote to the one that TFMA runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format, text_format
from tensorflow_model_analysis.metrics import metric_specs
from tensorflow_model_analysis.metrics.metric_types import MetricKey
from tensorflow_model_analysis.proto import config_pb2

from penstock.components.evaluator.config import EvalConfig
from penstock.dsl.values import to_plain
from penstock.errors import DataError, DefinitionError, NotFoundError, UnknownNameError

__all__ = ["BASELINE", "CANDIDATE", "Prepared", "prepare", "read_config", "to_proto"]

CANDIDATE = "candidate"
BASELINE = "baseline"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What TFMA is asked to do.

    Attributes:
        config: The config for TFMA.
        not_applied: Change thresholds that wait for a baseline: the metric, and its slicing spec.
    """

    config: config_pb2.EvalConfig
    not_applied: list[tuple[MetricKey, Any]]


def to_proto(config: EvalConfig) -> config_pb2.EvalConfig:
    """The dataclasses as TFMA's message."""
    plain = to_plain(config, _no_run_parameter)
    # An empty spec is left out as a default, and must be there for TFMA.
    plain.setdefault("model_specs", [{}])
    message = config_pb2.EvalConfig()
    json_format.ParseDict(_wrapped(plain, config_pb2.EvalConfig.DESCRIPTOR), message)
    return message


def read_config(path: str) -> config_pb2.EvalConfig:
    """Reads TFMA's EvalConfig: JSON (also as TFMA writes it beside its results), or protobuf text.

    Raises:
        NotFoundError: There is no such file.
        DataError: It is not an EvalConfig.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise NotFoundError(f"eval_config_file cannot be read: {error.strerror}", at=path) from error
    message = config_pb2.EvalConfig()
    try:
        if text.lstrip().startswith("{"):
            plain = json.loads(text)
            json_format.ParseDict(plain.get("evalConfig", plain.get("eval_config", plain)), message)
        else:
            text_format.Parse(text, message)
    except (json_format.ParseError, text_format.ParseError, ValueError) as error:
        raise DataError(f"not an EvalConfig of TFMA: {error}", at=path) from error
    return message


def prepare(given: config_pb2.EvalConfig, *, has_baseline: bool) -> Prepared:
    """Names the models, makes plain thresholds mean the overall slice, and takes out what needs a missing baseline.

    Raises:
        DefinitionError: The model specs or a threshold make no sense.
    """
    config = config_pb2.EvalConfig()
    config.CopyFrom(given)
    config.options.ClearField("disabled_outputs")  # the summary is made from what could be disabled
    _name_models(config, has_baseline=has_baseline)
    for spec in config.metrics_specs:
        _attach_named_thresholds(spec)
        for metric in spec.metrics:
            _gate_overall_slice(metric)
            _check_directions(metric)
    not_applied = [] if has_baseline else _take_out_change_thresholds(config)
    _add_slices(config)
    _add_count(config)
    for spec in config.metrics_specs:
        spec.model_names[:] = [model.name for model in config.model_specs]
    return Prepared(config=config, not_applied=not_applied)


def _no_run_parameter(parameter: Any) -> Any:
    raise AssertionError(f"{parameter} has no value in a running node")


def _wrapped(value: Any, descriptor: Any) -> Any:
    """Plain data in the form of protobuf's JSON: TFMA wraps lists and keeps a metric's arguments as text."""
    if descriptor.name.startswith("Repeated"):
        return {"values": value}
    if descriptor.name in ("PerSliceMetricThresholds", "CrossSliceMetricThresholds"):
        thresholds = descriptor.fields_by_name["thresholds"].message_type
        return {"thresholds": [_wrapped(item, thresholds) for item in value]}
    if not isinstance(value, Mapping):
        return value
    wrapped: dict[str, Any] = {}
    for name, item in value.items():
        if descriptor.name == "MetricConfig" and name == "config":
            wrapped[name] = item if isinstance(item, str) else json.dumps(item)
            continue
        inner = descriptor.fields_by_name[name].message_type
        if inner is None:
            wrapped[name] = item
        elif inner.GetOptions().map_entry:
            entry = inner.fields_by_name["value"].message_type
            wrapped[name] = {key: _wrapped(one, entry) for key, one in item.items()} if entry else item
        elif isinstance(item, list) and not inner.name.startswith("Repeated"):
            wrapped[name] = [_wrapped(one, inner) for one in item]
        else:
            wrapped[name] = _wrapped(item, inner)
    return wrapped


def _name_models(config: config_pb2.EvalConfig, *, has_baseline: bool) -> None:
    candidates = [spec for spec in config.model_specs if not spec.is_baseline]
    baselines = [spec for spec in config.model_specs if spec.is_baseline]
    if len(candidates) != 1 or len(baselines) > 1:
        raise DefinitionError(
            "model_specs",
            received=f"{len(candidates)} for the model, {len(baselines)} for its baseline",
            expected="one for the model, and at most one with is_baseline",
        )
    names = {spec.name for spec in config.model_specs}
    for metrics in config.metrics_specs:
        for name in metrics.model_names:
            if name not in names:
                raise UnknownNameError(f'metrics_specs name the model "{name}"', name=name, known=names)
        only_baseline = bool(baselines) and list(metrics.model_names) == [baselines[0].name]
        if only_baseline and baselines[0].name != candidates[0].name:
            raise DefinitionError("metrics_specs of the baseline alone", expected="model_names with the model, or none")
        del metrics.model_names[:]
    candidate, baseline = config_pb2.ModelSpec(), config_pb2.ModelSpec()
    candidate.CopyFrom(candidates[0])
    baseline.CopyFrom(baselines[0] if baselines else candidates[0])
    baseline.is_baseline = True
    del config.model_specs[:]
    for spec, name in [(candidate, CANDIDATE), (baseline, BASELINE)] if has_baseline else [(candidate, "")]:
        spec.name = name
        # Left to itself TFMA tries to load the model with whichever Keras is there, to guess its type.
        spec.model_type = spec.model_type or "tf_generic"
        config.model_specs.append(spec)


def _attach_named_thresholds(spec: config_pb2.MetricsSpec) -> None:
    """Moves thresholds from beside the metrics to them: beside them, TFMA looks for metrics saved in a Keras model."""
    if not (spec.thresholds or spec.per_slice_thresholds or spec.cross_slice_thresholds):
        return
    metrics = {metric_specs.metric_instance(metric).name: metric for metric in spec.metrics}
    for name in [*spec.thresholds, *spec.per_slice_thresholds, *spec.cross_slice_thresholds]:
        if name not in metrics:
            raise UnknownNameError(f'a threshold is about the metric "{name}"', name=name, known=map(str, metrics))
    for name, threshold in spec.thresholds.items():
        metrics[name].per_slice_thresholds.add(slicing_specs=[config_pb2.SlicingSpec()], threshold=threshold)
    for name, sliced in spec.per_slice_thresholds.items():
        metrics[name].per_slice_thresholds.extend(sliced.thresholds)
    for name, crossed in spec.cross_slice_thresholds.items():
        metrics[name].cross_slice_thresholds.extend(crossed.thresholds)
    for field in ("thresholds", "per_slice_thresholds", "cross_slice_thresholds"):
        spec.ClearField(field)


def _gate_overall_slice(metric: config_pb2.MetricConfig) -> None:
    if metric.HasField("threshold"):
        metric.per_slice_thresholds.add(slicing_specs=[config_pb2.SlicingSpec()], threshold=metric.threshold)
        metric.ClearField("threshold")


def _thresholds(metric: config_pb2.MetricConfig) -> list[config_pb2.MetricThreshold]:
    return [sliced.threshold for sliced in [*metric.per_slice_thresholds, *metric.cross_slice_thresholds]]


def _check_directions(metric: config_pb2.MetricConfig) -> None:
    for threshold in _thresholds(metric):
        if threshold.HasField("change_threshold") and not threshold.change_threshold.direction:
            raise DefinitionError(
                f"the change threshold of {metric.class_name} has no direction",
                expected="HIGHER_IS_BETTER or LOWER_IS_BETTER",
            )


def _take_out_change_thresholds(config: config_pb2.EvalConfig) -> list[tuple[MetricKey, Any]]:
    found = metric_specs.metric_thresholds_from_metrics_specs(config.metrics_specs, eval_config=config)
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            for threshold in _thresholds(metric):
                threshold.ClearField("change_threshold")
    return [(key, slicing) for key, pairs in found.items() if key.is_diff for slicing, _ in pairs]


def _add_slices(config: config_pb2.EvalConfig) -> None:
    """All examples are always a slice, and so is whatever a threshold names."""
    wanted = [config_pb2.SlicingSpec()]
    crossed = []
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            wanted += [slicing for sliced in metric.per_slice_thresholds for slicing in sliced.slicing_specs]
            crossed += [one for sliced in metric.cross_slice_thresholds for one in sliced.cross_slicing_specs]
    for slicing in wanted:
        if slicing not in config.slicing_specs:
            config.slicing_specs.append(slicing)
    for cross in crossed:
        if cross not in config.cross_slicing_specs:
            config.cross_slicing_specs.append(cross)


def _add_count(config: config_pb2.EvalConfig) -> None:
    if not any(metric.class_name == "ExampleCount" for spec in config.metrics_specs for metric in spec.metrics):
        config.metrics_specs.extend(metric_specs.example_count_specs(include_weighted_example_count=False))
