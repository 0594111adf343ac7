from __future__ import annotations

from typing import Any

import pytest

from penstock import Component, Input, Output, Pipeline, latest_blessed, output
from penstock.artifacts import Model
from penstock.errors import DefinitionError


class Make(Component):
    base: Input[Model] | None = None
    model: Output[Model] = output()
    executor = "x:y"


def test_nodes_keep_the_order_they_were_given_in() -> None:
    first = Make()
    second = Make(base=first.model).with_id("second")
    assert Pipeline("p", [second, first]).components == (second, first)


@pytest.mark.parametrize("name", ["", "1p", "a b", "a/b", "../x", "x" * 101, "a\n", None, 3])
def test_a_bad_name_is_refused(name: Any) -> None:
    with pytest.raises(DefinitionError, match="a pipeline's name"):
        Pipeline(name, [Make()])


def test_no_nodes_are_refused() -> None:
    with pytest.raises(DefinitionError, match='pipeline "p" has no nodes'):
        Pipeline("p", [])


def test_something_else_than_a_component_is_refused() -> None:
    with pytest.raises(DefinitionError, match="received 'make'"):
        Pipeline("p", ["make"])  # type: ignore[list-item]


def test_two_nodes_of_one_id_are_refused() -> None:
    with pytest.raises(DefinitionError, match=r'two nodes have the id "make"(?s:.*)with_id'):
        Pipeline("p", [Make(), Make()])


@pytest.mark.parametrize("asks", [False, True])
def test_a_channel_from_outside_is_refused(asks: bool) -> None:
    other = Make().with_id("other")
    node = Make(base=latest_blessed(other.model) if asks else other.model)
    with pytest.raises(DefinitionError, match=r'"base" reads other.model(?s:.*)add other to the components'):
        Pipeline("p", [node])


def test_a_channel_of_a_namesake_is_refused() -> None:
    node = Make(base=Make().model).with_id("node")
    with pytest.raises(DefinitionError, match="which is not in the pipeline"):
        Pipeline("p", [node, Make()])


def test_a_long_chain_is_no_recursion() -> None:
    chain = [Make()]
    for number in range(3000):
        chain.append(Make(base=chain[-1].model).with_id(f"n{number}"))
    assert len(Pipeline("p", chain).components) == 3001


@pytest.mark.parametrize(
    "options", [{"root": 3}, {"enable_cache": "no"}, {"beam_pipeline_args": "--x"}, {"beam_pipeline_args": [1]}]
)
def test_an_option_of_a_wrong_type_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError) as error:
        Pipeline("p", [Make()], **options)
    assert error.value.field == next(iter(options))
