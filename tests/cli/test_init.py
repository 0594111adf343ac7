"""`penstock init`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell


def test_the_default_is_penguins(shell: Shell) -> None:
    ended = shell("init", "mine")
    assert ended.code == 0
    assert ended.lines[-1] == "next: penstock run mine"
    assert {path.name for path in (shell.folder / "mine").iterdir()} == {
        "README.md",
        "data",
        "model.py",
        "pipeline.py",
        "pipeline.yaml",
    }


@pytest.mark.parametrize("name", ["penguins", "digits"])
def test_what_was_made_can_be_planned(shell: Shell, name: str) -> None:
    shell("init", "a folder", "--from", name)
    ended = shell("plan", "a folder")
    assert ended.code == 0
    assert "to run" in ended.lines[0]


def test_what_was_made_points_to_no_file_of_this_repository(shell: Shell) -> None:
    shell("init", "mine")
    assert "$schema" not in (shell.folder / "mine" / "pipeline.yaml").read_text()


def test_the_next_command_is_quoted(shell: Shell) -> None:
    assert shell("init", "a folder").lines[-1] == "next: penstock run 'a folder'"


def test_an_unknown_pipeline_offers_the_nearest(shell: Shell) -> None:
    ended = shell("init", "mine", "--from", "penguin")
    assert (ended.code, ended.err) == (2, 'no shipped pipeline "penguin"\n  Hint: did you mean "penguins"?\n')
    assert not list(shell.folder.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(shell: Shell) -> None:
    shell.write(notes_txt="mine\n")
    ended = shell("init", ".")
    assert ended.code == 2
    assert [path.name for path in shell.folder.iterdir()] == ["notes.txt"]


def test_an_existing_file_is_left_alone(shell: Shell) -> None:
    shell.write(notes_txt="mine\n")
    ended = shell("init", "notes.txt")
    assert ended.code == 2
    assert ended.err.startswith("notes.txt is a file\n")
    assert (shell.folder / "notes.txt").read_text() == "mine\n"


def test_a_place_that_cannot_be_written_ends_with_5(shell: Shell) -> None:
    shell.write(notes_txt="mine\n")
    ended = shell("init", "notes.txt/below")
    assert ended.code == 5
    assert "cannot write" in ended.err
