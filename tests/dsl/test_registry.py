from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from penstock.components import CsvExampleGen
from penstock.dsl import registry
from penstock.dsl.registry import STANDARD, components_in, load_component, load_object, origin_of
from penstock.dsl.user_code import load_module, load_user_function, user_frame
from penstock.errors import DefinitionError, NotFoundError, UnknownNameError

CARDS = """
from penstock import Component, Output, component, output
from penstock.artifacts import Model
from penstock.components import CsvExampleGen
import cards_helper

@component
def card(title: str) -> str:
    return title

class Train(Component):
    model: Output[Model] = output()
    executor = "x:y"
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    path, modules = list(sys.path), set(sys.modules)
    (tmp_path / "cards.py").write_text(CARDS)
    (tmp_path / "cards_helper.py").write_text("")
    yield tmp_path
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("name", STANDARD)
def test_a_standard_component_is_found_by_name(name: str) -> None:
    kind = load_component(name, "standard", ".")
    assert kind.component_name() == name
    assert origin_of(kind, ".") == "standard"


def test_a_projects_component_is_found_in_its_file(project: Path) -> None:
    kind = load_component("card", "project:cards.py", project)
    assert list(kind.contract.parameters) == ["title"]
    assert origin_of(kind, project) == "project:cards.py"


def test_a_module_offers_only_what_it_defines(project: Path) -> None:
    assert set(components_in(load_module("cards.py", project))) == {"card", "Train"}


def test_an_unknown_component_gets_the_nearest_name(project: Path) -> None:
    with pytest.raises(UnknownNameError) as error:
        load_component("CsvExampelGen", "standard", project)
    assert error.value.hint == 'did you mean "CsvExampleGen"?'
    with pytest.raises(UnknownNameError, match='did you mean "card"'):
        load_component("cart", "project:cards.py", project)


def test_a_component_of_an_installed_package_comes_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("Gen", "penstock.components.csv_example_gen.component:CsvExampleGen", "penstock.components")
    monkeypatch.setattr(registry, "packaged", lambda: {"Gen": point})
    assert load_component("Gen", "package:some", ".") is CsvExampleGen


def test_a_name_is_never_a_path_to_import() -> None:
    for origin in ("standard", "package:os", "module:os"):
        with pytest.raises(UnknownNameError):
            load_component("os.system", origin, ".")


def test_a_module_is_imported_once_under_its_dotted_name(project: Path) -> None:
    (project / "inner").mkdir()
    (project / "inner" / "part.py").write_text("x = 1\n")
    module = load_module("inner/part.py", project)
    assert module.__name__ == "inner.part"
    assert load_module(project / "inner" / "part.py", project) is module


def test_a_file_that_is_not_there(project: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no file gone.py"):
        load_module("gone.py", project)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x = 1\nraise ValueError('no')\n", "bad.py:2 <module>: bad.py raises when it is imported: ValueError: no"),
        ("def f(:\n", "bad.py:1: bad.py raises when it is imported: SyntaxError"),
        ("import sys\nsys.exit(1)\n", "bad.py:2 <module>: bad.py raises when it is imported: SystemExit"),
        ("import gone_module\n", "bad.py:1 <module>: bad.py raises when it is imported: ModuleNotFoundError"),
    ],
)
def test_a_module_that_raises_is_named_with_its_line(project: Path, text: str, shown: str) -> None:
    (project / "bad.py").write_text(text)
    with pytest.raises(DefinitionError) as error:
        load_module("bad.py", project)
    assert str(error.value).startswith(shown)


def test_a_users_function_is_loaded(project: Path) -> None:
    (project / "model.py").write_text("def run_fn(a): return a\n")
    assert load_user_function(str(project / "model.py"), "run_fn")(3) == 3
    with pytest.raises(UnknownNameError, match=r'model.py has no function "run_fm"(?s:.*)did you mean "run_fn"'):
        load_user_function(str(project / "model.py"), "run_fm")


def test_the_users_frame_is_the_innermost_one_of_the_project(project: Path) -> None:
    (project / "deep.py").write_text("import json\ndef f():\n    json.loads('{')\n")
    with pytest.raises(ValueError) as error:
        load_user_function(str(project / "deep.py"), "f")()
    assert user_frame(error.value, project) == ("deep.py:3 f", "json.loads('{')")
    assert user_frame(ValueError(), project) == (None, "")


def test_objects_are_named_by_module_and_name() -> None:
    assert load_object("penstock.components.csv_example_gen.component:CsvExampleGen") is CsvExampleGen
