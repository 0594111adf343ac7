"""Configs of the standard components, with the names and fields that TFX and TFMA give them, as typed dataclasses."""

from penstock.components.evaluator.config import (
    BinarizationOptions,
    EvalConfig,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricConfig,
    MetricDirection,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    PerSliceMetricThreshold,
    SlicingSpec,
)
from penstock.components.pusher.config import Filesystem, PushDestination
from penstock.components.trainer.config import EvalArgs, TrainArgs
from penstock.components.transform.config import SplitsConfig
from penstock.examples.config import Input, Output, SplitConfig

__all__ = [
    "BinarizationOptions",
    "EvalArgs",
    "EvalConfig",
    "Filesystem",
    "GenericChangeThreshold",
    "GenericValueThreshold",
    "Input",
    "MetricConfig",
    "MetricDirection",
    "MetricThreshold",
    "MetricsSpec",
    "ModelSpec",
    "Output",
    "PerSliceMetricThreshold",
    "PushDestination",
    "SlicingSpec",
    "SplitConfig",
    "SplitsConfig",
    "TrainArgs",
]
