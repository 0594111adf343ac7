from __future__ import annotations

import json

import pytest
from google.protobuf import json_format, text_format
from tensorflow_model_analysis.proto import config_pb2

from penstock.components.evaluator.config import (
    AggregationOptions,
    BinarizationOptions,
    ConfidenceIntervalOptions,
    CrossSliceMetricThreshold,
    CrossSlicingSpec,
    EvalConfig,
    ExampleWeightOptions,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricConfig,
    MetricDirection,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    Options,
    PaddingOptions,
    PerSliceMetricThreshold,
    SlicingSpec,
)
from penstock.components.evaluator.eval_config import prepare, read_config, to_proto
from penstock.dsl.values import check_value, to_plain

BOUND = MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=0.0, upper_bound=1.0))
CHANGE = MetricThreshold(
    change_threshold=GenericChangeThreshold(direction=MetricDirection.LOWER_IS_BETTER, absolute=0.5, relative=-0.25)
)
ISLAND = SlicingSpec(feature_keys=["island"])
DREAM = SlicingSpec(feature_values={"island": "Dream"})
CROSS = CrossSlicingSpec(baseline_spec=DREAM, slicing_specs=[ISLAND])

EVERYTHING = EvalConfig(
    model_specs=[
        ModelSpec(
            signature_name="s",
            preprocessing_function_names=["p"],
            label_keys={"out": "label"},
            prediction_key="k",
            example_weight_keys={"out": "w"},
            padding_options=PaddingOptions(label_int_padding=-1),
            inference_batch_size=32,
        )
    ],
    slicing_specs=[SlicingSpec(), ISLAND],
    cross_slicing_specs=[CROSS],
    metrics_specs=[
        MetricsSpec(
            metrics=[
                MetricConfig(
                    class_name="AUC",
                    config={"name": "auc", "num_thresholds": 100},
                    threshold=BOUND,
                    per_slice_thresholds=[PerSliceMetricThreshold(slicing_specs=[DREAM], threshold=CHANGE)],
                    cross_slice_thresholds=[CrossSliceMetricThreshold(cross_slicing_specs=[CROSS], threshold=BOUND)],
                )
            ],
            output_names=["out"],
            output_weights={"out": 0.5},
            binarize=BinarizationOptions(class_ids=[0, 2], top_k_list=[3]),
            aggregate=AggregationOptions(macro_average=True, class_weights={"0": 0.5}, top_k_list=[1]),
            example_weights=ExampleWeightOptions(weighted=True, unweighted=True),
            query_key="q",
            thresholds={"auc": CHANGE},
            per_slice_thresholds={"auc": [PerSliceMetricThreshold(slicing_specs=[DREAM], threshold=BOUND)]},
            cross_slice_thresholds={"auc": [CrossSliceMetricThreshold(cross_slicing_specs=[CROSS], threshold=CHANGE)]},
        )
    ],
    options=Options(
        compute_confidence_intervals=True,
        confidence_intervals=ConfidenceIntervalOptions(method="POISSON_BOOTSTRAP"),
        min_slice_size=5,
    ),
)

AS_TEXT = """
model_specs {
  signature_name: "s" preprocessing_function_names: "p" label_keys { key: "out" value: "label" } prediction_key: "k"
  example_weight_keys { key: "out" value: "w" } padding_options { label_int_padding: -1 } inference_batch_size: 32
}
slicing_specs {}
slicing_specs { feature_keys: "island" }
cross_slicing_specs {
  baseline_spec { feature_values { key: "island" value: "Dream" } } slicing_specs { feature_keys: "island" }
}
metrics_specs {
  metrics {
    class_name: "AUC" config: '{"name": "auc", "num_thresholds": 100}'
    threshold { value_threshold { lower_bound { value: 0 } upper_bound { value: 1 } } }
    per_slice_thresholds {
      slicing_specs { feature_values { key: "island" value: "Dream" } }
      threshold { change_threshold { direction: LOWER_IS_BETTER absolute { value: 0.5 } relative { value: -0.25 } } }
    }
    cross_slice_thresholds {
      cross_slicing_specs {
        baseline_spec { feature_values { key: "island" value: "Dream" } } slicing_specs { feature_keys: "island" }
      }
      threshold { value_threshold { lower_bound { value: 0 } upper_bound { value: 1 } } }
    }
  }
  output_names: "out" output_weights { key: "out" value: 0.5 }
  binarize { class_ids { values: [0, 2] } top_k_list { values: 3 } }
  aggregate { macro_average: true class_weights { key: 0 value: 0.5 } top_k_list { values: 1 } }
  example_weights { weighted: true unweighted: true } query_key: "q"
  thresholds {
    key: "auc"
    value { change_threshold { direction: LOWER_IS_BETTER absolute { value: 0.5 } relative { value: -0.25 } } }
  }
  per_slice_thresholds {
    key: "auc"
    value { thresholds {
      slicing_specs { feature_values { key: "island" value: "Dream" } }
      threshold { value_threshold { lower_bound { value: 0 } upper_bound { value: 1 } } }
    } }
  }
  cross_slice_thresholds {
    key: "auc"
    value { thresholds {
      cross_slicing_specs {
        baseline_spec { feature_values { key: "island" value: "Dream" } } slicing_specs { feature_keys: "island" }
      }
      threshold { change_threshold { direction: LOWER_IS_BETTER absolute { value: 0.5 } relative { value: -0.25 } } }
    } }
  }
}
options {
  compute_confidence_intervals { value: true } confidence_intervals { method: POISSON_BOOTSTRAP }
  min_slice_size { value: 5 }
}
"""

