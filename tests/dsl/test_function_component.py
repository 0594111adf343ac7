from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from penstock import Input, Output, component
from penstock.artifacts import Boolean, Bytes, Float, Integer, JsonValue, Model, String
from penstock.dsl.channel import Channel
from penstock.dsl.parameter import RunParameter
from penstock.errors import ArtifactError, DefinitionError
from penstock.testing import run_node


class Two(NamedTuple):
    mean: float
    label: str


@component
def double(x: int, y: int = 2) -> int:
    """Multiplies."""
    return x * y


@component
def two(x: int) -> Two:
    return Two(mean=x / 2, label=str(x))


@component
def nothing(out: Output[JsonValue], x: int = 1) -> None:
    out.value = {"x": x}


@component
def mixed(model: Input[Model], out: Output[String], note: str = "n") -> bool:
    out.value = note + Path(model.uri).name
    return True


def test_its_types_are_its_contract() -> None:
    contract = mixed.component.contract
    assert list(contract.inputs) == ["model"]
    assert list(contract.parameters) == ["note"]
    assert {name: field.type for name, field in contract.outputs.items()} == {"out": String, "output": Boolean}


def test_calling_it_makes_a_node() -> None:
    node = double(x=3)
    assert (node.id, node.parameters) == ("double", {"x": 3})
    assert isinstance(node.outputs["output"], Channel)
    assert double.component.__doc__ == "Multiplies."


def test_constructor_checks_are_those_of_a_class() -> None:
    with pytest.raises(DefinitionError, match='node "double", parameter "x" is missing'):
        double()
    with pytest.raises(DefinitionError, match='parameter "x": wrong type'):
        double(x="3")


def test_a_run_parameter_stays_a_reference() -> None:
    parameter = RunParameter("x", int)
    assert double(x=parameter).parameters["x"] is parameter


def test_a_returned_value_becomes_the_value_artifact_output() -> None:
    assert run_node(double, params={"x": 21}).outputs["output"].value == 42


def test_a_named_tuple_becomes_one_artifact_a_field() -> None:
    outputs = run_node(two, params={"x": 3}).outputs
    assert (outputs["mean"].value, outputs["label"].value) == (1.5, "3")
    assert two.component.contract.outputs["mean"].type is Float


def test_an_output_parameter_is_filled() -> None:
    assert run_node(nothing).outputs["out"].value == {"x": 1}


def test_inputs_outputs_parameters_and_a_returned_value_go_together(tmp_path: Path) -> None:
    outputs = run_node(mixed, inputs={"model": Model(str(tmp_path))}, params={"note": "m"}).outputs
    assert (outputs["out"].value, outputs["output"].value) == ("m" + tmp_path.name, True)


def test_an_output_that_is_not_set_is_refused() -> None:
    @component
    def forgets(out: Output[JsonValue]) -> None:
        pass

    with pytest.raises(ArtifactError, match='forgets, output "out": JsonValue has no value'):
        run_node(forgets)


def test_a_returned_value_of_another_type_is_refused() -> None:
    @component
    def lies() -> int:
        return "x"  # type: ignore[return-value]

    with pytest.raises(ArtifactError, match="value of a Integer"):
        run_node(lies)


@pytest.mark.parametrize(
    ("kind", "artifact"),
    [
        (int, Integer),
        (float, Float),
        (str, String),
        (bool, Boolean),
        (bytes, Bytes),
        (dict, JsonValue),
        (list[int], JsonValue),
    ],
)
def test_what_can_be_returned(kind: Any, artifact: type) -> None:
    def function():  # type: ignore[no-untyped-def]
        ...

    function.__annotations__ = {"return": kind}
    assert component(function).component.contract.outputs["output"].type is artifact


def test_a_returned_type_without_a_value_artifact_is_refused() -> None:
    def function() -> set[int]: ...

    with pytest.raises(DefinitionError, match='component "function" returns'):
        component(function)


def test_a_parameter_without_type_is_refused_with_its_place() -> None:
    def function(x): ...  # type: ignore[no-untyped-def]

    with pytest.raises(DefinitionError, match='parameter "x" has no type') as error:
        component(function)
    assert error.value.at == f"{__file__}:{function.__code__.co_firstlineno}"


@pytest.mark.parametrize("kind", ["star", "keywords", "positional"])
def test_a_parameter_that_cannot_be_given_by_name_is_refused(kind: str) -> None:
    def star(*x: int) -> None: ...
    def keywords(**x: int) -> None: ...
    def positional(x: int, /) -> None: ...

    with pytest.raises(DefinitionError, match="cannot be given by name"):
        component({"star": star, "keywords": keywords, "positional": positional}[kind])
