from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.model import NodeSpec, PipelineSpec
from penstock.ir.schemas import spec_schema
from penstock.ir.serialization import (
    spec_digest,
    spec_from_json,
    spec_from_plain,
    spec_from_yaml,
    spec_to_json,
    spec_to_plain,
    spec_to_yaml,
)
from tests.ir.specs import specs

_settings = settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
_VALIDATOR = jsonschema.Draft202012Validator(spec_schema())


@_settings
@given(specs())
def test_json_brings_back_the_same_spec(spec: PipelineSpec) -> None:
    back = spec_from_json(spec_to_json(spec))
    assert back == spec
    assert [node.at for node in back.nodes] == [node.at for node in spec.nodes]
    assert spec_digest(back) == spec_digest(spec)


@_settings
@given(specs())
def test_yaml_brings_back_the_same_spec(spec: PipelineSpec) -> None:
    assert spec_from_yaml(spec_to_yaml(spec)) == spec


@_settings
@given(specs())
def test_a_yaml_1_1_reader_reads_the_same(spec: PipelineSpec) -> None:
    assert yaml.safe_load(spec_to_yaml(spec)) == spec_to_plain(spec)


@_settings
@given(specs())
def test_every_spec_fits_the_published_schema(spec: PipelineSpec) -> None:
    _VALIDATOR.validate(json.loads(spec_to_json(spec)))


PLAIN: dict[str, Any] = {
    "spec": "penstock/1",
    "pipeline": "p",
    "params": {"steps": {"type": "int", "default": 5}},
    "sources": "sha256:" + "0" * 64,
    "nodes": [
        {
            "id": "gen",
            "component": {"name": "Gen", "version": "1", "from": "standard"},
            "outputs": {"examples": "Examples", "count": "Integer"},
            "at": "pipeline.py:3",
        },
        {
            "id": "train",
            "component": {"name": "Train", "version": "1", "from": "project:train.py"},
            "inputs": {"examples": {"type": "Examples", "min": 1, "max": 1, "from": ["gen.examples"]}},
            "params": {"steps": {"$param": "steps"}, "module": {"$source": "m.py", "entry": "run_fn"}},
            "outputs": {"model": "Model"},
        },
    ],
    "types": {"Examples": {}, "Model": {}, "Integer": {"bases": ["ValueArtifact"]}},
}


def test_the_form_of_a_spec() -> None:
    assert spec_to_plain(spec_from_plain(PLAIN)) == PLAIN
    assert list(spec_to_plain(spec_from_plain(PLAIN)))[:2] == ["spec", "pipeline"]


def test_the_digest_does_not_know_places() -> None:
    spec = spec_from_plain(PLAIN)
    moved = replace(spec, nodes=tuple(replace(node, at="other.py:99") for node in spec.nodes))
    assert spec_digest(moved) == spec_digest(spec)
    assert moved == spec


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: replace(spec, pipeline="q"),
        lambda spec: replace(spec, build={"x": 1}),
        lambda spec: replace(spec, enable_cache=False),
        lambda spec: replace(spec, nodes=(replace(spec.nodes[0], effect=True), spec.nodes[1])),
    ],
)
def test_the_digest_knows_everything_else(change: Callable[[PipelineSpec], PipelineSpec]) -> None:
    spec = spec_from_plain(PLAIN)
    assert spec_digest(change(spec)) != spec_digest(spec)


def test_the_digest_is_the_same_in_every_version_of_penstock() -> None:
    # Runs and caches of earlier versions refer to it: a change here needs a new major of the spec.
    assert (
        spec_digest(spec_from_plain(PLAIN)) == "sha256:cb701dbe416af3c497adc46899b9a82ff5f645e21d63d98c38e16ae83cdea128"
    )


def test_nodes_are_put_in_order() -> None:
    data = copy.deepcopy(PLAIN)
    data["nodes"].reverse()
    assert spec_from_plain(data) == spec_from_plain(PLAIN)


