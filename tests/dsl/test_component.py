from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest

from penstock import Component, Input, InputPath, Output, UserCode, latest_blessed, output
from penstock.artifacts import Bytes, Examples, Integer, JsonValue, Model, String
from penstock.dsl.channel import Channel, Query
from penstock.dsl.component import snake_case
from penstock.dsl.parameter import RunParameter
from penstock.dsl.site import site
from penstock.errors import DefinitionError, UnknownNameError


@dataclass(frozen=True)
class Args:
    steps: int = 1


class FineModel(Model):
    grain: int = 0


class Gen(Component):
    where: InputPath = "data"
    examples: Output[Examples] = output()
    count: Output[Integer] = output()
    executor = "x:y"


class Train(Component):
    examples: Input[Examples]
    base: Input[Model] | None = None
    steps: int = 1
    args: Args = Args()
    module_file: Annotated[str, UserCode("run_fn")] = "m.py"
    name: str | None = None
    model: Output[FineModel] = output()
    executor = "x:y"


class Merge(Component):
    examples: Input[list[Examples]]
    merged: Output[Examples] = output()
    executor = "x:y"


def line() -> int:
    return sys._getframe(1).f_lineno


def refused(**given: Any) -> DefinitionError:
    with pytest.raises(DefinitionError) as error:
        Train(**given)
    assert error.value.exit_code == 2
    return error.value


def test_a_wired_input_is_kept_and_outputs_are_channels() -> None:
    gen = Gen()
    train = Train(examples=gen.outputs["examples"], steps=3)
    assert isinstance(train.model, Channel)
    assert train.inputs == {"examples": [gen.examples]}
    assert train.parameters == {"steps": 3}
    assert train.steps == 3
    assert train.args == Args()
    assert train.model.type is FineModel


def test_the_typed_attribute_and_the_output_are_the_same_channel() -> None:
    gen = Gen()
    assert gen.examples is gen.outputs["examples"]


def test_a_subclass_of_the_artifact_type_fits() -> None:
    gen = Gen()
    first = Train(examples=gen.examples)
    assert Train(examples=gen.examples, base=first.model).inputs["base"] == [first.model]


def test_an_int_for_a_float_and_a_mapping_for_a_config() -> None:
    train = Train(examples=Gen().examples, args={"steps": 4})
    assert train.args == Args(steps=4)


def test_the_id_is_the_snake_case_of_the_class() -> None:
    assert Gen().id == "gen"
    assert Gen().with_id("other").id == "other"


@pytest.mark.parametrize(
    ("name", "snake"),
    [("CsvExampleGen", "csv_example_gen"), ("Trainer", "trainer"), ("TFXGen", "tfx_gen"), ("Gen2", "gen2")],
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake


@pytest.mark.parametrize("node_id", ["", "Gen", "1a", "a-b", "a.b", "params", "secret", "run", "item", "ä", "a\n", 3])
def test_a_bad_id_is_refused(node_id: Any) -> None:
    with pytest.raises(DefinitionError, match="a node id"):
        Gen().with_id(node_id)


def test_errors_say_the_line_of_the_user() -> None:
    with pytest.raises(DefinitionError) as error:
        Train()
    assert error.value.at == f"{__file__}:{line() - 1}"


def test_a_reader_of_another_format_says_place_and_id() -> None:
    with site("pipeline.yaml:7", "mine"), pytest.raises(DefinitionError) as error:
        Train()
    assert str(error.value).startswith('pipeline.yaml:7: node "mine", input "examples" is missing')


def test_a_missing_input() -> None:
    error = refused()
    assert (error.field, error.expected) == ("examples", "Channel[Examples]")


def test_a_wrong_artifact_type_names_an_output_that_fits() -> None:
    class Both(Component):
        examples: Output[Examples] = output()
        model: Output[Model] = output()
        executor = "x:y"

    both = Both()
    error = refused(examples=both.model)
    assert error.received == "both.model: Channel[Model]"
    assert error.expected == "Channel[Examples]"
    assert error.hint == 'both has an output "examples"'


def test_an_unknown_input_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError) as error:
        Train(exmaples=Gen().examples)
    assert error.value.hint == 'did you mean "examples"?'
    assert error.value.field == "exmaples"


