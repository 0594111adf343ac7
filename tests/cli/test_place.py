"""Where a command looks for the store."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.conftest import Shell

READERS = ["runs ls", "runs show 1", "artifacts ls", "artifacts show x", "artifacts verify", "lineage x", "logs 1 x"]


@pytest.mark.parametrize("line", READERS)
def test_without_a_store_the_message_says_what_to_do(shell: Shell, line: str) -> None:
    ended = shell(*line.split())
    assert ended.code == 2
    assert ended.err.startswith(f"{shell.folder / '.penstock'}: no metadata store\n  Hint: a run makes one;")
    assert not list(shell.folder.iterdir())


def test_a_store_nearby_is_offered(finished: Shell, shell: Shell) -> None:
    place = shell.folder / "my project" / ".penstock"
    place.mkdir(parents=True)
    shutil.copy(finished.folder / ".penstock" / "metadata.db", place)
    ended = shell("runs", "ls")
    assert ended.code == 2
    assert ended.err.endswith("say which: --root 'my project/.penstock'\n")
    assert shell("runs", "ls", "--root", "my project/.penstock").code == 0


def test_penstock_yaml_above_names_the_root(finished: Shell) -> None:
    folder = finished.folder / "deep" / "below"
    folder.mkdir(parents=True)
    (finished.folder / "deep" / "penstock.yaml").write_text("root: ../.penstock\n")
    assert Shell(folder)("runs", "ls").out == finished("runs", "ls").out


def test_a_store_by_url(finished: Shell, shell: Shell) -> None:
    url = f"sqlite:///{finished.folder}/.penstock/metadata.db"
    assert shell("runs", "ls", "--store", url).out == finished("runs", "ls").out


@pytest.mark.parametrize("url", ["sqlite:relative.db", "mysql://x/y", "nonsense"])
def test_a_wrong_url_ends_with_2(shell: Shell, url: str) -> None:
    ended = shell("runs", "ls", "--store", url)
    assert ended.code == 2
    assert "Traceback" not in ended.err


def test_a_server_that_is_not_there_ends_with_5(shell: Shell) -> None:
    ended = shell("runs", "ls", "--store", "postgresql://nobody:secret@127.0.0.1:1/none")
    assert ended.code == 5
    assert "secret" not in ended.err
