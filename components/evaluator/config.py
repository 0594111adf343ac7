"""How a model is evaluated: TFMA's EvalConfig and its siblings as typed dataclasses, with TFMA's names and fields.

Wrapper messages are plain here: a bound is a float and a list of ids a list. One meaning differs from TFMA: a plain
`threshold` is about all examples together (the overall slice), where TFMA applies it to every slice.
`per_slice_thresholds` says what a slice must reach.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from penstock.errors import DefinitionError

__all__ = [
    "AggregationOptions",
    "BinarizationOptions",
    "ConfidenceIntervalOptions",
    "CrossSliceMetricThreshold",
    "CrossSlicingSpec",
    "EvalConfig",
    "ExampleWeightOptions",
    "GenericChangeThreshold",
    "GenericValueThreshold",
    "MetricConfig",
    "MetricDirection",
    "MetricThreshold",
    "MetricsSpec",
    "ModelSpec",
    "Options",
    "PaddingOptions",
    "PerSliceMetricThreshold",
    "SlicingSpec",
]


class MetricDirection:
    """Which way a metric gets better."""

    HIGHER_IS_BETTER: Final = "HIGHER_IS_BETTER"
    LOWER_IS_BETTER: Final = "LOWER_IS_BETTER"


@dataclass(frozen=True, kw_only=True)
class PaddingOptions:
    """Values that make labels and predictions of different lengths one array."""

    label_int_padding: int | None = None
    label_float_padding: float | None = None
    prediction_int_padding: int | None = None
    prediction_float_padding: float | None = None


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """How to ask the model and where its label is.

    Attributes:
        signature_name: Signature that predicts; `serving_default` when empty.
        preprocessing_function_names: Signatures (or functions) of the model that make features and labels from the
            examples, such as `transform_features`.
        label_key: Feature with the label, of the examples or of a preprocessing function.
        label_keys: Output name to such a feature, for models with several outputs.
        prediction_key: Output with the prediction, for signatures with several.
        prediction_keys: Output name to such an output.
        example_weight_key: Feature with each example's weight.
        example_weight_keys: Output name to such a feature.
        model_type: TFMA's model type; any SavedModel (`tf_generic`) when empty.
        name: Only needed where `MetricsSpec.model_names` refers to it.
        is_baseline: Whether this is how to ask the baseline; by default it is asked like the model.
        padding_options: For labels and predictions of different lengths.
        inference_batch_size: Examples per call of the model.
    """

    signature_name: str = ""
    preprocessing_function_names: list[str] = field(default_factory=list)
    label_key: str = ""
    label_keys: dict[str, str] = field(default_factory=dict)
    prediction_key: str = ""
    prediction_keys: dict[str, str] = field(default_factory=dict)
    example_weight_key: str = ""
    example_weight_keys: dict[str, str] = field(default_factory=dict)
    model_type: str = ""
    name: str = ""
    is_baseline: bool = False
    padding_options: PaddingOptions | None = None
    inference_batch_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class SlicingSpec:
    """A way to cut the examples; an empty one is all of them.

    Attributes:
        feature_keys: A slice for every value of these features.
        feature_values: Only examples with these values.
        slice_keys_sql: A SQL statement that computes slice keys.
    """

    feature_keys: list[str] = field(default_factory=list)
    feature_values: dict[str, str] = field(default_factory=dict)
    slice_keys_sql: str = ""


@dataclass(frozen=True, kw_only=True)
class CrossSlicingSpec:
    """Slices to compare with a baseline slice; the value is the baseline's minus theirs, as in TFMA."""

    baseline_spec: SlicingSpec = field(default_factory=SlicingSpec)
    slicing_specs: list[SlicingSpec] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class GenericValueThreshold:
    """Bounds of a metric's value, both included."""

    lower_bound: float | None = None
    upper_bound: float | None = None


@dataclass(frozen=True, kw_only=True)
class GenericChangeThreshold:
    """Bounds of a metric's change against the baseline model, included; ignored while there is no baseline.

    Attributes:
        direction: Which way is better: an increase must reach the bounds, or a decrease.
        absolute: Bound of candidate - baseline.
        relative: Bound of (candidate - baseline) / baseline.
    """

    direction: Literal["HIGHER_IS_BETTER", "LOWER_IS_BETTER"]
    absolute: float | None = None
    relative: float | None = None


@dataclass(frozen=True, kw_only=True)
class MetricThreshold:
    """What a metric must reach.

    Raises:
        DefinitionError: It says nothing.
    """

    value_threshold: GenericValueThreshold | None = None
    change_threshold: GenericChangeThreshold | None = None

    def __post_init__(self) -> None:
        if self.value_threshold is None and self.change_threshold is None:
            raise DefinitionError("an empty MetricThreshold", expected="value_threshold, change_threshold or both")


@dataclass(frozen=True, kw_only=True)
class PerSliceMetricThreshold:
    """What a metric must reach in every slice that these specs cut."""

    slicing_specs: list[SlicingSpec]
    threshold: MetricThreshold