def _node(index: int, **fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["nodes"][index].update(fields)


def _input(**fields: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["nodes"][1]["inputs"]["examples"].update(fields)


def _param(value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["nodes"][1]["params"].update(x=value)


def _deep() -> Any:
    value: Any = 1
    for _ in range(60):
        value = [value]
    return value


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown field": (
        lambda d: d.update(node=[]),
        'the document: unknown field "node".*\n  Hint: did you mean "nodes"',
    ),
    "unknown field of a node": (
        _node(0, input={}),
        r'nodes\[0\]: unknown field "input".*\n  Hint: did you mean "inputs"',
    ),
    "field missing": (lambda d: d.pop("sources"), 'the document lacks "sources"'),
    "field of a node missing": (lambda d: d["nodes"][1].pop("component"), r'nodes\[1\] lacks "component"'),
    "wrong type": (_node(0, effect="yes"), r"nodes\[0\].effect\n  received 'yes'\n  expected true or false"),
    "nodes no list": (lambda d: d.update(nodes={}), "nodes\n  received {}\n  expected a list"),
    "no nodes": (lambda d: d.update(nodes=[]), "a pipeline without nodes"),
    "a node no object": (lambda d: d["nodes"].append(3), r"nodes\[2\]\n  received 3\n  expected an object"),
    "pipeline's name": (lambda d: d.update(pipeline="../x"), r"pipeline\n  received '../x'"),
    "sources": (lambda d: d.update(sources="abc"), "sources\n  received 'abc'"),
    "id": (_node(0, id="Gen"), r"nodes\[0\].id: a node id\n  received 'Gen'"),
    "reserved id": (_node(0, id="run"), "received 'run'"),
    "duplicate id": (_node(1, id="gen"), 'two nodes have the id "gen"'),
    "component as a path": (
        _node(0, component={"name": "os.system", "version": "1", "from": "standard"}),
        r"component\n  received 'os.system'",
    ),
    "component from anywhere": (
        _node(0, component={"name": "Gen", "version": "1", "from": "module:os"}),
        r"component, from\n  received 'module:os'",
    ),
    "output of an unknown type": (
        _node(0, outputs={"examples": "Example"}),
        'unknown type "Example".*\n  Hint: did you mean',
    ),
    "unknown node": (
        _input(**{"from": ["gem.examples"]}),
        'unknown node in "gem.examples".*\n  Hint: did you mean "gen"',
    ),
    "unknown output": (_input(**{"from": ["gen.example"]}), 'unknown output in "gen.example"'),
    "no address": (_input(**{"from": ["gen"]}), 'unknown output in "gen"'),
    "type mismatch": (_input(type="Model"), "wrong type\n  received gen.examples: Examples\n  expected Model"),
    "too many artifacts": (
        _input(**{"from": ["gen.examples"] * 2}),
        "wrong number of artifacts\n  received 2\n  expected 1 to 1",
    ),
    "too few artifacts": (
        _input(**{"from": [], "max": None}),
        "wrong number of artifacts\n  received 0\n  expected at least 1",
    ),
    "negative": (_input(min=-1), "received -1\n  expected a whole number"),
    "query and from": (_input(query={"latest_blessed": "gen.examples"}), "one query and no from"),
    "circle": (_node(0, inputs={"m": {"type": "Model", "min": 1, "max": 1, "from": ["train.model"]}}), "in a circle"),
    "unknown run parameter": (
        _param({"$param": "stepz"}),
        'unknown run parameter "stepz".*\n  Hint: did you mean "steps"',
    ),
    "unknown reference": (_param({"$env": "HOME"}), "not a reference"),
    "reference with company": (_param({"$param": "steps", "x": 1}), "not a reference"),
    "source without entry": (_param({"$source": "m.py"}), "not a reference"),
    "source with a bad entry": (_param({"$source": "m.py", "entry": "a b"}), "not a reference"),
    "nested reference": (_param({"$value": {"$param": "steps"}}), "not a reference"),
    "value of no value artifact": (_param({"$value": "gen.examples"}), "expected a value artifact"),
    "source outside the project": (_param({"$source": "../m.py", "entry": "f"}), "user code outside the project"),
    "source by an absolute path": (_param({"$source": "/m.py", "entry": "f"}), "user code outside the project"),
    "component outside the project": (
        _node(0, component={"name": "Gen", "version": "1", "from": "project:a/../../gen.py"}),
        "user code outside the project",
    ),
    "data inside a value": (_param([{"$data": "x"}]), "a reference inside a value"),
    "source inside a value": (_param({"a": {"$source": "m.py", "entry": "f"}}), "a reference inside a value"),
    "parameter nested too deeply": (_param(_deep()), "nested deeper than 50 levels"),
    "run parameter of an unknown type": (lambda d: d["params"]["steps"].update(type="long"), 'unknown type "long"'),
    "default of a wrong type": (lambda d: d["params"]["steps"].update(default="x"), "params.steps.default: wrong type"),
    "property of an unknown type": (lambda d: d["types"]["Model"].update(properties={"x": "blob"}), "received 'blob'"),
    "bases no texts": (lambda d: d["types"]["Model"].update(bases=[1]), "types.Model.bases"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_spec_from_anywhere_is_checked(name: str) -> None:
    change, pattern = BAD[name]
    data = copy.deepcopy(PLAIN)
    change(data)
    with pytest.raises(DefinitionError, match=f"(?s)^the spec: .*{pattern}"):
        spec_from_json(json.dumps(data), at="the spec")


@pytest.mark.parametrize("version", ["penstock/2", "penstock/1.1"])
def test_a_newer_spec_asks_for_an_upgrade(version: str) -> None:
    with pytest.raises(DefinitionError, match=r"a spec of another version(?s:.*)upgrade Penstock"):
        spec_from_plain({**PLAIN, "spec": version, "something new": 1})


@pytest.mark.parametrize("data", [{}, [], None, 3, {"pipeline": "p", "nodes": {}}, {"spec": 1}])
def test_what_is_no_spec(data: Any) -> None:
    with pytest.raises(DefinitionError, match="not a compiled pipeline"):
        spec_from_plain(data)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("{", "spec:1: not JSON"),
        ('{"a": 1, "a": 2}', 'the key "a" stands twice'),
        ('{"spec": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "not JSON"),
        (b"\xff\xfe{", "not JSON"),
        ("x" * (17 << 20), "too large"),
    ],
)
def test_text_that_is_no_json(text: str | bytes, pattern: str) -> None:
    with pytest.raises(DefinitionError, match=pattern):
        spec_from_json(text)


def test_a_yaml_spec_resolves_no_tag() -> None:
    with pytest.raises(DefinitionError, match="tags are not read"):
        spec_from_yaml("spec: !!python/name:os.system penstock/1")


def test_an_unknown_name_is_also_a_lookup_error() -> None:
    with pytest.raises(UnknownNameError) as error:
        spec_from_plain({**PLAIN, "extra": 1})
    assert isinstance(error.value, LookupError)


def test_node_by_id() -> None:
    spec = spec_from_plain(PLAIN)
    assert isinstance(spec.node("gen"), NodeSpec)
    with pytest.raises(KeyError):
        spec.node("gone")
