"""`penstock compile`."""

from __future__ import annotations

import pytest
import yaml

from penstock.ir.serialization import spec_from_json
from tests.cli.conftest import Shell


def test_json_is_a_spec(finished: Shell) -> None:
    spec = spec_from_json(finished("compile", ".").out, at="stdout")
    assert [node.id for node in spec.nodes] == ["number", "scaled", "report"]


def test_yaml_holds_the_same(finished: Shell) -> None:
    assert yaml.safe_load(finished("compile", ".", "--format", "yaml").out) == finished("compile", ".").document


def test_it_writes_to_a_file(finished: Shell) -> None:
    ended = finished("compile", ".", "-o", "spec.json")
    assert ended.out == "spec.json\n"
    assert (finished.folder / "spec.json").read_text() == finished("compile", ".").out


@pytest.mark.parametrize("place", ["pipeline.py/spec.json", "nowhere/spec.json", "."])
def test_a_place_that_cannot_be_written_ends_with_5(finished: Shell, place: str) -> None:
    ended = finished("compile", ".", "-o", place)
    assert ended.code == 5
    assert ended.err.startswith(f"{place}: cannot write: ")
    assert "Traceback" not in ended.err
