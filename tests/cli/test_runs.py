"""`penstock runs`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell
from tests.cli.test_run import shown


def test_ls_lists_newest_first(finished: Shell) -> None:
    lines = finished("runs", "ls").lines
    assert lines[0].split() == ["RUN", "PIPELINE", "STATE", "STARTED", "TOOK"]
    assert [line.split()[:3] for line in lines[1:]] == [
        ["4", "failing", "failed"],
        ["3", "calculation", "succeeded"],
        ["2", "calculation", "succeeded"],
        ["1", "calculation", "succeeded"],
    ]


def test_ls_of_one_pipeline(finished: Shell) -> None:
    assert len(finished("runs", "ls", "--pipeline", "failing").lines) == 2


def test_ls_with_a_limit(finished: Shell) -> None:
    assert len(finished("runs", "ls", "--limit", "2").lines) == 3


def ids_hidden(lines: list[str]) -> list[str]:
    return [line[: line.index(" 01")] if " 01" in line else line for line in lines]


def test_show_names_parameters_nodes_and_outputs(finished: Shell) -> None:
    lines = ids_hidden(shown(finished("runs", "show", "1").out))
    assert lines[0].startswith("calculation · run 1 · succeeded · 20")
    assert lines[1:] == [
        "  x = 4",
        "  number   ok   T",
        "                        output: Integer",
        "  scaled   ok   T",
        "                        output: Integer",
        "  report   ok   T",
        "                        page: JsonValue",
    ]


def test_show_of_a_cached_and_a_partial_run(finished: Shell) -> None:
    assert "  number   cached      run 1" in finished("runs", "show", "2").lines
    assert finished("runs", "show", "3").lines[-1].split() == ["report", "skipped", "not", "asked", "for"]


def test_show_of_a_failed_run_has_messages_and_the_way_to_the_log(finished: Shell) -> None:
    out = finished("runs", "show", "4").out
    assert "ValueError: no such luck, not even in the second line   (failing.py:12 bad)" in out
    assert "log: penstock logs 4 bad\n" in out
    assert "Hint: fill it" in out
    assert "Traceback" not in out


def test_show_by_id(finished: Shell) -> None:
    name = finished("runs", "ls", "--json").document[-1]["id"]
    assert finished("runs", "show", name).out == finished("runs", "show", "1").out


@pytest.mark.parametrize("run", ["99", "nonsense", "99999999999999999999", "-1", "²"])
def test_a_run_that_is_not_there_ends_with_2(finished: Shell, run: str) -> None:
    ended = finished("runs", "show", "--", run)
    assert ended.code == 2
    assert ended.err == f"no run {run}\n  Hint: penstock runs ls\n"


def test_the_hint_has_the_root(finished: Shell, shell: Shell) -> None:
    root = str(finished.folder / ".penstock")
    ended = shell("runs", "show", "99", "--root", root)
    assert ended.err == f"no run 99\n  Hint: penstock runs ls --root {root}\n"
