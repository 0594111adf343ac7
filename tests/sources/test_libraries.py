from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from penstock.sources.libraries import library_version


def test_version_of_a_package_named_like_its_distribution() -> None:
    assert library_version("numpy") == version("numpy")


def test_distribution_of_another_name() -> None:
    assert library_version("yaml") == f"PyYAML {version('PyYAML')}"


def test_shared_folder_names_all_its_distributions() -> None:
    found = library_version("google")

    assert f"protobuf {version('protobuf')}" in found.split(", ")


def test_not_installed() -> None:
    assert library_version("no_such_package") == "not installed"


def test_nothing_is_imported() -> None:
    before = set(sys.modules)
    library_version("tensorflow")

    assert set(sys.modules) - before <= {name for name in sys.modules if name.split(".")[0] in sys.stdlib_module_names}


@pytest.mark.parametrize("file", ["own_library/__init__.py", "own_module.py"])
def test_code_without_a_version_is_told_by_its_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("X = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    top = file.partition("/")[0].removesuffix(".py")
    before = library_version(top)
    path.write_text("X = 2\n")

    assert before.startswith("content ")
    assert library_version(top) != before


def test_editable_install_is_told_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "edited_library").mkdir()
    (tmp_path / "edited_library/__init__.py").write_text("X = 1\n")
    info = tmp_path / "edited_library-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: edited_library\nVersion: 1.0\n")
    (info / "RECORD").write_text("edited_library/__init__.py,,\n")
    (info / "direct_url.json").write_text('{"url": "file:///src", "dir_info": {"editable": true}}')
    monkeypatch.syspath_prepend(tmp_path)

    before = library_version("edited_library")
    (tmp_path / "edited_library/__init__.py").write_text("X = 2\n")

    assert before.startswith("content ")
    assert library_version("edited_library") != before
