"""The command itself: help, usage, and how errors leave it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.cli.main import cli
from tests.cli.conftest import EXECUTABLE, Shell

COMMANDS = [
    *cli.commands,
    *(f"{name} {part}" for name, group in cli.commands.items() for part in getattr(group, "commands", ())),
]


def test_every_command_is_there() -> None:
    assert {"run", "plan", "compile", "runs ls", "runs show", "artifacts ls", "artifacts show", "artifacts verify"} <= {
        *COMMANDS
    }
    assert {"components ls", "components show", "lineage", "logs", "init", "node"} <= {*COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help(shell: Shell, command: str, option: str) -> None:
    ended = shell(*command.split(), option)
    assert ended.code == 0
    assert f"penstock {command}" in ended.out


def test_the_version_is_the_distributions(shell: Shell) -> None:
    from importlib.metadata import version

    assert shell("--version").out == f"penstock {version('penstock')}\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rn", "run"),
        ("run", "PIPELINE"),
        ("run . --frobnicate", "--frobnicate"),
        ("run . --parallelism 0", "--parallelism"),
        ("runs show", "RUN"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_word(shell: Shell, line: str, said: str) -> None:
    ended = shell(*line.split())
    assert ended.code == 2
    assert said in ended.err
    assert not ended.out


def test_a_defect_of_ours_is_a_message_and_5(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.cli.init.files", lambda _: 1 / 0)
    ended = shell("init", "x")
    assert ended.code == 5
    assert (
        ended.err == "internal error: ZeroDivisionError: division by zero\n  Hint: `penstock --debug ...` shows where\n"
    )


def test_debug_shows_the_traceback(shell: Shell) -> None:
    ended = shell("--debug", "run", "nowhere.py")
    assert ended.code == 2
    assert "Traceback" in ended.err
    assert ended.err.endswith("nowhere.py: there is no such file or folder\n")


def test_a_reader_that_goes_away_is_no_error(finished: Shell) -> None:
    # `components ls --json | head -0`: the pipe's other end is closed before anything is written.
    process = finished.start("components", "ls", "--json")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as stderr:
        assert stderr.read() == ""
    assert process.wait(60) == 141


HEAVY = ("apache_beam", "tensorflow", "pyarrow", "numpy", "google.protobuf")


def loaded_by(*args: str, folder: Shell) -> set[str]:
    """Heavy libraries that a command has loaded when it ends."""
    code = (
        "import sys, atexit\n"
        f"sys.argv = ['penstock', *{list(args)!r}]\n"
        f"names = {(*HEAVY, 'sqlalchemy')!r}\n"
        "atexit.register(lambda: print([name for name in names if name in sys.modules], file=sys.stderr))\n"
        "from penstock.cli import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder.folder, capture_output=True, text=True, timeout=120, check=True
    )
    return set(eval(done.stderr.splitlines()[-1]))  # noqa: S307 - what the lines above printed


@pytest.mark.parametrize(
    "line", ["runs ls", "runs show 1", "artifacts ls", "logs 1 number", "plan .", "compile .", "components ls"]
)
def test_commands_that_run_nothing_load_no_heavy_library(finished: Shell, line: str) -> None:
    assert not loaded_by(*line.split(), folder=finished) & {*HEAVY}


def test_a_cached_run_loads_no_heavy_library(finished: Shell, tmp_path: Path) -> None:
    shutil.copy(finished.folder / ".penstock" / "metadata.db", tmp_path)
    assert loaded_by("run", ".", "--root", str(tmp_path), folder=finished) == {"sqlalchemy"}


@pytest.mark.parametrize("line", ["--help", "run --help", "--version"])
def test_help_loads_not_even_the_store(finished: Shell, line: str) -> None:
    assert loaded_by(*line.split(), folder=finished) == set()


def test_the_installed_command_is_the_same(shell: Shell) -> None:
    assert shell.process("--version").out == shell("--version").out
    assert EXECUTABLE.endswith("penstock")
