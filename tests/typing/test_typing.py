"""Type checkers refuse the lines marked `# E` of the files beside this one, and no others."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent
_ROOT = _FOLDER.parents[1]
_FILES = sorted(path for path in _FOLDER.glob("*.py") if path.name not in {"__init__.py", Path(__file__).name})


def _marked(file: Path) -> set[int]:
    return {number for number, line in enumerate(file.read_text().splitlines(), 1) if line.endswith("# E")}


def _mypy(tmp_path: Path) -> dict[str, set[int]]:
    files = [str(file) for file in _FILES]
    options = ["--no-error-summary", "--no-pretty", "--config-file", "pyproject.toml", "--cache-dir", str(tmp_path)]
    done = _run(["-m", "mypy", *options, *files])
    lines = re.findall(r"^(.+?):(\d+): error: ", done.stdout, re.MULTILINE)
    assert done.returncode == 1, done.stdout + done.stderr
    return _by_file([(_ROOT / name, int(number)) for name, number in lines])


def _pyright(tmp_path: Path) -> dict[str, set[int]]:
    done = _run(["-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *map(str, _FILES)])
    found = json.loads(done.stdout)["generalDiagnostics"]
    errors = [item for item in found if item["severity"] == "error"]
    return _by_file([(Path(item["file"]), item["range"]["start"]["line"] + 1) for item in errors])


def _run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )


def _by_file(errors: list[tuple[Path, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {file.name: set() for file in _FILES}
    for file, line in errors:
        found.setdefault(file.name, set()).add(line)
    return found


@pytest.mark.long
@pytest.mark.parametrize("checker", [_mypy, _pyright], ids=["mypy", "pyright"])
def test_it_refuses_the_marked_lines_and_no_others(
    checker: Callable[[Path], dict[str, set[int]]], tmp_path: Path
) -> None:
    assert checker(tmp_path) == {file.name: _marked(file) for file in _FILES}
