"""`penstock plan`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import CALCULATION, Shell


def test_a_first_plan_runs_all_and_writes_nothing(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    before = sorted(shell.folder.iterdir())
    ended = shell("plan", ".")
    assert ended.code == 0
    assert ended.lines == [
        "calculation · 3 nodes: 3 to run",
        "  number   run   first run",
        "  scaled   run   first run",
        "  report   run   first run",
    ]
    assert [path for path in sorted(shell.folder.iterdir()) if path.name != "__pycache__"] == before


def test_a_cached_plan_names_the_run(finished: Shell) -> None:
    assert finished("plan", ".", "--to", "number").lines[1] == "  number   cached     run 1"


def test_a_plan_says_why_and_what_follows(finished: Shell) -> None:
    assert finished("plan", ".", "--set", "x=6").lines == [
        "calculation · 3 nodes: 3 to run",
        "  number   run   param x: 5 -> 6",
        "  scaled   run   follows number (cached if its output turns out the same)",
        "  report   run   follows number, scaled (cached if its output turns out the same)",
    ]


def test_a_partial_plan_says_what_is_left_out(finished: Shell) -> None:
    lines = finished("plan", ".", "--to", "scaled").lines
    assert lines[0] == "calculation · 3 nodes: 2 cached, 1 left out"
    assert lines[3] == "  report   excluded   not asked for"


def test_an_edited_function_is_named(finished: Shell, tmp_path: Path) -> None:
    shutil.copy(finished.folder / ".penstock" / "metadata.db", tmp_path)
    edited = Shell(tmp_path)
    edited.write(pipeline_py=CALCULATION.replace("a.value * 10", "a.value * 11"))
    lines = edited("plan", ".", "--root", ".", "--set", "x=5").lines
    assert lines[2] == "  scaled   run      pipeline.py: scaled changed"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--set", "y=1"], 'has no run parameter "y"'),
        (["--set", "x=one"], "expected int"),
        (["--set", "x"], "expected NAME=VALUE"),
        (["--set", "=1"], "expected NAME=VALUE"),
        (["--build", "titel=x"], 'did you mean "title"'),
        (["--to", "scaledd"], 'did you mean "scaled"'),
        (["--from", "nowhere"], "number, report, scaled"),
        (["--no-cache", "numbr"], 'did you mean "number"'),
        (["--from", "scaled", "--to", "number"], "swap --from and --to"),
    ],
)
def test_wrong_values_end_with_2(finished: Shell, args: list[str], said: str) -> None:
    ended = finished("plan", ".", *args)
    assert ended.code == 2
    assert said in ended.err
    assert "Traceback" not in ended.err
