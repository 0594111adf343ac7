"""External data: what is digested, what is not, and what happens when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import DataError, NotFoundError
from penstock.orchestration.external_data import ExternalData


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.csv").write_text("1")
    (folder / "deep" / "b.csv").write_text("2")
    return folder


def test_the_digest_is_that_of_names_below_and_bytes(data: Path, tmp_path: Path) -> None:
    before = ExternalData.read(str(data))
    moved = data.rename(tmp_path / "elsewhere")
    assert ExternalData.read(str(moved)).digest == before.digest
    (moved / "a.csv").rename(moved / "c.csv")
    assert ExternalData.read(str(moved)).digest != before.digest


def test_a_glob_reads_what_it_matches(data: Path) -> None:
    every = ExternalData.read(str(data / "**" / "*.csv"))
    assert every.digest == ExternalData.read(str(data)).digest
    top = ExternalData.read(str(data / "*.csv"))
    assert top.shown == "1 file, 1 bytes"
    (data / "deep" / "b.csv").write_text("3")
    assert ExternalData.read(str(data / "*.csv")).digest == top.digest


def test_hidden_files_are_no_data(data: Path) -> None:
    before = ExternalData.read(str(data)).digest
    (data / ".DS_Store").write_text("x")
    assert ExternalData.read(str(data)).digest == before


@pytest.mark.parametrize("path", ["missing", "missing/*.csv", "empty"])
def test_no_data_says_where(tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError) as error:
        ExternalData.read(str(tmp_path / path))
    assert error.value.at == str(tmp_path / path)


def test_touching_changes_nothing_but_bytes_do(data: Path) -> None:
    known = ExternalData.read(str(data))
    (data / "a.csv").touch()
    known.check_unchanged()
    (data / "a.csv").write_text("9")
    with pytest.raises(DataError):
        known.check_unchanged()


def test_a_new_file_is_a_change(data: Path) -> None:
    known = ExternalData.read(str(data))
    (data / "new.csv").write_text("9")
    with pytest.raises(DataError):
        known.check_unchanged()
