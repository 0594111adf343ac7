from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import tensorflow_model_analysis as tfma

from penstock.components.evaluator.component import Evaluator
from penstock.components.evaluator.config import (
    BinarizationOptions,
    CrossSliceMetricThreshold,
    CrossSlicingSpec,
    EvalConfig,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    Options,
    PerSliceMetricThreshold,
    SlicingSpec,
)
from penstock.testing import run_node

ISLAND = SlicingSpec(feature_keys=["island"])
DREAM = SlicingSpec(feature_values={"island": "Dream"})


def at_least(bound):
    return MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=bound))


def at_most(bound):
    return MetricThreshold(value_threshold=GenericValueThreshold(upper_bound=bound))


def change(bound, direction="HIGHER_IS_BETTER"):
    return MetricThreshold(change_threshold=GenericChangeThreshold(absolute=bound, direction=direction))


def accuracy(**given):
    return MetricConfig(class_name="SparseCategoricalAccuracy", config={"name": "accuracy"}, **given)


def config(*metrics, slicing_specs=(ISLAND,), **spec):
    return EvalConfig(
        model_specs=[ModelSpec(**{"label_key": "label", **spec})],
        slicing_specs=list(slicing_specs),
        metrics_specs=[MetricsSpec(metrics=list(metrics))],
    )


class Evaluated:
    def __init__(self, result):
        self.blessing = result.outputs["blessing"]
        self.evaluation = result.outputs["evaluation"]
        self.note = result.progress[-1]["note"]
        self.summary = json.loads(Path(self.evaluation.uri, "summary.json").read_text())
        self.record = json.loads(Path(self.blessing.uri, "blessing.json").read_text())

    def slice(self, name):
        return next(one for one in self.summary["slices"] if one["slice"] == name)


def evaluate(examples, model, eval_config=None, inputs=None, **params):
    if eval_config is not None:
        params["eval_config"] = eval_config
    return Evaluated(
        run_node(Evaluator, inputs={"examples": examples, "model": model, **(inputs or {})}, params=params)
    )


def test_a_good_model_is_blessed_with_its_weakest_slice(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy(threshold=at_least(0.95))))
    assert done.note.startswith("blessed: accuracy 1 >= 0.95 (island=")
    assert done.blessing.blessed == 1
    assert done.blessing.model_identity == make_model(0.0).identity
    assert Path(done.blessing.uri, "BLESSED").exists()


def test_a_bad_model_is_not_blessed_and_the_reason_says_metric_value_and_bound(examples, make_model):
    done = evaluate(examples, make_model(0.2), config(accuracy(threshold=at_least(0.95))))
    assert done.note == "not blessed: accuracy 0.9 < 0.95"
    assert done.record["reasons"] == ["accuracy 0.9 < 0.95"]
    assert done.blessing.blessed == 0
    assert Path(done.blessing.uri, "NOT_BLESSED").exists()


def test_a_plain_threshold_is_about_all_examples_and_not_about_slices(examples, make_model):
    done = evaluate(examples, make_model(0.1), config(accuracy(threshold=at_least(0.9))))
    assert done.slice("island=Dream")["metrics"]["accuracy"]["value"] < 0.9
    assert done.note == "blessed: accuracy 0.95 >= 0.9 (island=Dream 0.833)"


def test_a_slice_threshold_gates_its_slice_alone(examples, make_model):
    sliced = PerSliceMetricThreshold(slicing_specs=[DREAM], threshold=at_least(0.9))
    done = evaluate(examples, make_model(0.1), config(accuracy(per_slice_thresholds=[sliced])))
    assert done.note == "not blessed: accuracy (island=Dream) 0.833 < 0.9"


def test_a_slice_threshold_over_a_feature_gates_each_of_its_values(examples, make_model):
    sliced = PerSliceMetricThreshold(slicing_specs=[ISLAND], threshold=at_least(0.9))
    done = evaluate(examples, make_model(0.1), config(accuracy(per_slice_thresholds=[sliced]), slicing_specs=[]))
    assert {check["slice"]: check["passed"] for check in done.summary["thresholds"]} == {
        "island=Biscoe": True,
        "island=Dream": False,
        "island=Torgersen": True,
    }


def test_a_slice_that_has_no_examples_refuses_and_names_those_there_are(examples, make_model):
    nowhere = SlicingSpec(feature_values={"island": "Drem"})
    sliced = PerSliceMetricThreshold(slicing_specs=[nowhere], threshold=at_least(0.5))
    done = evaluate(examples, make_model(0.0), config(accuracy(per_slice_thresholds=[sliced])))
    assert done.blessing.blessed == 0
    assert "accuracy: no examples in the slice island=Drem; there are island=Biscoe, island=Dream" in done.note


def test_without_any_threshold_nothing_is_blessed(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy()))
    assert done.note == "not blessed: the eval config sets no threshold"


def test_change_against_a_baseline(examples, make_model):
    better = evaluate(
        examples, make_model(0.1), config(accuracy(threshold=change(0.0))), {"baseline_model": make_model(0.2)}
    )
    assert better.note.startswith("blessed: accuracy: absolute change +0.05 >= 0 (baseline 0.9)")
    assert better.blessing.baseline_identity == make_model(0.2).identity
    assert better.slice("overall")["metrics"]["accuracy"] == pytest.approx(
        {"value": 0.95, "baseline": 0.9, "change": 0.05}
    )
    worse = evaluate(
        examples, make_model(0.2), config(accuracy(threshold=change(-0.01))), {"baseline_model": make_model(0.1)}
    )
    assert worse.note.startswith("not blessed: accuracy: absolute change -0.05 < -0.01 (baseline 0.95)")


