from __future__ import annotations

from typing import Any, Literal

import pytest

from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.model import ParameterSpec, PipelineSpec
from penstock.ir.parameter_types import annotation_of, parse_text, type_text
from penstock.ir.parameters import check_params, resolve_params, substitute

SPEC = PipelineSpec(
    pipeline="p",
    params={
        "steps": ParameterSpec(type="int", default=5),
        "rate": ParameterSpec(type="float", default=0.5),
        "names": ParameterSpec(type="list[str]", default=[]),
        "where": ParameterSpec(type="str", required=True),
    },
    build={"wide": True},
    sources="",
    types={},
    nodes=(),
)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("5", "int", 5),
        ("-5", "int", -5),
        ("0x10", "int", 16),
        ("5", "float", 5.0),
        ("1e-3", "float", 0.001),
        ("5", "str", "5"),
        ("true", "str", "true"),
        ("", "str", ""),
        ("a: b", "str", "a: b"),
        ("true", "bool", True),
        ("False", "bool", False),
        ("[a, b]", "list[str]", ["a", "b"]),
        ('["a"]', "list", ["a"]),
        ("{a: 1}", "dict", {"a": 1}),
        ("{a: 1}", "dict[str, float]", {"a": 1.0}),
        ("null", "int | None", None),
        ("7", "int | None", 7),
        ("7", "str | None", "7"),
        ("null", "str | None", None),
    ],
)
def test_text_takes_its_declared_type(text: str, kind: str, value: object) -> None:
    found = parse_text(text, annotation_of(kind), "--set x")
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("5.0", "int"),
        ("yes", "bool"),
        ("1", "bool"),
        ("x", "float"),
        ("a", "list"),
        ("[1]", "list[str]"),
        ("", "int"),
        ("[", "list"),
        (".inf", "float"),
    ],
)
def test_text_of_another_type_is_refused(text: str, kind: str) -> None:
    with pytest.raises(DefinitionError) as error:
        parse_text(text, annotation_of(kind), "--set x")
    assert str(error.value).startswith("--set x: ")
    assert f"received {text!r}\n  expected {kind}" in str(error.value)


def test_a_choice_is_taken_as_text() -> None:
    assert parse_text("1", Literal["1", "2"], "--build x") == "1"


@pytest.mark.parametrize(
    "text", ["int", "list", "dict", "list[int]", "dict[str, bool]", "float | None", "list[str] | None"]
)
def test_types_are_written_and_read_alike(text: str) -> None:
    assert type_text(annotation_of(text)) == text


@pytest.mark.parametrize(
    "text", ["integer", "list[list[int]]", "dict[int, str]", "list[str, int]", "dict[str]", "None", "", "os.system"]
)
def test_other_types_are_refused(text: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown type"):
        annotation_of(text)


def test_defaults_stand_where_nothing_is_given() -> None:
    assert resolve_params(SPEC, {"where": "here", "steps": "9"}) == {
        "steps": 9,
        "rate": 0.5,
        "names": [],
        "where": "here",
    }


def test_a_parameter_without_default_must_be_given() -> None:
    with pytest.raises(DefinitionError, match=r'run parameter "where" has no value(?s:.*)--set where='):
        resolve_params(SPEC, {})
    with pytest.raises(DefinitionError, match='run parameter "where" has no value'):
        check_params(SPEC, {})


def test_an_unknown_parameter_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r'has no run parameter "stesp"(?s:.*)did you mean "steps"'):
        resolve_params(SPEC, {"stesp": "1"})


def test_a_build_argument_given_as_run_parameter_is_told_so() -> None:
    with pytest.raises(UnknownNameError, match="wide is a build argument: --build wide="):
        resolve_params(SPEC, {"wide": "false"})


def test_values_that_are_data_are_checked() -> None:
    assert check_params(SPEC, {"where": "x", "rate": 1})["rate"] == 1.0
    with pytest.raises(DefinitionError, match='run parameter "steps": wrong type'):
        check_params(SPEC, {"where": "x", "steps": "1"})


@pytest.mark.parametrize(
    ("plain", "filled"),
    [
        ({"$param": "steps"}, 5),
        ({"$data": {"$param": "where"}}, {"$data": "here"}),
        ([1, {"a": {"$param": "names"}}], [1, {"a": ["x"]}]),
        ({"$source": "m.py", "entry": "f"}, {"$source": "m.py", "entry": "f"}),
        ({"$value": "a.b"}, {"$value": "a.b"}),
        ("$param", "$param"),
    ],
)
def test_references_to_run_parameters_are_replaced(plain: Any, filled: Any) -> None:
    assert substitute(plain, {"steps": 5, "where": "here", "names": ["x"]}) == filled
