"""`penstock logs`."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import CALCULATION, Shell


def test_what_a_node_printed(finished: Shell) -> None:
    ended = finished("logs", "1", "number")
    assert (ended.code, ended.out, ended.err) == (0, "number says 4\n", "")


def test_a_failed_node_has_its_traceback(finished: Shell) -> None:
    out = finished("logs", "4", "bad").out
    assert out.startswith("Traceback (most recent call last):\n")
    assert "which is longer" in out


def test_a_cached_node_shows_the_log_of_the_run_that_made_it(finished: Shell) -> None:
    ended = finished("logs", "2", "number")
    assert ended.out == "number says 4\n"
    assert ended.err == "number was cached; this is the log of run 1\n"


def test_a_skipped_node_says_why_there_is_none(finished: Shell) -> None:
    ended = finished("logs", "4", "after")
    assert ended.code == 2
    assert ended.err == (
        "after of run 4 has no log, because it did not run\n"
        "  received it is skipped: needs bad\n"
        "  Hint: penstock runs show 4\n"
    )


def test_an_unknown_node_offers_the_nearest(finished: Shell) -> None:
    ended = finished("logs", "1", "numbr")
    assert (ended.code, ended.err) == (2, 'run 1 has no node "numbr"\n  Hint: did you mean "number"?\n')


def test_a_log_that_is_gone_ends_with_2(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    shell("run", ".", "--to", "number")
    shutil.rmtree(shell.folder / ".penstock" / "artifacts")
    ended = shell("logs", "1", "number")
    assert ended.code == 2
    assert ended.err.endswith("the log is gone\n")


def test_bytes_that_are_no_utf8_are_shown_all_the_same(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION.replace('print("number says", x)', 'import os; os.write(1, b"\\xff\\n")'))
    shell("run", ".", "--to", "number")
    assert Path(next((shell.folder / ".penstock").rglob("node.log"))).read_bytes() == b"\xff\n"
    assert shell("logs", "1", "number").out == "\ufffd\n"
