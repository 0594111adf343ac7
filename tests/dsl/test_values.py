from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dsl.parameter import RunParameter
from penstock.dsl.values import check_value, describe_type, to_plain
from penstock.errors import DefinitionError, UnknownNameError


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    steps: int
    inner: Inner = Inner()
    many: list[Inner] = field(default_factory=list)
    note: str | None = None


@dataclass(frozen=True)
class Strict:
    low: int = 0
    high: int = 1

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (1, int, 1),
        (1, float, 1.0),
        (True, bool, True),
        ("x", str, "x"),
        (None, int | None, None),
        (1, float | int, 1),
        (1, float | str, 1.0),
        ([1, 2], list[float], [1.0, 2.0]),
        ((1, 2), list[int], [1, 2]),
        ([1, 2], tuple[int, ...], (1, 2)),
        (["a"], Sequence[str], ["a"]),
        ([1, "a"], list, [1, "a"]),
        ({"a": 1}, dict[str, float], {"a": 1.0}),
        ({"a": 1}, Mapping[str, int], {"a": 1}),
        ({"a": [1, None, {"b": True}]}, dict[str, Any], {"a": [1, None, {"b": True}]}),
        ({"a": 1}, Any, {"a": 1}),
        ("fast", Literal["fast", "exact"], "fast"),
        (3, Literal[2, 3], 3),
        (5, Annotated[int, "note"], 5),
        ({"steps": 1}, Outer, Outer(1)),
        ({"steps": 1, "inner": {"rate": 1, "names": ["a"]}}, Outer, Outer(1, Inner(1.0, ("a",)))),
        (Outer(1), Outer, Outer(1)),
        ({"steps": 1, "many": [{}, {"rate": 2}]}, Outer | None, Outer(1, many=[Inner(), Inner(2.0)])),
    ],
)
def test_a_value_takes_its_declared_form(value: Any, annotation: Any, expected: Any) -> None:
    found = check_value(value, annotation)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "annotation", "place"),
    [
        (True, int, ""),
        (1, bool, ""),
        (1.0, int, ""),
        ("1", int, ""),
        (None, int, ""),
        (1, str | None, ""),
        (math.nan, float, ""),
        (math.inf, float | None, ""),
        (math.inf, Any, ""),
        ("abc", list[str], ""),
        ([1, "2"], list[int], "[1]"),
        ({"a": {"b": 1}}, dict[str, dict[str, str]], ".a.b"),
        ([1], dict[str, int], ""),
        (True, Literal[1, 2], ""),
        ("slow", Literal["fast"], ""),
        ({"steps": 1, "inner": {"rate": "x"}}, Outer, ".inner.rate"),
        ({"steps": 1, "many": [{}, {"names": [1]}]}, Outer, ".many[1].names[0]"),
        (object(), Any, ""),
        ({"a": {1, 2}}, Any, ".a"),
        ({1: 2}, Any, ""),
        ({"$param": "x"}, Any, ".$param"),
        ({"a": {"$param": "x"}}, dict, ".a.$param"),
        ({}, Outer, ""),
        ({"steps": 1, "stepz": 2}, Outer, ".stepz"),
        ({"low": 3}, Strict, ""),
        (b"x", Any, ""),
        (1, bytes, None),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(value: Any, annotation: Any, place: str | None) -> None:
    with pytest.raises(DefinitionError) as error:
        check_value(value, annotation)
    assert error.value.field == place


def test_a_field_that_is_not_there_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r'Outer has no field "stepz"(?s:.*)did you mean "steps"'):
        check_value({"stepz": 1}, Outer)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(DefinitionError, match="Outer lacks steps"):
        check_value({}, Outer)


def test_what_a_config_itself_refuses_is_told() -> None:
    with pytest.raises(DefinitionError, match="Strict: low is above high"):
        check_value({"low": 3}, Strict)


@pytest.mark.parametrize(
    ("given_type", "annotation"),
    [(int, int), (int, float), (str, str | None), (int, Any), (list[str], list[str]), (float, Annotated[float, 1])],
)
def test_a_run_parameter_fits_its_type(given_type: Any, annotation: Any) -> None:
    parameter = RunParameter("x", given_type)
    assert check_value(parameter, annotation) is parameter


@pytest.mark.parametrize(
    ("given_type", "annotation"), [(float, int), (str, int), (list, list[str]), (int, bool), (str, Inner)]
)
def test_a_run_parameter_of_another_type_is_refused(given_type: Any, annotation: Any) -> None:
    with pytest.raises(DefinitionError, match="wrong type"):
        check_value(RunParameter("x", given_type), annotation)


def test_plain_data_leaves_defaults_out_and_keeps_references() -> None:
    value = check_value({"steps": RunParameter("n", int), "inner": {"rate": 0.5, "names": ["a"]}, "many": [{}]}, Outer)
    plain = to_plain(value, lambda parameter: {"$param": parameter.parameter_name})
    assert plain == {"steps": {"$param": "n"}, "inner": {"names": ["a"]}, "many": [{}]}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda v: (
        st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5).filter(lambda k: k[:1] != "$"), v, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None, database=None)
@given(_json)
def test_plain_data_is_its_own_form(value: Any) -> None:
    assert to_plain(check_value(value, Any), repr) == value


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (str | None, "str | None"),
        (list[int], "list[int]"),
        (tuple[str, ...], "tuple[str, ...]"),
        (dict[str, float], "dict[str, float]"),
        (Literal["a", 1], "one of 'a', 1"),
        (Annotated[str, 1], "str"),
        (Inner, "Inner"),
    ],
)
def test_types_are_described_as_a_user_writes_them(annotation: Any, text: str) -> None:
    assert describe_type(annotation) == text
