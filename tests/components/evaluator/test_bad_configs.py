"""What a user gets wrong is said before TFMA runs, with what would have been right."""

from __future__ import annotations

import pytest

from penstock import Component, output
from penstock.artifacts import Examples, Model
from penstock.components.evaluator.component import Evaluator
from penstock.components.evaluator.config import (
    EvalConfig,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    SlicingSpec,
)
from penstock.dsl.channel import Output
from penstock.errors import ArtifactError, DataError, DefinitionError, NotFoundError, UnknownNameError
from penstock.testing import run_node

ACCURACY = MetricConfig(class_name="SparseCategoricalAccuracy")


def evaluate(examples, model, metric=ACCURACY, slicing_specs=(), splits=("eval",), **spec):
    config = EvalConfig(
        model_specs=[ModelSpec(**{"label_key": "label", **spec})],
        slicing_specs=list(slicing_specs),
        metrics_specs=[MetricsSpec(metrics=[metric])],
    )
    run_node(
        Evaluator,
        inputs={"examples": examples, "model": model},
        params={"eval_config": config, "example_splits": splits},
    )


def evaluate_file(examples, model, path, text):
    path.write_text(text)
    run_node(Evaluator, inputs={"examples": examples, "model": model}, params={"eval_config_file": str(path)})


def test_an_unknown_metric_gets_the_nearest_one(examples, make_model):
    with pytest.raises(UnknownNameError, match='did you mean "SparseCategoricalAccuracy"'):
        evaluate(examples, make_model(0.0), MetricConfig(class_name="SparseCategoricalAcuracy"))


def test_a_metric_module_that_is_not_installed(examples, make_model):
    with pytest.raises(DefinitionError, match="no metric Mine in my_metrics"):
        evaluate(examples, make_model(0.0), MetricConfig(class_name="Mine", module="my_metrics"))


def test_an_argument_that_a_metric_does_not_take(examples, make_model):
    metric = MetricConfig(class_name="SparseCategoricalAccuracy", config={"nmae": "accuracy"})
    with pytest.raises(DefinitionError, match="SparseCategoricalAccuracy cannot be made"):
        evaluate(examples, make_model(0.0), metric)


def test_no_metrics_at_all(examples, make_model):
    with pytest.raises(DefinitionError, match="names no metrics"):
        run_node(
            Evaluator,
            inputs={"examples": examples, "model": make_model(0.0)},
            params={"eval_config": EvalConfig(model_specs=[ModelSpec(label_key="label")])},
        )


def test_an_unknown_label_names_the_features_there_are(examples, make_model):
    with pytest.raises(UnknownNameError, match=r'no feature "species".*\n.*one of island, label, x'):
        evaluate(examples, make_model(0.0), label_key="species")


def test_a_label_of_a_preprocessing_function_is_known(examples, make_model):
    with pytest.raises(UnknownNameError, match='did you mean "label_xf"'):
        evaluate(examples, make_model(0.0), label_key="label_fx", preprocessing_function_names=["transform_features"])


def test_a_slice_over_a_feature_that_is_not_there(examples, make_model):
    with pytest.raises(UnknownNameError, match=r'slicing_specs: no feature "iland"(.|\n)*did you mean "island"'):
        evaluate(examples, make_model(0.0), slicing_specs=[SlicingSpec(feature_keys=["iland"])])


def test_a_signature_that_the_model_lacks(examples, make_model):
    with pytest.raises(UnknownNameError, match=r'no signature "serving_defualt"(.|\n)*did you mean "serving_default"'):
        evaluate(examples, make_model(0.0), signature_name="serving_defualt")


def test_a_preprocessing_function_that_the_model_lacks(examples, make_model):
    with pytest.raises(UnknownNameError, match=r'no signature "xf"(.|\n)*one of score, serving_default, transf'):
        evaluate(examples, make_model(0.0), preprocessing_function_names=["xf"])


