"""`run_node` gives a component the environment that a worker would give it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from penstock import Component, Output, output
from penstock.artifacts import String
from penstock.components import Evaluator, Pusher, Trainer, Transform
from penstock.testing import run_node


class Coloured(Component):
    """Writes the colour that its environment names."""

    colour: str
    fails: bool = False
    seen: Output[String] = output()

    @classmethod
    def environment(cls, params: Mapping[str, Any]) -> Mapping[str, str]:
        return {"COLOUR": params["colour"]}

    class executor:  # noqa: N801 - the name of the attribute
        def run(self, node: Any, context: Any) -> None:
            del context
            if node.fails:
                raise RuntimeError(os.environ["COLOUR"])
            node.seen.value = os.environ["COLOUR"]


@pytest.mark.parametrize("before", [None, "red"])
def test_the_environment_is_the_components_while_it_runs(monkeypatch: pytest.MonkeyPatch, before: str | None) -> None:
    monkeypatch.delenv("COLOUR", raising=False)
    if before is not None:
        monkeypatch.setenv("COLOUR", before)
    assert run_node(Coloured, params={"colour": "blue"}).outputs["seen"].value == "blue"
    assert os.environ.get("COLOUR") == before


def test_the_environment_is_put_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLOUR", "red")
    with pytest.raises(RuntimeError, match="blue"):
        run_node(Coloured, params={"colour": "blue", "fails": True})
    assert os.environ["COLOUR"] == "red"


@pytest.mark.parametrize(
    ("component", "params", "legacy"),
    [
        (Transform, {}, "1"),
        (Evaluator, {}, "1"),
        (Trainer, {}, "1"),
        (Trainer, {"keras": 2}, "1"),
        (Trainer, {"keras": 3}, "0"),
        (Pusher, {}, None),
    ],
)
def test_a_component_says_its_keras(component: type[Component], params: dict[str, Any], legacy: str | None) -> None:
    assert component.environment(params).get("TF_USE_LEGACY_KERAS") == legacy
