from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.project import find_project


def test_the_file_of_the_folder_or_of_the_nearest_one_above(tmp_path: Path) -> None:
    (tmp_path / "penstock.yaml").write_text("root: out\nstore: sqlite:///x.db\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    found = find_project(inner)
    assert (found.file, found.root, found.store) == (tmp_path / "penstock.yaml", tmp_path / "out", "sqlite:///x.db")
    (inner / "penstock.yaml").write_text("root: /abs\n")
    assert find_project(inner).root == Path("/abs")
    assert find_project(inner).store is None


def test_no_file_says_nothing(tmp_path: Path) -> None:
    found = find_project(tmp_path)
    assert (found.root, found.store) == (None, None)


@pytest.mark.parametrize(
    ("text", "kind", "pattern"),
    [
        ("rooot: x\n", UnknownNameError, r'penstock.yaml:1: unknown key "rooot"(?s:.*)did you mean "root"'),
        ("store: x\nroot: 3\n", DefinitionError, r'penstock.yaml:2: "root"\n  received 3'),
        ("[a]\n", DefinitionError, "a project file"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, kind: type[Exception], pattern: str) -> None:
    (tmp_path / "penstock.yaml").write_text(text)
    with pytest.raises(kind, match=pattern):
        find_project(tmp_path)