@dataclass(frozen=True, kw_only=True)
class CrossSliceMetricThreshold:
    """What a metric's difference between slices must reach."""

    cross_slicing_specs: list[CrossSlicingSpec]
    threshold: MetricThreshold


@dataclass(frozen=True, kw_only=True)
class MetricConfig:
    """A metric.

    Attributes:
        class_name: Class of TFMA or Keras, such as `SparseCategoricalAccuracy`, `AUC` or `ExampleCount`.
        module: Module of the class where it is neither TFMA's nor a Keras metric; of an installed package.
        config: Arguments of the class, such as `{"name": "accuracy"}`; also as JSON text, as in TFMA.
        threshold: What the model must reach over all examples.
        per_slice_thresholds: What it must reach in slices.
        cross_slice_thresholds: What differences between slices must reach.
    """

    class_name: str
    module: str = ""
    config: dict[str, Any] | str | None = None
    threshold: MetricThreshold | None = None
    per_slice_thresholds: list[PerSliceMetricThreshold] = field(default_factory=list)
    cross_slice_thresholds: list[CrossSliceMetricThreshold] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class BinarizationOptions:
    """Which classes or ranks of a multi-class prediction to look at one by one."""

    class_ids: list[int] = field(default_factory=list)
    k_list: list[int] = field(default_factory=list)
    top_k_list: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class AggregationOptions:
    """How metrics of single classes become one."""

    micro_average: bool = False
    macro_average: bool = False
    weighted_macro_average: bool = False
    class_weights: dict[str, float] = field(default_factory=dict)
    top_k_list: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ExampleWeightOptions:
    """Whether metrics are weighted by the examples' weights, not weighted, or both."""

    weighted: bool = False
    unweighted: bool = False


@dataclass(frozen=True, kw_only=True)
class MetricsSpec:
    """A set of metrics that are computed in the same way.

    Attributes:
        metrics: The metrics.
        model_names: Models they are computed for; all when empty.
        output_names: Outputs they are computed for.
        output_weights: Weights of the outputs in an average over them.
        binarize: Classes to look at one by one.
        aggregate: How classes become one.
        example_weights: Whether examples are weighted.
        query_key: Feature that groups examples, for ranking metrics.
        thresholds: Metric's name to threshold, beside those at the metrics.
        per_slice_thresholds: Metric's name to its thresholds in slices.
        cross_slice_thresholds: Metric's name to its thresholds between slices.
    """

    metrics: list[MetricConfig] = field(default_factory=list)
    model_names: list[str] = field(default_factory=list)
    output_names: list[str] = field(default_factory=list)
    output_weights: dict[str, float] = field(default_factory=dict)
    binarize: BinarizationOptions | None = None
    aggregate: AggregationOptions | None = None
    example_weights: ExampleWeightOptions | None = None
    query_key: str = ""
    thresholds: dict[str, MetricThreshold] = field(default_factory=dict)
    per_slice_thresholds: dict[str, list[PerSliceMetricThreshold]] = field(default_factory=dict)
    cross_slice_thresholds: dict[str, list[CrossSliceMetricThreshold]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ConfidenceIntervalOptions:
    """How confidence intervals are estimated."""

    method: Literal["POISSON_BOOTSTRAP", "JACKKNIFE"] = "JACKKNIFE"


@dataclass(frozen=True, kw_only=True)
class Options:
    """Further settings of TFMA.

    Attributes:
        include_default_metrics: Whether metrics that are saved in a Keras model are computed too.
        compute_confidence_intervals: Whether metrics get confidence intervals.
        confidence_intervals: How.
        min_slice_size: Slices with fewer examples are left out.
    """

    include_default_metrics: bool | None = None
    compute_confidence_intervals: bool | None = None
    confidence_intervals: ConfidenceIntervalOptions | None = None
    min_slice_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class EvalConfig:
    """What to measure, over which slices, and what must be reached.

    All examples together are always a slice, and so is whatever a threshold names.

    Attributes:
        model_specs: How to ask the model; a second one with `is_baseline` where the baseline is asked differently.
        metrics_specs: The metrics.
        slicing_specs: The slices.
        cross_slicing_specs: Slices to compare with each other.
        options: Further settings.

    Example:
        >>> EvalConfig(
        ...     model_specs=[ModelSpec(label_key="species")],
        ...     slicing_specs=[SlicingSpec(feature_keys=["island"])],
        ...     metrics_specs=[
        ...         MetricsSpec(
        ...             metrics=[
        ...                 MetricConfig(
        ...                     class_name="SparseCategoricalAccuracy",
        ...                     config={"name": "accuracy"},
        ...                     threshold=MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=0.95)),
        ...                 )
        ...             ]
        ...         )
        ...     ],
        ... ).metrics_specs[0].metrics[0].class_name
        'SparseCategoricalAccuracy'
    """

    model_specs: list[ModelSpec] = field(default_factory=lambda: [ModelSpec()])
    metrics_specs: list[MetricsSpec] = field(default_factory=list)
    slicing_specs: list[SlicingSpec] = field(default_factory=list)
    cross_slicing_specs: list[CrossSlicingSpec] = field(default_factory=list)
    options: Options | None = None
