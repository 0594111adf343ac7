from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.dsl.parameter import RunParameter
from penstock.errors import DefinitionError

USES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "if": (bool, "as a condition"),
    "not": (operator.not_, "as a condition"),
    "==": (lambda n: n == 1, "in a comparison"),
    "!=": (lambda n: n != 1, "in a comparison"),
    "<": (lambda n: n < 1, "in a comparison"),
    "reversed >": (
        lambda n: 1 > n,  # noqa: SIM300 - reversed on purpose
        "in a comparison",
    ),
    "in": (lambda n: 1 in n, "in a comparison"),
    "in a list": (lambda n: n in [1], "in a comparison"),
    "+": (lambda n: n + 1, "in arithmetic"),
    "reversed -": (lambda n: 1 - n, "in arithmetic"),
    "//": (lambda n: n // 2, "in arithmetic"),
    "**": (lambda n: n**2, "in arithmetic"),
    "negative": (operator.neg, "in arithmetic"),
    "int": (int, "in arithmetic"),
    "float": (float, "in arithmetic"),
    "round": (round, "in arithmetic"),
    "range": (range, "in arithmetic"),
    "f-string": (lambda n: f"{n}", "as text"),
    "format": (lambda n: f"{n:>5}", "as text"),
    "str": (str, "as text"),
    "%": (lambda n: "%s" % n, "as text"),  # noqa: UP031 - the use that is tested
    "path": (Path, "as text"),
    "len": (len, "as a collection"),
    "for": (list, "as a collection"),
    "index": (lambda n: n[0], "as a collection"),
    "call": (lambda n: n(), "as a collection"),
}


@pytest.mark.parametrize("use", USES)
def test_using_it_is_refused_at_the_users_line(use: str) -> None:
    act, words = USES[use]
    with pytest.raises(DefinitionError) as error:
        act(RunParameter("steps", int))
    assert f'run parameter "steps" is used {words}' in error.value.message
    assert "make it a build argument" in (error.value.hint or "")
    assert "--build steps=..." in (error.value.hint or "")
    assert error.value.at is not None
    file, _, line = error.value.at.rpartition(":")
    assert file == __file__
    assert int(line) > 0


def test_it_can_be_handed_on_and_kept() -> None:
    steps = RunParameter("steps", int)
    kept = {steps: [steps]}
    assert kept[steps][0] is steps
    assert repr(steps) == "<run parameter steps>"
    assert (steps.parameter_name, steps.parameter_type) == ("steps", int)
