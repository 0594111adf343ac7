from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
import tensorflow_transform as tft

from penstock.artifacts import Examples
from penstock.components import Transform
from penstock.dsl.tfrecord import examples_identity, read_records
from penstock.testing import NodeResult, run_node
from tests.components.transform.conftest import PENGUINS

SCALED = "def preprocessing_fn(inputs):\n    return {'z': tft.scale_to_z_score(inputs['x'])}\n"
ROWS = {"train": [{"x": 1.0}, {"x": 3.0}], "eval": [{"x": 2.0}, {"x": 6.0}]}


def run(examples: Examples, project: str, inputs: dict[str, Any] | None = None, **params: Any) -> NodeResult:
    params = {"module_file": "prep.py"} | params
    if "preprocessing_fn" in params:
        del params["module_file"]
    args = params.pop("beam_pipeline_args", ())
    return run_node(
        Transform, {"examples": examples, **(inputs or {})}, params, project=project, beam_pipeline_args=args
    )


def column(result: NodeResult, split: str, name: str = "z") -> list[float]:
    folder = Path(result.outputs["transformed_examples"].split_uri(split))
    records = [record for path in sorted(folder.iterdir()) for record in read_records(path)]
    features = [tf.train.Example.FromString(record).features.feature[name] for record in records]
    return sorted(value for feature in features for value in feature.float_list.value)


def test_train_is_analyzed_and_all_splits_are_transformed(make_examples: Any, project: Any) -> None:
    result = run(make_examples(ROWS), project(SCALED))
    assert column(result, "train") == [-1, 1]
    assert column(result, "eval") == [0, 4]
    assert result.progress[-1] == {"note": "4 rows, 1 features -> 1"}


def test_splits_to_analyze_and_to_transform_are_configurable(make_examples: Any, project: Any) -> None:
    result = run(make_examples(ROWS), project(SCALED), splits_config={"analyze": ["eval"], "transform": ["train"]})
    assert result.outputs["transformed_examples"].splits == ["train"]
    assert column(result, "train") == [-1.5, -0.5]


def test_several_splits_are_analyzed_together(make_examples: Any, project: Any) -> None:
    for disabled in (True, False):
        config = {"analyze": ["train", "eval"]}
        result = run(make_examples(ROWS), project(SCALED), splits_config=config, disable_analyzer_cache=disabled)
        assert sum(column(result, "train") + column(result, "eval")) == pytest.approx(0, abs=1e-5)


def test_the_function_can_be_named_in_a_file_and_take_custom_config(make_examples: Any, project: Any) -> None:
    source = "def shifted(inputs, custom_config):\n    return {'z': inputs['x'] + custom_config['by']}\n"
    result = run(make_examples(ROWS), project(source), preprocessing_fn="prep.py:shifted", custom_config={"by": 10.0})
    assert column(result, "train") == [11, 13]


def test_the_graph_knows_raw_and_transformed_features(make_examples: Any, project: Any) -> None:
    rows = {"train": [{"x": 1.0, "tag": ["a", "b"]}, {"x": 2.0}], "eval": [{"x": 3.0}]}
    result = run(make_examples(rows), project(SCALED))
    graph = tft.TFTransformOutput(result.outputs["transform_graph"].uri)
    assert graph.raw_feature_spec() == {
        "tag": tf.io.VarLenFeature(tf.string),
        "x": tf.io.FixedLenFeature([1], tf.float32),
    }
    assert graph.transformed_feature_spec() == {"z": tf.io.FixedLenFeature([1], tf.float32)}


def test_identity_is_that_of_the_records(make_examples: Any, project: Any) -> None:
    examples = run(make_examples(ROWS), project(SCALED)).outputs["transformed_examples"]
    assert examples.identity == examples_identity({split: examples.split_uri(split) for split in examples.splits})


# A process of its own for each run, as workers have: TensorFlow numbers its operations by process.
STABLE = """
import sys
from penstock.artifacts import Examples
from penstock.components import Transform
from penstock.dsl.tree import TreeDigest
from penstock.testing import run_node

examples = Examples(sys.argv[1])
examples.splits = ["train", "eval"]
outputs = run_node(Transform, {"examples": examples}, {"module_file": "model.py"}, project=sys.argv[2]).outputs
for name, artifact in outputs.items():
    for file in TreeDigest.of(artifact.uri).files:
        if not file.path.endswith("fingerprint.pb"):
            print(name, file.path, file.sha256)
"""


@pytest.mark.long
def test_the_same_input_gives_the_same_bytes(penguins: Examples) -> None:
    def files() -> list[str]:
        command = [sys.executable, "-c", STABLE, penguins.uri, str(PENGUINS)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.splitlines()

    first = files()
    assert any("transform_fn/saved_model.pb" in line for line in first)
    assert first == files()


def _cache_of(result: NodeResult) -> dict[str, Any]:
    return {"analyzer_cache": result.outputs["updated_analyzer_cache"]}


def test_no_cache_is_written_unless_asked_for(make_examples: Any, project: Any) -> None:
    cache = run(make_examples(ROWS), project(SCALED)).outputs["updated_analyzer_cache"]
    assert list(Path(cache.uri).iterdir()) == []


def test_an_analyzer_that_the_cache_covers_is_not_computed_again(make_examples: Any, project: Any) -> None:
    first = run(make_examples(ROWS, identity="records:same"), project(SCALED), disable_analyzer_cache=False)
    # Other records under the same identity: only what came from the cache can give the first mean.
    other = make_examples({"train": [{"x": 101.0}], "eval": [{"x": 2.0}]}, "other", identity="records:same")
    second = run(other, project(SCALED), _cache_of(first), disable_analyzer_cache=False)
    assert column(second, "eval") == [0]
    third = run(other, project(SCALED), _cache_of(second), disable_analyzer_cache=False)
    assert column(third, "eval") == [0]


def test_a_cache_of_other_records_is_not_used(make_examples: Any, project: Any) -> None:
    first = run(make_examples(ROWS), project(SCALED), disable_analyzer_cache=False)
    other = make_examples({"train": [{"x": 1.0}, {"x": 5.0}], "eval": [{"x": 3.0}]}, "other")
    second = run(other, project(SCALED), _cache_of(first), disable_analyzer_cache=False)
    assert column(second, "eval") == [0]


@pytest.mark.long
def test_the_function_reaches_worker_processes(make_examples: Any, project: Callable[[str], str]) -> None:
    helper = "import helper\ndef preprocessing_fn(inputs):\n    return {'z': helper.scaled(inputs['x'])}\n"
    folder = project(helper)
    Path(folder, "helper.py").write_text(
        "import tensorflow_transform as tft\ndef scaled(x): return tft.scale_to_z_score(x)\n"
    )
    args = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    result = run(make_examples(ROWS), folder, beam_pipeline_args=args)
    assert column(result, "eval") == [0, 4]


def test_missing_values_stay_missing(make_examples: Any, project: Any) -> None:
    rows = {"train": [{"x": 1.0, "y": 1}, {"x": 3.0, "y": 2}, {"y": 3}], "eval": [{"y": 4}]}
    result = run(make_examples(rows), project(SCALED))
    assert column(result, "train") == [-1, 1]
    assert all(math.isfinite(value) for value in column(result, "eval"))
    assert result.outputs["transformed_examples"].splits == ["train", "eval"]
