from __future__ import annotations

import json
from pathlib import Path

import pytest
import tensorflow_model_analysis as tfma

from penstock.components.evaluator.component import Evaluator
from penstock.components.evaluator.config import (
    EvalConfig,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    PerSliceMetricThreshold,
    SlicingSpec,
)
from penstock.testing import run_node

ISLAND = SlicingSpec(feature_keys=["island"])
DREAM = SlicingSpec(feature_values={"island": "Dream"})


def at_least(bound):
    return MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=bound))


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
    assert worse.note == "not blessed: accuracy: absolute change -0.05 < -0.01 (baseline 0.95)"


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
