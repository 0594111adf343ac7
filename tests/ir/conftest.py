from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from penstock.errors import PenstockError
from penstock.ir.definition import Definition, load_definition

PARTS = '''
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from penstock import CodeRef, Component, Input, InputPath, Output, UserCode, component, output
from penstock.artifacts import Examples, Integer, JsonValue, Model, ModelBlessing


@dataclass(frozen=True)
class Args:
    steps: int = 10
    splits: tuple[str, ...] = ("train",)
    rate: float = 0.1


class Gen(Component):
    """Reads examples."""

    input_base: InputPath
    nulls: list[str] = []
    examples: Output[Examples] = output()
    executor = "parts:none"


class Train(Component):
    """Trains."""

    examples: Input[Examples]
    base: Input[Model] | None = None
    module_file: Annotated[str, UserCode("run_fn")] = "model.py"
    hook: CodeRef | None = None
    args: Args = Args()
    mode: Literal["fast", "exact"] = "fast"
    extra: dict[str, Any] | None = None
    model: Output[Model] = output()
    executor = "parts:none"
    version = "3"


class Merge(Component):
    """Merges."""

    examples: Input[list[Examples]]
    merged: Output[Examples] = output()
    executor = "parts:none"


class Push(Component):
    """Pushes."""

    model: Input[Model]
    blessing: Input[ModelBlessing] | None
    where: str = "serving"
    executor = "parts:none"
    effect = True


@component
def size(model: Input[Model], unit: int = 1) -> int:
    return model.bytes // unit


@component
def card(model: Input[Model], title: str, card: Output[JsonValue]) -> None:
    card.value = {"title": title}
'''

MODEL = """
def run_fn(args):
    pass


def hook_fn(args):
    pass
"""


class Project:
    """A folder with components, user code and data, and whatever a test writes into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("parts.py", PARTS)
        self.write("model.py", MODEL)
        self.write("data/a.csv", "x\n1\n")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def yaml(self, text: str, build: Mapping[str, str] | None = None) -> Definition:
        return load_definition(self.write("pipeline.yaml", text), build=build)

    def nodes(self, text: str, params: str = "{}") -> Definition:
        """A definition whose nodes begin in line 5 (`  gen:` stands in line 6)."""
        head = f"pipeline: p\nparams: {params}\ncomponents: [parts.py]\n\nnodes:\n"
        return self.yaml(head + dedent(text).strip("\n").replace("\n", "\n  ").join(("  ", "\n")))

    def python(self, text: str, **build: str) -> Definition:
        head = "from penstock import *\nfrom parts import *\n"
        return load_definition(self.write("pipeline.py", head + dedent(text)), build=build)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def message(error: pytest.ExceptionInfo[PenstockError]) -> str:
    assert error.value.exit_code == 2
    return str(error.value)
