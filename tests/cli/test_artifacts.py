"""`penstock artifacts`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import CALCULATION, Shell


def test_ls_lists_newest_first(finished: Shell) -> None:
    lines = finished("artifacts", "ls").lines
    assert lines[0].split() == ["ID", "TYPE", "RUN", "MADE", "BY", "SIZE", "URI"]
    assert [line.split()[1:6] for line in lines[1:]] == [
        ["Integer", "4", "good.output", "1", "B"],
        ["Integer", "3", "scaled.output", "2", "B"],
        ["Integer", "3", "number.output", "1", "B"],
        ["JsonValue", "1", "report.page", "7", "B"],
        ["Integer", "1", "scaled.output", "2", "B"],
        ["Integer", "1", "number.output", "1", "B"],
    ]
    assert all(Path(line.split()[-1]).is_dir() for line in lines[1:])


@pytest.mark.parametrize(
    ("options", "count"),
    [(["--type", "JsonValue"], 1), (["--node", "number"], 2), (["--limit", "1"], 1), (["--property", "span=3"], 0)],
)
def test_ls_with_conditions(finished: Shell, options: list[str], count: int) -> None:
    assert len(finished("artifacts", "ls", *options, "--json").document) == count


def test_a_property_that_is_no_pair_ends_with_2(finished: Shell) -> None:
    ended = finished("artifacts", "ls", "--property", "span")
    assert ended.code == 2
    assert ended.err == "--property is not a pair\n  received span\n  expected NAME=VALUE\n"


def test_show_by_the_beginning_of_an_id(finished: Shell) -> None:
    first = finished("artifacts", "ls", "--json").document[0]
    out = finished("artifacts", "show", first["id"][:-1]).out
    assert first["id"] in out
    assert "failing, run 4, good.output" in out
    assert first["digest"] in out


def test_show_of_an_ambiguous_id_ends_with_2(finished: Shell) -> None:
    ended = finished("artifacts", "show", "0")
    assert ended.code == 2
    assert "give more of its id" in ended.err


def test_show_of_what_is_not_there_ends_with_2(finished: Shell) -> None:
    ended = finished("artifacts", "show", "zzz")
    assert ended.code == 2
    assert ended.err == "no artifact zzz\n  Hint: penstock artifacts ls\n"


def test_verify_all(finished: Shell) -> None:
    assert finished("artifacts", "verify").out == "6 artifacts: all as they were published\n"


def test_verify_one(finished: Shell) -> None:
    first = finished("artifacts", "ls", "--json").document[0]["id"]
    assert finished("artifacts", "verify", first).out == "1 artifact: all as they were published\n"


@pytest.mark.parametrize("damage", ["changed", "missing", "more"])
def test_verify_finds_damage_and_ends_with_1(shell: Shell, damage: str) -> None:
    shell.write(pipeline_py=CALCULATION)
    shell("run", ".", "--to", "number")
    (artifact,) = shell("artifacts", "ls", "--json").document
    if damage == "changed":
        Path(artifact["uri"], "value").write_text("5")
    elif damage == "missing":
        shutil.rmtree(artifact["uri"])
    else:
        Path(artifact["uri"], "value2").write_text("5")
    ended = shell("artifacts", "verify")
    assert ended.code == 1
    assert ended.err.startswith(f"1 of 1 artifact not as published\n  received {artifact['id']}: ")
    assert ended.err.endswith(f"Hint: what was made of it: penstock lineage {artifact['id']} --down\n")
    assert shell("artifacts", "verify", "--json").document["problems"].keys() == {artifact["id"]}
