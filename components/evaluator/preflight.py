"""Checks a config against the model and the examples first, for TFMA says little when a name is wrong."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from tensorflow_model_analysis.metrics import metric_specs, metric_types
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils.keras_lib import tf_keras
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.artifacts import Examples
from penstock.components.evaluator.signatures import Signatures
from penstock.dsl.tfrecord import read_records
from penstock.errors import DataError, DefinitionError, UnknownNameError

__all__ = ["check_metrics", "check_model_spec", "feature_names", "split_files"]

# Enough to meet a feature that many examples lack, and nothing beside the reading of all of them.
_SAMPLE = 1000
# What TFMA calls on its own where no preprocessing function is named.
_DEFAULT_PREPROCESSING = ("transformed_features", "transformed_labels", "tft_layer")


def split_files(examples: Examples, split: str) -> list[str]:
    """Files of a split.

    Raises:
        ArtifactError: There is no such split.
    """
    return sorted(str(path) for path in Path(examples.split_uri(split)).iterdir() if not path.name.startswith("."))


def feature_names(examples: Examples, splits: Iterable[str]) -> set[str]:
    """Names of the features in the first examples of each split.

    Raises:
        ArtifactError: There is no such split.
        DataError: A split is empty, or not tf.Examples.
    """
    names: set[str] = set()
    decoder = ExamplesToRecordBatchDecoder()
    for split in splits:
        records = (record for path in split_files(examples, split) for record in read_records(Path(path)))
        sample = list(islice(records, _SAMPLE))
        if not sample:
            raise DataError(f'split "{split}" has no examples to evaluate on', at=examples.uri)
        try:
            names.update(decoder.DecodeBatch(sample).schema.names)
        except (RuntimeError, ValueError) as error:
            raise DataError(f'split "{split}" does not hold tf.Examples: {error}', at=examples.uri) from error
    return names


def check_metrics(config: config_pb2.EvalConfig) -> None:
    """Every metric is one that can be made.

    Raises:
        UnknownNameError: No metric has this name.
        DefinitionError: A metric does not take its arguments, or there are no metrics.
    """
    if not any(spec.metrics for spec in config.metrics_specs):
        raise DefinitionError("the eval config names no metrics", expected="metrics_specs with at least one metric")
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            _check_class(metric)
            try:
                metric_specs.metric_instance(metric)
            except (TypeError, ValueError, KeyError, NotImplementedError) as error:
                raise DefinitionError(
                    f"{metric.class_name} cannot be made: {error}", received=f"config {metric.config or '{}'}"
                ) from error


def check_model_spec(
    role: str, spec: config_pb2.ModelSpec, config: config_pb2.EvalConfig, signatures: Signatures, features: set[str]
) -> None:
    """The model has the signatures, and examples and signatures the features, that the config names.

    Args:
        role: What the model is, for messages: `candidate` or `baseline`.
        spec: How the model is asked.
        config: Names features too, in slices and queries.
        signatures: What the model offers.
        features: What the examples offer.

    Raises:
        UnknownNameError: Something named is not there.
    """
    asked = spec.signature_name or ("predict" if "predict" in signatures.outputs else "serving_default")
    preprocessing = [name.split("@")[0] for name in spec.preprocessing_function_names]
    for name in [asked, *preprocessing]:
        if name not in signatures.outputs and name not in signatures.attributes:
            raise UnknownNameError(f'the {role} has no signature "{name}"', name=name, known=signatures.outputs)
    made = preprocessing or [name for name in _DEFAULT_PREPROCESSING if name in signatures.attributes]
    if any(name not in signatures.outputs for name in made):
        return  # what a plain function returns is known only when it is called
    known = features.union(*(signatures.outputs[name] for name in made))
    labels = [spec.label_key, *spec.label_keys.values()]
    weights = [spec.example_weight_key, *spec.example_weight_keys.values()]
    slices = _sliced_features([*config.slicing_specs, *_parts(config.cross_slicing_specs)])
    queries = [metrics.query_key for metrics in config.metrics_specs]
    for what, names in {
        "label_key": labels,
        "example_weight_key": weights,
        "slicing_specs": slices,
        "query_key": queries,
    }.items():
        for name in filter(None, names):
            if name not in known:
                raise UnknownNameError(f'{what}: no feature "{name}" in the examples', name=name, known=known)


def _check_class(metric: config_pb2.MetricConfig) -> None:
    if metric.module and metric.class_name not in metric_types.registered_metrics():
        try:
            getattr(importlib.import_module(metric.module), metric.class_name)
        except (ImportError, AttributeError) as error:
            raise DefinitionError(
                f"no metric {metric.class_name} in {metric.module}: {error}", expected="a class of an installed package"
            ) from error
        return
    known = {*metric_types.registered_metrics()}
    known.update(
        name
        for name, kind in vars(tf_keras.metrics).items()
        if isinstance(kind, type) and issubclass(kind, tf_keras.metrics.Metric)
    )
    if metric.class_name not in known:
        raise UnknownNameError(f'unknown metric "{metric.class_name}"', name=metric.class_name, known=known)


def _parts(specs: Iterable[config_pb2.CrossSlicingSpec]) -> list[config_pb2.SlicingSpec]:
    return [part for spec in specs for part in [spec.baseline_spec, *spec.slicing_specs]]


def _sliced_features(specs: Sequence[config_pb2.SlicingSpec]) -> list[str]:
    return [name for spec in specs for name in [*spec.feature_keys, *spec.feature_values]]