def test_an_output_cannot_be_given() -> None:
    assert 'output "model" is an output and cannot be given' in str(refused(examples=Gen().examples, model=1))


@pytest.mark.parametrize(
    ("given", "field", "received", "expected"),
    [
        ({"steps": "3"}, "steps", "'3' (str)", "int"),
        ({"steps": True}, "steps", "True (bool)", "int"),
        ({"steps": 1.0}, "steps", "1.0 (float)", "int"),
        ({"args": {"steps": "x"}}, "args.steps", "'x' (str)", "int"),
        ({"name": 3}, "name", "3 (int)", "str"),
        ({"module_file": 3}, "module_file", "3 (int)", "str"),
    ],
)
def test_a_wrong_parameter_type(given: dict[str, Any], field: str, received: str, expected: str) -> None:
    error = refused(examples=Gen().examples, **given)
    assert (error.field, error.received, error.expected) == (field, received, expected)


def test_a_config_field_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError) as error:
        Train(examples=Gen().examples, args={"step": 1})
    assert 'Args has no field "step"' in str(error.value)
    assert error.value.field == "args.step"


def test_a_text_for_an_input() -> None:
    assert refused(examples="gen.examples").received == "'gen.examples'"


def test_a_node_for_an_input_is_told_to_name_an_output() -> None:
    assert refused(examples=Gen()).hint == 'gen is a node; name one of its outputs: .outputs["..."]'


def test_a_list_for_a_single_input() -> None:
    gen = Gen()
    assert refused(examples=[gen.examples, gen.examples]).received == "2 channels"
    assert Train(examples=[gen.examples]).inputs["examples"] == [gen.examples]


def test_many_channels_for_a_list_input() -> None:
    gen, other = Gen(), Gen().with_id("other")
    assert Merge(examples=[gen.examples, other.examples]).inputs["examples"] == [gen.examples, other.examples]
    assert Merge(examples=gen.examples).inputs["examples"] == [gen.examples]
    with pytest.raises(DefinitionError, match="no channel"):
        Merge(examples=[])


def test_none_for_a_required_input_is_refused() -> None:
    assert refused(examples=None).received == "None"


def test_none_leaves_an_optional_input_out() -> None:
    assert "base" not in Train(examples=Gen().examples, base=None).inputs


def test_a_query_fits_an_optional_input_only() -> None:
    gen = Gen()
    first = Train(examples=gen.examples)
    asked = latest_blessed(first.model)
    assert isinstance(Train(examples=gen.examples, base=asked).inputs["base"], Query)
    assert "latest_blessed(train.model" in str(refused(examples=asked).received)


def test_a_query_is_about_a_channel() -> None:
    with pytest.raises(DefinitionError, match="latest_blessed"):
        latest_blessed(3)  # type: ignore[type-var]


def test_a_value_artifact_fits_a_parameter_and_others_do_not() -> None:
    gen = Gen()
    assert Train(examples=gen.examples, steps=gen.count).parameters["steps"] is gen.count
    assert refused(examples=gen.examples, steps=gen.examples).received == "gen.examples: Channel[Examples]"


class Values(Component):
    text: Output[String] = output()
    data: Output[Bytes] = output()
    anything: Output[JsonValue] = output()
    executor = "x:y"


def test_a_value_artifact_is_of_the_parameters_type() -> None:
    gen, values = Gen(), Values()
    assert refused(examples=gen.examples, steps=values.text).received == "values.text: Channel[String]"
    assert refused(examples=gen.examples, name=gen.count).expected == "str | None"
    assert Train(examples=gen.examples, name=values.text).parameters["name"] is values.text
    assert Train(examples=gen.examples, name=values.anything).parameters["name"] is values.anything