MINIMAL = """
model_specs { label_key: "label" }
metrics_specs {
  metrics { class_name: "AUC" config: '{"name": "auc"}' %s }
  %s
}
"""


def parsed(text):
    return text_format.Parse(text, config_pb2.EvalConfig())


def test_the_dataclasses_say_all_that_the_message_says():
    assert to_proto(EVERYTHING) == parsed(AS_TEXT)


def test_the_dataclasses_survive_the_way_through_a_spec():
    plain = json.loads(json.dumps(to_plain(EVERYTHING, repr)))
    assert to_proto(check_value(plain, EvalConfig)) == to_proto(EVERYTHING)


def test_a_file_may_hold_text_json_or_what_tfma_wrote(tmp_path):
    as_json = json_format.MessageToDict(parsed(AS_TEXT))
    for name, text in {
        "text": AS_TEXT,
        "json": json.dumps(as_json),
        "snake": json.dumps(json_format.MessageToDict(parsed(AS_TEXT), preserving_proto_field_name=True)),
        "written": json.dumps({"evalConfig": as_json, "version": "0.52"}),
    }.items():
        (tmp_path / name).write_text(text)
        assert read_config(str(tmp_path / name)) == parsed(AS_TEXT)


@pytest.mark.parametrize(
    ("at_metric", "beside"),
    [
        ("threshold { value_threshold { lower_bound { value: 0.9 } } }", ""),
        ("", 'thresholds { key: "auc" value { value_threshold { lower_bound { value: 0.9 } } } }'),
    ],
)
def test_a_plain_threshold_becomes_one_of_the_overall_slice(at_metric, beside):
    prepared = prepare(parsed(MINIMAL % (at_metric, beside)), has_baseline=False).config
    metric = prepared.metrics_specs[0].metrics[0]
    assert not metric.HasField("threshold")
    assert not prepared.metrics_specs[0].thresholds
    assert [list(sliced.slicing_specs) for sliced in metric.per_slice_thresholds] == [[config_pb2.SlicingSpec()]]
    assert metric.per_slice_thresholds[0].threshold.value_threshold.lower_bound.value == 0.9


def test_slices_that_thresholds_name_are_computed():
    sliced = 'per_slice_thresholds { slicing_specs { feature_keys: "island" } threshold { value_threshold {} } }'
    prepared = prepare(parsed(MINIMAL % (sliced, "")), has_baseline=False).config
    assert [list(spec.feature_keys) for spec in prepared.slicing_specs] == [[], ["island"]]


def test_without_a_baseline_only_the_change_threshold_goes():
    both = """threshold {
      value_threshold { lower_bound { value: 0.9 } }
      change_threshold { direction: HIGHER_IS_BETTER absolute { value: 0 } }
    }"""
    given = parsed(MINIMAL % (both, ""))
    lone, compared = prepare(given, has_baseline=False), prepare(given, has_baseline=True)
    assert [key.name for key, _ in lone.not_applied] == ["auc"]
    assert compared.not_applied == []
    thresholds = [one.config.metrics_specs[0].metrics[0].per_slice_thresholds[0].threshold for one in (lone, compared)]
    assert [one.HasField("change_threshold") for one in thresholds] == [False, True]
    assert all(one.HasField("value_threshold") for one in thresholds)
    assert [spec.name for spec in compared.config.model_specs] == ["candidate", "baseline"]


def test_the_models_are_never_loaded_to_guess_their_type():
    config = prepare(parsed(MINIMAL % ("", "")), has_baseline=True).config
    assert {spec.model_type for spec in config.model_specs} == {"tf_generic"}
