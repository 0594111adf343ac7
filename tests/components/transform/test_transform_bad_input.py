from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.artifacts import TransformCache
from penstock.components import Transform
from penstock.dsl.user_code import user_frame
from penstock.errors import DataError, DefinitionError, NodeFailedError, UnknownNameError
from penstock.examples.writer import ExampleWriter
from penstock.testing import run_node

ROWS = {"train": [{"x": 1.0}, {"x": 3.0}], "eval": [{"x": 2.0}]}
FEATURE = 'feature {{ name: "{}" type: {} presence {{ min_fraction: 1 }} shape {{ dim {{ size: 1 }} }} }}'
IDENTITY = "def preprocessing_fn(inputs):\n    return {'z': inputs['x']}\n"


def test_the_users_own_error_passes_with_its_frame(make_examples: Any, project: Any) -> None:
    folder = project("def preprocessing_fn(inputs):\n    return {'z': inputs['nope']}\n")
    with pytest.raises(KeyError) as caught:
        run_node(Transform, {"examples": make_examples(ROWS)}, {"module_file": "prep.py"}, project=folder)
    assert user_frame(caught.value, folder) == ("prep.py:4 preprocessing_fn", "return {'z': inputs['nope']}")


def test_an_error_on_the_data_names_split_and_operation(make_examples: Any, project: Any) -> None:
    folder = project("def preprocessing_fn(inputs):\n    return {'z': tf.strings.to_number(inputs['t'])}\n")
    examples = make_examples({"train": [{"t": "1"}], "eval": [{"t": "one"}]})
    with pytest.raises(NodeFailedError, match=r"\(split eval\): .*could not correctly convert string: one"):
        run_node(Transform, {"examples": examples}, {"module_file": "prep.py"}, project=folder)


def test_an_error_in_python_code_of_the_graph_names_its_line(make_examples: Any, project: Any) -> None:
    folder = project(
        "def fail(x):\n    raise RuntimeError('too odd')\n"
        "def preprocessing_fn(inputs):\n"
        "    z = tf.numpy_function(fail, [inputs['x']], tf.float32)\n    z.set_shape([None, 1])\n    return {'z': z}\n"
    )
    with pytest.raises(NodeFailedError, match="too odd") as caught:
        run_node(Transform, {"examples": make_examples(ROWS)}, {"module_file": "prep.py"}, project=folder)
    assert caught.value.at == "prep.py:4 fail"


def test_nothing_returned(make_examples: Any, project: Any) -> None:
    folder = project("def preprocessing_fn(inputs):\n    return {}\n")
    with pytest.raises(NodeFailedError, match="returned an empty dict"):
        run_node(Transform, {"examples": make_examples(ROWS)}, {"module_file": "prep.py"}, project=folder)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (FEATURE.format("x", "INT"), r'feature "x" \(split (train|eval)\)\n  received float\n  expected int64'),
        (FEATURE.format("x", "FLOAT") + FEATURE.format("y", "INT"), 'feature "y"'),
        ('feature { name: "x" type: FLOAT shape { dim { size: 1 } } }', "cannot be turned into tensors"),
        ("feature { nam: 1 }", "schema.pbtxt: not a schema"),
    ],
)
def test_a_schema_that_does_not_fit(
    make_examples: Any, make_schema: Any, project: Any, schema: str, message: str
) -> None:
    inputs = {"examples": make_examples(ROWS), "schema": make_schema(schema)}
    with pytest.raises(DataError, match=message):
        run_node(Transform, inputs, {"module_file": "prep.py"}, project=project(IDENTITY))


def test_an_unknown_split(make_examples: Any, project: Any) -> None:
    params = {"module_file": "prep.py", "splits_config": {"analyze": ["trian"]}}
    with pytest.raises(UnknownNameError, match='did you mean "train"'):
        run_node(Transform, {"examples": make_examples(ROWS)}, params, project=project(IDENTITY))


def test_an_empty_split(make_examples: Any, project: Any) -> None:
    examples = make_examples({"train": [{"x": 1.0}], "eval": []})
    with pytest.raises(DataError, match='split "eval" has no examples'):
        run_node(Transform, {"examples": examples}, {"module_file": "prep.py"}, project=project(IDENTITY))


def test_a_feature_whose_type_changes(make_examples: Any, project: Any) -> None:
    examples = make_examples({"train": [{"x": 1.0}], "eval": [{"x": 1}]})
    with pytest.raises(DataError, match='feature "x" has values of several types') as caught:
        run_node(Transform, {"examples": examples}, {"module_file": "prep.py"}, project=project(IDENTITY))
    assert caught.value.received == "float in split train, int64 in split eval"


@pytest.mark.parametrize("given", [{}, {"module_file": "prep.py", "preprocessing_fn": "prep.py:preprocessing_fn"}])
def test_exactly_one_way_to_name_the_function(make_examples: Any, project: Any, given: dict[str, str]) -> None:
    with pytest.raises(DefinitionError, match="exactly one of module_file and preprocessing_fn"):
        run_node(Transform, {"examples": make_examples(ROWS)}, given, project=project(IDENTITY))


def test_a_module_without_the_function(make_examples: Any, project: Any) -> None:
    folder = project("def preprocess_fn(inputs):\n    return inputs\n")
    with pytest.raises(UnknownNameError, match='has no function "preprocessing_fn"'):
        run_node(Transform, {"examples": make_examples(ROWS)}, {"module_file": "prep.py"}, project=folder)


def test_a_cache_that_would_not_be_read(make_examples: Any, project: Any, tmp_path: Path) -> None:
    inputs = {"examples": make_examples(ROWS), "analyzer_cache": TransformCache(str(tmp_path))}
    with pytest.raises(DefinitionError, match="analyzer_cache is given and would not be read"):
        run_node(Transform, inputs, {"module_file": "prep.py"}, project=project(IDENTITY))


def test_records_that_are_no_examples(make_examples: Any, project: Any) -> None:
    examples = make_examples(ROWS)
    with ExampleWriter(Path(examples.split_uri("eval"))) as writer:
        writer.write([b"no protobuf"])
    with pytest.raises(DataError) as caught:
        run_node(Transform, {"examples": examples}, {"module_file": "prep.py"}, project=project(IDENTITY))
    assert caught.value.expected == "tf.Examples"