def test_bytes_are_no_parameter() -> None:
    class Anything(Component):
        value: Any
        executor = "x:y"

    with pytest.raises(DefinitionError, match="value"):
        Anything(value=Values().data)


def test_a_function_stands_for_its_file_and_name() -> None:
    found = Train(examples=Gen().examples, module_file=snake_case).parameters["module_file"]
    assert found.endswith("component.py:snake_case")
    assert Path(found.rpartition(":")[0]).is_file()


@pytest.mark.parametrize("function", [lambda: 1, print, Path.exists])
def test_a_function_without_a_place_at_the_top_of_a_file_is_refused(function: Any) -> None:
    with pytest.raises(DefinitionError, match="a reference to user code"):
        Train(examples=Gen().examples, module_file=function)


def test_an_attribute_of_a_channel_does_not_exist_yet() -> None:
    with pytest.raises(DefinitionError, match=r'"value" of gen.count: Channel.Integer. does not exist while'):
        _ = Gen().count.value


def test_a_run_parameter_of_the_type_fits_at_any_depth() -> None:
    steps = RunParameter("steps", int)
    assert Train(examples=Gen().examples, args={"steps": steps}).args.steps is steps


def test_a_run_parameter_of_another_type_is_refused() -> None:
    error = refused(examples=Gen().examples, steps=RunParameter("name", str))
    assert (error.received, error.expected) == ('run parameter "name": str', "int")


def test_options() -> None:
    options = Gen().with_options(cache=False, beam_pipeline_args=["--a=1"]).options
    assert (options.cache, options.beam_pipeline_args) == (False, ("--a=1",))


@pytest.mark.parametrize(
    "options", [{"cache": 1}, {"cache": "no"}, {"beam_pipeline_args": "--a"}, {"beam_pipeline_args": [1]}]
)
def test_options_of_a_wrong_type_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        Gen().with_options(**options)


def test_a_component_may_check_its_parameters_against_each_other() -> None:
    class Picky(Component):
        a: int = 1
        b: int = 1
        executor = "x:y"

        def check(self) -> None:
            if self.a > self.b:
                raise DefinitionError("a is greater than b")

    Picky(a=1, b=2)
    with pytest.raises(DefinitionError, match='node "picky": a is greater than b'):
        Picky(a=2)


@pytest.mark.parametrize("name", ["id", "inputs", "outputs", "executor_", "_hidden", "bound"])
def test_field_names_that_are_taken(name: str) -> None:
    fields: dict[str, Any] = {"__annotations__": {name: int}}
    if name == "executor_":
        assert type("Fine", (Component,), fields)
    else:
        with pytest.raises(DefinitionError, match=f'the field name "{name}" is taken'):
            type("Bad", (Component,), fields)


def test_an_input_must_be_of_an_artifact_type() -> None:
    with pytest.raises(DefinitionError, match=r'component "Bad", "x"(?s:.*)an artifact type'):
        type("Bad", (Component,), {"__annotations__": {"x": Input[int]}})


def test_a_subclass_inherits_the_contract() -> None:
    class More(Train):
        extra: str = "x"

    assert list(More.contract.inputs) == ["examples", "base"]
    assert More(examples=Gen().examples).extra == "x"


@dataclass(frozen=True)
class Sources:
    folders: list[InputPath]


@pytest.mark.parametrize("kind", [list[InputPath], InputPath | int, Sources, list[Sources] | None])
def test_a_path_inside_of_something_would_not_count_by_content(kind: Any) -> None:
    with pytest.raises(DefinitionError, match=r'"where"(?s:.*)many files are a folder or a glob'):
        type("Odd", (Component,), {"__annotations__": {"where": kind}, "executor": "x:y"})
