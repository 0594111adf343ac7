"""The compiled form of every shipped pipeline. `PENSTOCK_REGENERATE=1 pytest tests/ir` writes it; CI refuses that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import penstock.pipelines
from penstock.ir.definition import load_definition
from penstock.ir.serialization import spec_from_json, spec_to_json, spec_to_plain
from tests.regenerate import regenerating

_GOLDEN = Path(__file__).parent / "golden"
_PIPELINES = Path(penstock.pipelines.__file__).parent
_FILES = sorted(p for suffix in ("py", "yaml") for p in _PIPELINES.glob(f"*/pipeline.{suffix}"))
_NAMES = sorted({file.parent.name for file in _FILES})


def test_the_shipped_pipelines_are_found() -> None:
    assert "penguins" in _NAMES


@pytest.mark.parametrize("name", _NAMES)
def test_it_compiles_to_its_golden_form(name: str) -> None:
    file = next(file for file in _FILES if file.parent.name == name)
    spec = load_definition(file).spec
    golden = _GOLDEN / f"{name}.json"
    if regenerating():
        golden.write_text(spec_to_json(spec), encoding="utf-8")
    plain, kept = spec_to_plain(spec), json.loads(golden.read_text(encoding="utf-8"))
    for node in [*plain["nodes"], *kept["nodes"]]:
        node.pop("at")  # a moved line is no change of the pipeline
    # What is in the user's files is the digest's business; the golden form is about the wiring.
    assert {**plain, "sources": ""} == {**kept, "sources": ""}


@pytest.mark.parametrize("name", [n for n in _NAMES if len([f for f in _FILES if f.parent.name == n]) == 2])
def test_python_and_yaml_compile_to_the_same_spec(name: str) -> None:
    python, yaml = (load_definition(file).spec for file in _FILES if file.parent.name == name)
    assert python == yaml


@pytest.mark.parametrize("golden", sorted(_GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_form_stays_readable(golden: Path) -> None:
    spec = spec_from_json(golden.read_bytes(), at=golden.name)
    assert spec_to_json(spec) == golden.read_text(encoding="utf-8")