def test_labels_of_a_type_that_the_metric_does_not_take(examples, make_model):
    with pytest.raises(DataError, match="TFMA cannot evaluate this: Cast string to float is not supported"):
        evaluate(examples, make_model(0.0), label_key="island")


def test_no_label_for_a_metric_that_needs_one(examples, make_model):
    with pytest.raises(DataError, match="TFMA cannot evaluate this: no value provided for label"):
        evaluate(examples, make_model(0.0), label_key="")


def test_an_empty_split(examples, make_model):
    with pytest.raises(DataError, match='split "empty" has no examples'):
        evaluate(examples, make_model(0.0), splits=["eval", "empty"])


def test_a_split_that_is_not_there(examples, make_model):
    with pytest.raises(ArtifactError, match='no split "evaluation"'):
        evaluate(examples, make_model(0.0), splits=["evaluation"])


def test_a_model_that_is_no_saved_model(examples, make_model, tmp_path):
    (tmp_path / "Format-Serving").mkdir()
    (tmp_path / "Format-Serving" / "saved_model.pb").write_text("no")
    with pytest.raises(ArtifactError, match="not a SavedModel"):
        evaluate(examples, Model(str(tmp_path)))


def test_two_candidates(examples, make_model, tmp_path):
    text = 'model_specs { name: "a" } model_specs { name: "b" } metrics_specs { metrics { class_name: "AUC" } }'
    with pytest.raises(DefinitionError, match="received 2 for the model"):
        evaluate_file(examples, make_model(0.0), tmp_path / "config.pbtxt", text)


def test_a_change_threshold_without_direction(examples, make_model, tmp_path):
    text = """
    model_specs { label_key: "label" }
    metrics_specs { metrics { class_name: "AUC" threshold { change_threshold { absolute { value: 0 } } } } }
    """
    with pytest.raises(DefinitionError, match="AUC has no direction"):
        evaluate_file(examples, make_model(0.0), tmp_path / "config.pbtxt", text)


def test_a_threshold_about_a_metric_that_is_not_computed(examples, make_model, tmp_path):
    text = """
    model_specs { label_key: "label" }
    metrics_specs {
      metrics { class_name: "AUC" }
      thresholds { key: "acu" value { value_threshold { lower_bound { value: 0 } } } }
    }
    """
    with pytest.raises(UnknownNameError, match=r'the metric "acu"(.|\n)*did you mean "auc"'):
        evaluate_file(examples, make_model(0.0), tmp_path / "config.pbtxt", text)


@pytest.mark.parametrize("text", ['{"model_specs": [{"label": "x"}]}', "{", "model_specs { label: 1 }"])
def test_a_file_that_is_no_eval_config(examples, make_model, tmp_path, text):
    with pytest.raises(DataError, match="not an EvalConfig of TFMA"):
        evaluate_file(examples, make_model(0.0), tmp_path / "config", text)


def test_a_file_that_is_not_there(examples, make_model, tmp_path):
    with pytest.raises(NotFoundError, match="eval_config_file cannot be read"):
        run_node(
            Evaluator,
            inputs={"examples": examples, "model": make_model(0.0)},
            params={"eval_config_file": str(tmp_path / "none.json")},
        )


class Source(Component):
    executor = "nowhere:Nothing"
    examples: Output[Examples] = output()
    model: Output[Model] = output()


def test_a_definition_gives_exactly_one_config():
    source = Source()
    with pytest.raises(DefinitionError, match='node "evaluator": received no config'):
        Evaluator(examples=source.examples, model=source.model)
    with pytest.raises(DefinitionError, match='node "evaluator": received two configs'):
        Evaluator(
            examples=source.examples, model=source.model, eval_config=EvalConfig(), eval_config_file="config.json"
        )


def test_a_threshold_that_says_nothing_is_refused_in_the_definition():
    with pytest.raises(DefinitionError, match="an empty MetricThreshold"):
        MetricThreshold()
