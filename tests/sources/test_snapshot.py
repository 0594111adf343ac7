from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from penstock.errors import DataError, DefinitionError, NotFoundError, StorageError
from penstock.sources import snapshot
from penstock.sources.snapshot import reached_files, sources_digest, take_snapshot

from .conftest import Write

PROJECTS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "absolute": ({"model.py": "import helpers\n", "helpers.py": "", "other.py": ""}, ("helpers.py", "model.py")),
    "name_of_a_module": (
        {
            "model.py": "from pkg.sub import deep\n",
            "pkg/__init__.py": "",
            "pkg/sub/__init__.py": "",
            "pkg/sub/deep.py": "",
        },
        ("model.py", "pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/deep.py"),
    ),
    "name_in_a_package": (
        {
            "model.py": "from pkg import scale\n",
            "pkg/__init__.py": "from .a import scale\n",
            "pkg/a.py": "",
            "pkg/b.py": "",
        },
        ("model.py", "pkg/__init__.py", "pkg/a.py"),
    ),
    "dotted": (
        {"model.py": "import pkg.a\n", "pkg/__init__.py": "", "pkg/a.py": ""},
        ("model.py", "pkg/__init__.py", "pkg/a.py"),
    ),
    "namespace_package": ({"model.py": "import ns.deep.a\n", "ns/deep/a.py": ""}, ("model.py", "ns/deep/a.py")),
    "name_in_a_namespace_package": ({"model.py": "from ns import a\n", "ns/a.py": ""}, ("model.py", "ns/a.py")),
    "relative_up": (
        {
            "model.py": "import p.q.a\n",
            "p/__init__.py": "",
            "p/q/__init__.py": "",
            "p/q/a.py": "from ..b import x\n",
            "p/b.py": "",
        },
        ("model.py", "p/__init__.py", "p/b.py", "p/q/__init__.py", "p/q/a.py"),
    ),
    "relative_module": (
        {"model.py": "import p.a\n", "p/__init__.py": "", "p/a.py": "from . import b\n", "p/b.py": ""},
        ("model.py", "p/__init__.py", "p/a.py", "p/b.py"),
    ),
    "conditional": (
        {
            "model.py": "try:\n    import fast\nexcept ImportError:\n    import slow as fast\n",
            "fast.py": "",
            "slow.py": "",
        },
        ("fast.py", "model.py", "slow.py"),
    ),
    "in_a_function": ({"model.py": "def f():\n    import lazy\n", "lazy.py": ""}, ("lazy.py", "model.py")),
    "transitive": (
        {"model.py": "import a\n", "a.py": "import b\n", "b.py": "import c\n", "c.py": ""},
        ("a.py", "b.py", "c.py", "model.py"),
    ),
    "circular": ({"model.py": "import a\n", "a.py": "import model\n"}, ("a.py", "model.py")),
    "star_of_a_package": (
        {"model.py": "from p import *\n", "p/__init__.py": "__all__ = ['a']\n", "p/a.py": ""},
        ("model.py", "p/__init__.py", "p/a.py"),
    ),
    "package_before_module": (
        {"model.py": "import a\n", "a.py": "", "a/__init__.py": ""},
        ("a/__init__.py", "model.py"),
    ),
    "project_file_hides_the_standard_library": (
        {"model.py": "import random\n", "random.py": ""},
        ("model.py", "random.py"),
    ),
    "built_in_module_cannot_be_hidden": ({"model.py": "import sys\n", "sys.py": ""}, ("model.py",)),
    "by_string": (
        {
            "model.py": "import importlib\nm = importlib.import_module('plugins.' + NAME)\n",
            "plugins/a.py": "",
            "plugins/b.py": "",
        },
        ("model.py", "plugins/a.py", "plugins/b.py"),
    ),
    "dunder_import": ({"model.py": "__import__('helpers')\n", "helpers.py": ""}, ("helpers.py", "model.py")),
    "string_without_dynamic_import": ({"model.py": "NAME = 'helpers'\n", "helpers.py": ""}, ("model.py",)),
    "type_checking": (
        {
            "model.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import types_only\n",
            "types_only.py": "",
        },
        ("model.py",),
    ),
    "else_of_type_checking": (
        {
            "model.py": "import typing\nif typing.TYPE_CHECKING:\n    import a\nelse:\n    import b\n",
            "a.py": "",
            "b.py": "",
        },
        ("b.py", "model.py"),
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_reaches_what_python_would_import(write: Write, name: str) -> None:
    files, expected = PROJECTS[name]

    assert reached_files(write(files), [Path("model.py")]) == expected


def test_definition_that_is_not_python_stands_for_itself(write: Write) -> None:
    folder = write({"pipeline.yaml": "pipeline: x\n", "cards.py": "import helpers\n", "helpers.py": ""})

    assert reached_files(folder, [Path("pipeline.yaml"), folder / "cards.py"]) == (
        "cards.py",
        "helpers.py",
        "pipeline.yaml",
    )


def test_file_in_a_package_brings_the_package(write: Write) -> None:
    folder = write({"p/__init__.py": "import helpers\n", "p/model.py": "", "helpers.py": ""})

    assert reached_files(folder, [Path("p/model.py")]) == ("helpers.py", "p/__init__.py", "p/model.py")


def test_no_roots_reach_nothing(tmp_path: Path) -> None:
    assert reached_files(tmp_path, []) == ()


def test_root_outside_the_project_is_refused(write: Write) -> None:
    folder = write({"model.py": ""})
    (folder.parent / "outside.py").write_text("")

    with pytest.raises(DefinitionError, match="outside the project") as caught:
        reached_files(folder, [Path("../outside.py")])
    assert caught.value.hint


def test_missing_root_is_named(write: Write) -> None:
    with pytest.raises(NotFoundError, match=r"no file modle\.py"):
        reached_files(write({"model.py": ""}), [Path("modle.py")])


def test_syntax_error_names_file_and_line(write: Write) -> None:
    folder = write({"model.py": "import helpers\n", "helpers.py": "x = 1\ndef f(:\n"})

    with pytest.raises(DefinitionError) as caught:
        reached_files(folder, [Path("model.py")])
    assert caught.value.at == "helpers.py:2"


def test_bytes_that_are_no_text_are_a_definition_error(write: Write) -> None:
    folder = write({"model.py": ""})
    (folder / "model.py").write_bytes(b"x = '\xff\xfe'\n")

    with pytest.raises(DefinitionError):
        reached_files(folder, [Path("model.py")])


def test_invalid_escape_does_not_warn(write: Write) -> None:
    assert reached_files(write({"model.py": "PATTERN = '\\d'\n"}), [Path("model.py")]) == ("model.py",)


def test_digest_depends_on_paths_and_bytes_only(write: Write, tmp_path: Path) -> None:
    folder = write({"a.py": "1", "b.py": "2"})
    digest = sources_digest(folder, ["a.py", "b.py"])
    elsewhere = folder.rename(tmp_path / "elsewhere")

    assert sources_digest(elsewhere, ["b.py", "a.py"]) == digest
    assert sources_digest(elsewhere, ["a.py"]) != digest
    (elsewhere / "b.py").write_text("3")
    assert sources_digest(elsewhere, ["a.py", "b.py"]) != digest


def test_snapshot_holds_the_bytes_under_their_digest(write: Write, tmp_path: Path) -> None:
    folder = write({"model.py": "import p.a\n", "p/__init__.py": "", "p/a.py": "X = 1\n"})
    files = reached_files(folder, [Path("model.py")])

    target = take_snapshot(folder, files, tmp_path / "root")

    assert target == tmp_path / "root" / "sources" / sources_digest(folder, files).removeprefix("sha256:")
    assert {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()} == set(files)
    assert (target / "p/a.py").read_text() == "X = 1\n"
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_snapshot_is_for_its_owner_alone(write: Write, tmp_path: Path) -> None:
    target = take_snapshot(write({"p/a.py": ""}), ["p/a.py"], tmp_path / "root")

    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert stat.S_IMODE((target / "p").stat().st_mode) == 0o700
    assert stat.S_IMODE((target / "p/a.py").stat().st_mode) == 0o600


def test_pipeline_without_user_code_has_an_empty_snapshot(tmp_path: Path) -> None:
    first = take_snapshot(tmp_path, [], tmp_path / "root")

    assert list(first.iterdir()) == []
    assert take_snapshot(tmp_path, [], tmp_path / "root") == first


def test_second_snapshot_writes_nothing(write: Write, tmp_path: Path) -> None:
    folder = write({"a.py": "1"})
    first = take_snapshot(folder, ["a.py"], tmp_path / "root")
    before = (first / "a.py").stat().st_ino

    assert take_snapshot(folder, ["a.py"], tmp_path / "root") == first
    assert (first / "a.py").stat().st_ino == before


@pytest.mark.parametrize("damage", ["edited", "removed", "folder_removed", "link"])
def test_damaged_snapshot_is_put_right(write: Write, tmp_path: Path, damage: str) -> None:
    folder = write({"p/a.py": "1", "b.py": "2"})
    target = take_snapshot(folder, ["p/a.py", "b.py"], tmp_path / "root")
    if damage == "edited":
        (target / "p/a.py").write_text("3")
    else:
        (target / "p/a.py").unlink()
    if damage == "folder_removed":
        (target / "p").rmdir()
    elif damage == "link":
        (target / "p/a.py").symlink_to(folder / "p/a.py")

    take_snapshot(folder, ["p/a.py", "b.py"], tmp_path / "root")

    assert sources_digest(target, ["p/a.py", "b.py"]) == sources_digest(folder, ["p/a.py", "b.py"])
    assert not (target / "p/a.py").is_symlink()


def test_edit_between_compiling_and_copying_is_told(write: Write, tmp_path: Path) -> None:
    folder = write({"a.py": "1"})
    expected = sources_digest(folder, ["a.py"])
    (folder / "a.py").write_text("2")

    with pytest.raises(DataError, match="changed while the run started"):
        take_snapshot(folder, ["a.py"], tmp_path / "root", expected=expected)
    assert not (tmp_path / "root").exists()


def test_edit_after_reading_does_not_get_into_the_snapshot(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write({"a.py": "1"})
    publish = snapshot._publish

    def edit_first(*args: object) -> None:
        (folder / "a.py").write_text("2")
        publish(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(snapshot, "_publish", edit_first)

    assert (take_snapshot(folder, ["a.py"], tmp_path / "root") / "a.py").read_text() == "1"


def test_failure_leaves_no_half_snapshot(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write({"a.py": "1", "b.py": "2"})
    fsync = os.fsync
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        take_snapshot(folder, ["a.py", "b.py"], tmp_path / "root")

    assert list((tmp_path / "root" / "sources").iterdir()) == []


def test_root_that_is_no_folder_is_a_storage_error(write: Write, tmp_path: Path) -> None:
    (tmp_path / "root").write_text("")

    with pytest.raises(StorageError):
        take_snapshot(write({"a.py": ""}), ["a.py"], tmp_path / "root")


def test_missing_file_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read"):
        take_snapshot(tmp_path, ["gone.py"], tmp_path / "root")


@pytest.mark.parametrize("name", ["../a.py", "/etc/passwd", "."])
def test_path_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises((ValueError, StorageError)):
        take_snapshot(tmp_path, [name], tmp_path / "root")


def test_many_at_once_agree(write: Write, tmp_path: Path) -> None:
    folder = write({f"m{index}.py": f"X = {index}\n" for index in range(20)})
    files = [f"m{index}.py" for index in range(20)]
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(take_snapshot(folder, files, tmp_path / "root"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert sources_digest(found[0], files) == sources_digest(folder, files)
    assert list((tmp_path / "root" / "sources").iterdir()) == [found[0]]
