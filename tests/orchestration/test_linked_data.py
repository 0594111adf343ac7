"""External data behind links, hidden, or under names that look like patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.errors import DataError, NotFoundError
from penstock.orchestration.external_data import ExternalData


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "a.csv").write_text("1\n")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def digest(path: Path) -> str:
    return ExternalData.read(str(path)).digest


def test_a_linked_file_counts_by_what_it_leads_to(data: Path, elsewhere: Path) -> None:
    (data / "a.csv").symlink_to(elsewhere / "a.csv")
    before = ExternalData.read(str(data))
    assert before.digest == digest(elsewhere)
    (elsewhere / "a.csv").write_text("2\n")
    assert digest(data) != before.digest
    with pytest.raises(DataError, match="changed while"):
        before.check_unchanged()


def test_the_files_of_a_linked_folder_count(data: Path, elsewhere: Path) -> None:
    (data / "train").symlink_to(elsewhere)
    before = digest(data)
    (elsewhere / "a.csv").write_text("2\n")
    assert digest(data) != before


def test_links_that_lead_round_in_a_circle_end(data: Path, elsewhere: Path) -> None:
    (data / "there").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(data)
    assert ExternalData.read(str(data)).shown == "1 file, 2 bytes"


def test_hidden_files_in_a_folder_are_no_data(data: Path) -> None:
    (data / "a.csv").write_text("1\n")
    before = digest(data)
    (data / ".a.csv.swp").write_text("x")
    (data / ".git").mkdir()
    (data / ".git" / "HEAD").write_text("x")
    assert digest(data) == before


def test_a_hidden_file_that_is_named_is_data(data: Path) -> None:
    (data / ".rows").write_text("1\n")
    before = digest(data / ".rows")
    (data / ".rows").write_text("2\n")
    assert digest(data / ".rows") != before


def test_a_broken_link_is_no_data(data: Path) -> None:
    (data / "a.csv").symlink_to(data / "nowhere")
    with pytest.raises(NotFoundError):
        ExternalData.read(str(data))


def test_a_folder_may_have_any_name(data: Path) -> None:
    odd = data / "a[1]"
    odd.mkdir()
    (odd / "a.csv").write_text("1\n")
    assert ExternalData.read(str(odd)).shown == "1 file, 2 bytes"
