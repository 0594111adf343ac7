from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import penstock.pipelines
from penstock.dsl.registry import STANDARD, load_component
from penstock.ir import schemas
from penstock.ir.schemas import definition_schema, spec_schema
from penstock.ir.schemas.__main__ import write_schemas
from penstock.ir.yaml_syntax import read_yaml
from tests.regenerate import regenerating

_FOLDER = Path(schemas.__file__).parent
_YAML = sorted(Path(penstock.pipelines.__file__).parent.glob("*/pipeline.yaml"))
_GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.fixture(scope="module")
def definition() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(definition_schema())


@pytest.mark.parametrize("name", ["pipeline", "spec"])
def test_the_published_schema_is_current(name: str) -> None:
    if regenerating():
        write_schemas()
    schema = {"pipeline": definition_schema, "spec": spec_schema}[name]()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads((_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")) == schema


@pytest.mark.parametrize("file", _YAML, ids=lambda path: path.parent.name)
def test_a_shipped_definition_fits(file: Path, definition: jsonschema.Draft202012Validator) -> None:
    definition.validate(read_yaml(file.read_bytes(), file.name).plain())


@pytest.mark.parametrize("file", _GOLDEN, ids=lambda path: path.stem)
def test_a_golden_spec_fits(file: Path) -> None:
    jsonschema.Draft202012Validator(spec_schema()).validate(json.loads(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", STANDARD)
def test_every_input_and_parameter_of_a_component_is_described(name: str) -> None:
    component = definition_schema()["$defs"][f"component.{name}"]
    contract = load_component(name, "standard", ".").contract
    assert set(component["properties"]) == {"component", "options", *contract.names}
    assert [field for field in contract.names if "description" not in component["properties"][field]] == []
    assert component["description"]


def _pipeline(**node: Any) -> dict[str, Any]:
    return {"pipeline": "p", "nodes": {"gen": {"component": "CsvExampleGen", "input_base": "data", **node}}}


@pytest.mark.parametrize(
    "data",
    [
        _pipeline(),
        _pipeline(null_values=["NA"], options={"cache": False}),
        _pipeline(input_base="${params.where}"),
        _pipeline(input_base={"$value": "other.output"}),
        {"pipeline": "p", "nodes": {"own": {"component": "MyOwn", "anything": [1, {"a": 2}]}}},
        {
            "pipeline": "p",
            "nodes": {
                "t": {"component": "Trainer", "examples": "gen.examples", "module_file": "m.py", "keras": "${params.k}"}
            },
        },
        {
            "pipeline": "p",
            "params": {"x": {"type": "list[int] | None", "default": [1]}},
            "nodes": {"own": {"component": "X"}},
        },
    ],
)
def test_a_good_definition_fits(data: Any, definition: jsonschema.Draft202012Validator) -> None:
    definition.validate(data)


@pytest.mark.parametrize(
    "data",
    [
        _pipeline(inptu_base="x"),
        _pipeline(null_values="NA"),
        _pipeline(options={"cahce": False}),
        _pipeline(component="csv example gen"),
        {"pipeline": "p", "nodes": {"gen": {"component": "CsvExampleGen"}}},
        {"pipeline": "p", "nodes": {"Gen": {"component": "X"}}},
        {"pipeline": "p", "nodes": {}},
        {"pipeline": "p"},
        {"pipeline": "p", "nodes": {"x": {"component": "X"}}, "node": {}},
        {"pipeline": "p", "nodes": {"x": {"component": "X"}}, "params": {"x": 5}},
        {"pipeline": "p", "nodes": {"x": {"component": "X"}}, "params": {"x": {"type": "long"}}},
        {"pipeline": "p", "nodes": {"x": {"component": "X"}}, "components": ["cards"]},
        {"pipeline": "p", "nodes": {"t": {"component": "Trainer", "examples": "gen", "module_file": "m.py"}}},
    ],
)
def test_a_bad_definition_does_not_fit(data: Any, definition: jsonschema.Draft202012Validator) -> None:
    assert not definition.is_valid(data)
