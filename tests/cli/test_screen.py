"""The screen in a terminal: lines that move, and a clean end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from penstock.cli.screen import shown_progress
from tests.cli.conftest import CALCULATION, EXECUTABLE, FAILING, Shell

WAITING = """
    import time
    from pathlib import Path

    from penstock import Pipeline, component

    @component
    def waits(flag: str) -> int:
        # Until the terminal has shown it, or half a minute.
        for _ in range(3000):
            if Path(flag).exists():
                return 1
            time.sleep(0.01)
        raise TimeoutError(flag)

    def create_pipeline(flag: str) -> Pipeline:
        return Pipeline("waiting", [waits(flag=flag)])
"""

ERASED = "\x1b[2K"


class Terminal:
    """A pseudo-terminal with a command in it."""

    def __init__(self, folder: Path, *args: str, columns: int = 100) -> None:
        try:
            ours, theirs = pty.openpty()
        except OSError as error:
            pytest.skip(f"no pseudo-terminals on this machine ({error}): a container without /dev/pts")
        self.seen = ""
        self._ours = ours
        self.process = subprocess.Popen(
            [EXECUTABLE, *args],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "30"},
        )
        os.close(theirs)

    def read_until(self, text: str) -> None:
        """Reads until a text has come; fails when the command ends before."""
        while text not in self.seen:
            self.seen += os.read(self._ours, 4096).decode()

    def end(self) -> int:
        """Reads all that is left, and returns the exit code."""
        while True:
            try:
                part = os.read(self._ours, 4096)
            except OSError:  # what Linux says when nobody has the other end any more
                part = b""
            if not part:
                break
            self.seen += part.decode(errors="replace")
        os.close(self._ours)
        return self.process.wait(60)

    @property
    def left(self) -> list[str]:
        """The lines that stay on the screen."""
        screen: list[str] = [""]
        row = 0
        for word in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", self.seen):
            if word == "\n":
                row += 1
                if row == len(screen):
                    screen.append("")
            elif word.endswith("A") and word.startswith("\x1b"):
                row -= int(word[2:-1] or 1)
            elif word == ERASED:
                screen[row] = ""
            elif not word.startswith(("\x1b", "\r")):
                screen[row] += word
        return [line.rstrip() for line in screen if line.strip()]


def shown(lines: list[str]) -> list[str]:
    return [re.sub(r"\d+\.\d s +", "T  ", re.sub(r"\d+\.\d s$", "T", line)) for line in lines]


def test_a_running_node_moves_and_what_stays_is_what_a_pipe_gets(tmp_path: Path) -> None:
    Shell(tmp_path).write(pipeline_py=WAITING)
    terminal = Terminal(tmp_path, "run", ".", "--build", f"flag={tmp_path}/flag")
    terminal.read_until("waits   running  1.")  # its seconds go on although nothing is reported
    assert "waits   running  0." in terminal.seen
    (tmp_path / "flag").touch()
    assert terminal.end() == 0
    assert shown(terminal.left) == [
        "waiting · run 1 · 1 node: 1 to run",
        "  waits   ok       T",
        "ok 1   in T",
        "next: penstock runs show 1",
    ]
    assert terminal.seen.count("\x1b[?25l") == terminal.seen.count("\x1b[?25h") == 1  # the cursor is there again


def test_failures_stay_whole(tmp_path: Path) -> None:
    Shell(tmp_path).write(failing_py=FAILING)
    terminal = Terminal(tmp_path, "run", "failing.py", "--parallelism", "1", columns=60)
    assert terminal.end() == 1
    left = shown(terminal.left)
    assert (
        "  bad        FAILED   T  ValueError: no such luck, not even in the second line   (failing.py:12 bad)" in left
    )
    assert left[4:8] == [
        "  explains   FAILED   T  x.csv:3: a column is empty",
        "               received nothing",
        "               expected a number",
        "               Hint: fill it",
    ]
    assert left[-2:] == [
        "ok 1 · failed 3 · skipped 1   in T",
        "log: penstock logs 1 bad      fix it, then: penstock run failing.py --parallelism 1",
    ]


def test_words_in_square_brackets_are_no_markup(tmp_path: Path) -> None:
    Shell(tmp_path).write(pipeline_py=CALCULATION.replace("return x\n", 'raise ValueError("[red]x[/red] [/] [bold")\n'))
    terminal = Terminal(tmp_path, "run", ".")
    assert terminal.end() == 1
    assert any("ValueError: [red]x[/red] [/] [bold" in line for line in terminal.left)


def test_ctrl_c_leaves_a_clean_screen(tmp_path: Path) -> None:
    Shell(tmp_path).write(pipeline_py=WAITING)
    terminal = Terminal(tmp_path, "run", ".", "--build", "flag=never")
    terminal.read_until("waits   running")
    os.killpg(terminal.process.pid, 2)
    assert terminal.end() == 130
    assert shown(terminal.left) == [
        "waiting · run 1 · 1 node: 1 to run",
        "interrupted 1   in T",
        "run 1 was interrupted at waits; what it had finished is kept      go on: penstock run . --build flag=never",
    ]
    assert "\x1b[?25h" in terminal.seen


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (
            {"step": 320, "steps": 500, "metrics": {"loss": 0.11199, "accuracy": 0.981}, "eta": 4},
            "step 320/500  loss 0.112  accuracy 0.981  eta 0:04",
        ),
        ({"step": 3}, "step 3"),
        ({"note": "reading", "step": 3}, "reading"),
        ({"step": 1, "eta": 3725.2}, "step 1  eta 1:02:05"),
        ({"step": 1, "metrics": {"loss": float("nan")}}, "step 1  loss nan"),
        ({}, ""),
    ],
)
def test_progress_in_words(progress: dict[str, object], text: str) -> None:
    assert shown_progress(progress) == text
