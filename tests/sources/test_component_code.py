from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.components import CsvExampleGen, Pusher, Trainer
from penstock.dsl.component import Component
from penstock.errors import DefinitionError
from penstock.sources import component_code
from penstock.sources.component_code import component_digest, component_files
from penstock.sources.imports import imported_files
from penstock.sources.project import Project

PACKAGE = {
    "own_package/__init__.py": "",
    "own_package/cards/__init__.py": "",
    "own_package/cards/component.py": (
        "from penstock.dsl.component import Component\n"
        "class Cards(Component):\n    executor = 'own_package.cards.executor:Executor'\n"
    ),
    "own_package/cards/executor.py": "from ..text import (\n    layout,\n    words,\n)\n"
    "raise RuntimeError('imported')\n",
    "own_package/text/layout.py": "import own_package.deep\n",
    "own_package/text/words.py": "",
    "own_package/text/other.py": "",
    "own_package/deep.py": "",
    "own_package/unrelated.py": "",
}
REACHED = {
    "own_package/__init__.py",
    "own_package/cards/__init__.py",
    "own_package/cards/component.py",
    "own_package/cards/executor.py",
    "own_package/deep.py",
    "own_package/text/layout.py",
    "own_package/text/words.py",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "own_package"]:
        del sys.modules[name]
    forget()


def forget() -> None:
    for cached in (component_digest, component_code._installed, component_code._content, component_code._digest):
        cached.cache_clear()
    component_code._mentioned.cache_clear()


def load() -> type[Component]:
    found: type[Component] = importlib.import_module("own_package.cards.component").Cards
    return found


def test_reaches_what_the_executor_imports_without_importing_it(package: Path) -> None:
    assert set(component_files(load())) == REACHED


@pytest.mark.parametrize("file", sorted(PACKAGE))
def test_digest_changes_with_reached_files_only(package: Path, file: str) -> None:
    before = component_digest(load())
    with (package / file).open("a") as edited:
        edited.write("X = 1\n")
    forget()

    assert (component_digest(load()) != before) == (file in REACHED)


def test_executor_given_as_a_class(package: Path) -> None:
    (package / "own_package/cards/component.py").write_text(
        "from penstock.dsl.component import Component\nfrom own_package.deep import Work\n"
        "class Cards(Component):\n    executor = Work\n"
    )
    (package / "own_package/deep.py").write_text("class Work:\n    def run(self, node, context): pass\n")

    assert "own_package/deep.py" in component_files(load())


def test_component_without_a_file_is_refused() -> None:
    kind = type("Loose", (Component,), {"executor": "nowhere:Executor", "__module__": "sys"})

    with pytest.raises(DefinitionError, match="has no file"):
        component_digest(kind)


def test_standard_components_do_not_depend_on_each_other() -> None:
    files = component_files(Trainer)

    assert "penstock/components/trainer/executor.py" in files
    assert not [file for file in files if "/pusher/" in file or file.startswith("penstock/dsl/")]
    assert "penstock/components/__init__.py" not in files
    assert component_digest(Trainer) != component_digest(Pusher)


@pytest.mark.parametrize("component", [CsvExampleGen, Trainer, Pusher])
def test_text_search_finds_every_import_that_parsing_finds(component: type[Component]) -> None:
    files = component_files(component)
    project = Project(Path(component_code._installed("penstock").folder))
    for file in files:
        parsed = [found for found in imported_files(project, file) if component_code._counts(found, "penstock")]
        assert set(parsed) <= set(files), file


def test_no_executor_and_no_heavy_library_is_loaded() -> None:
    code = (
        "import sys, penstock.components as c\nfrom penstock.sources.component_code import component_digest\n"
        "from penstock.sources.fingerprint import fingerprint\nfrom penstock.sources.snapshot import take_snapshot\n"
        "[component_digest(getattr(c, name)) for name in c.__all__]\n"
        "print([m for m in sys.modules if m.endswith('.executor') or m.split('.')[0] in "
        "('tensorflow', 'apache_beam', 'sqlalchemy', 'numpy', 'pyarrow')])"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