def test_the_baseline_is_named(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy()), {"baseline_model": make_model(0.1)})
    assert done.note.endswith(f", baseline {make_model(0.1).identity.removeprefix('sha256:')[:12]}")


def test_without_a_baseline_change_thresholds_are_not_applied_and_said_so(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy(threshold=change(0.0))))
    assert done.note == "blessed: accuracy: change threshold not applied: no baseline"
    assert done.summary["baseline"] is None


def test_summary_holds_slices_with_counts_and_values(examples, make_model):
    done = evaluate(examples, make_model(0.1), config(accuracy(threshold=at_least(0.9))))
    assert [one["slice"] for one in done.summary["slices"]] == [
        "overall",
        "island=Biscoe",
        "island=Dream",
        "island=Torgersen",
    ]
    assert done.slice("overall")["examples"] == 200
    assert done.slice("island=Dream") == {
        "slice": "island=Dream",
        "key": {"island": "Dream"},
        "examples": 60,
        "metrics": {"accuracy": {"value": pytest.approx(5 / 6)}},
    }


def test_tfma_reads_its_own_output(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy(threshold=at_least(0.9))))
    loaded = tfma.load_eval_result(done.evaluation.uri)
    assert dict(loaded.slicing_metrics)[()][""][""]["accuracy"] == {"doubleValue": 1.0}


def test_labels_from_the_model_and_features_by_a_schema(examples, make_model, schema):
    transformed = {"label_key": "label_xf", "preprocessing_function_names": ["transform_features"]}
    eval_config = config(accuracy(threshold=at_least(0.95)), **transformed)
    done = evaluate(examples, make_model(0.0), eval_config, {"schema": schema})
    assert done.note.startswith("blessed: accuracy 1 >= 0.95")


def test_tfmas_own_config_from_a_file(examples, make_model, tmp_path):
    (tmp_path / "eval_config.pbtxt").write_text("""
        model_specs { label_key: "label" signature_name: "score" }
        metrics_specs { metrics { class_name: "AUC" threshold { value_threshold { lower_bound { value: 0.99 } } } } }
    """)
    done = evaluate(examples, make_model(0.0), eval_config_file=str(tmp_path / "eval_config.pbtxt"))
    assert done.note == "blessed: auc 1 >= 0.99"


def test_several_splits_are_evaluated_together(examples, make_model):
    done = evaluate(examples, make_model(0.0), config(accuracy()), example_splits=["eval", "test"])
    assert done.slice("overall")["examples"] == 300


def test_metrics_of_single_classes_are_told_apart(examples, make_model):
    spec = MetricsSpec(
        metrics=[MetricConfig(class_name="Recall", threshold=at_least(0.9))],
        binarize=BinarizationOptions(class_ids=[0, 1]),
    )
    done = evaluate(
        examples, make_model(0.2), EvalConfig(model_specs=[ModelSpec(label_key="label")], metrics_specs=[spec])
    )
    assert done.note == "not blessed: recall [class 1] 0.8 < 0.9"
    assert set(done.slice("overall")["metrics"]) == {"recall [class 0]", "recall [class 1]"}


def test_differences_between_slices_can_be_gated(examples, make_model):
    cross = CrossSlicingSpec(baseline_spec=SlicingSpec(feature_values={"island": "Biscoe"}), slicing_specs=[DREAM])
    threshold = CrossSliceMetricThreshold(cross_slicing_specs=[cross], threshold=at_most(0.1))
    eval_config = config(accuracy(cross_slice_thresholds=[threshold]))
    done = evaluate(examples, make_model(0.1), eval_config)
    assert done.note == "not blessed: accuracy (island=Biscoe - island=Dream) 0.167 > 0.1"


def test_a_value_that_is_no_number_is_null_and_refuses(examples, make_model):
    nothing = SlicingSpec(feature_values={"label": "0"})
    sliced = PerSliceMetricThreshold(slicing_specs=[nothing], threshold=at_least(0.0))
    calibration = MetricConfig(class_name="Calibration", per_slice_thresholds=[sliced])
    done = evaluate(examples, make_model(0.0), config(calibration, slicing_specs=[], signature_name="score"))
    assert done.note == "not blessed: calibration (label=0) is not a number (nan), which no bound accepts"
    assert done.slice("label=0")["metrics"]["calibration"] == {"value": None}


def test_a_slice_too_small_to_be_measured_refuses(examples, make_model):
    sliced = PerSliceMetricThreshold(slicing_specs=[DREAM], threshold=at_least(0.0))
    small = dataclasses.replace(config(accuracy(per_slice_thresholds=[sliced])), options=Options(min_slice_size=65))
    done = evaluate(examples, make_model(0.0), small)
    assert done.blessing.blessed == 0
    assert "island=Dream" in done.note


def test_a_value_that_rounds_to_its_bound_is_shown_with_more_digits(examples, make_model):
    done = evaluate(examples, make_model(0.1), config(accuracy(threshold=at_least(0.95001)), slicing_specs=[]))
    assert done.note == "not blessed: accuracy 0.95 < 0.95001"
    above = evaluate(examples, make_model(0.1), config(accuracy(threshold=at_most(0.9)), slicing_specs=[]))
    assert above.note == "not blessed: accuracy 0.95 > 0.9"
