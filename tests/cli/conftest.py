"""Commands as a user types them: in this process where only words matter, as a process of its own where more does."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.cli import main

EXECUTABLE = str(Path(sys.executable).with_name("penstock"))

CALCULATION = """
    from penstock import Input, Output, Param, Pipeline, component
    from penstock.artifacts import Integer, JsonValue

    @component
    def number(x: int) -> int:
        print("number says", x)
        return x

    @component
    def scaled(a: Input[Integer]) -> int:
        return a.value * 10

    @component
    def report(a: Input[Integer], b: Input[Integer], page: Output[JsonValue]) -> None:
        page.value = [a.value, b.value]

    def create_pipeline(x: Param[int] = 4, title: str = "calculation") -> Pipeline:
        first = number(x=x)
        second = scaled(a=first.outputs["output"])
        return Pipeline(title, [first, second, report(a=first.outputs["output"], b=second.outputs["output"])])
"""

FAILING = """
    from penstock import Input, Pipeline, component
    from penstock.artifacts import Integer
    from penstock.errors import DataError

    @component
    def good(x: int) -> int:
        return x

    @component
    def bad(a: Input[Integer]) -> int:
        raise ValueError("no such luck, not even in the second line\\nwhich is longer")

    @component
    def explains(a: Input[Integer]) -> int:
        raise DataError("a column is empty", at="x.csv:3", received="nothing", expected="a number", hint="fill it")

    @component
    def silent(a: Input[Integer]) -> int:
        raise ValueError

    @component
    def after(a: Input[Integer]) -> int:
        return a.value

    def create_pipeline() -> Pipeline:
        one = good(x=1)
        two = bad(a=one.outputs["output"])
        others = [explains(a=one.outputs["output"]), silent(a=one.outputs["output"])]
        return Pipeline("failing", [one, two, *others, after(a=two.outputs["output"])])
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def document(self) -> Any:
        """The one JSON document on the standard output."""
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects on the standard output, one a line."""
        return [json.loads(line) for line in self.lines]


class Shell:
    """A working directory to type commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str) -> None:
        """Writes files by name; `pipeline_py` is pipeline.py."""
        for name, text in files.items():
            stem, _, kind = name.rpartition("_")
            (self.folder / f"{stem}.{kind}").write_text(textwrap.dedent(text), encoding="utf-8")

    def __call__(self, *args: str) -> Ended:
        """Runs `penstock ARGS` in this process, main included."""
        out, err = io.StringIO(), io.StringIO()
        umask = os.umask(0o077)
        before = sys.argv
        sys.argv = ["penstock", *args]
        try:
            with (
                contextlib.chdir(self.folder),
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                pytest.raises(SystemExit) as ended,
            ):
                main()
        finally:
            sys.argv = before
            os.umask(umask)
            os.environ.pop("PENSTOCK_DEBUG", None)
            logging.captureWarnings(capture=False)
        return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def process(self, *args: str, env: Mapping[str, str] | None = None, timeout: float = 120) -> Ended:
        """Runs `penstock ARGS` as a process."""
        done = subprocess.run(
            [EXECUTABLE, *args],
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Starts `penstock ARGS` as a process, the leader of its own group, as a terminal's shell does."""
        return subprocess.Popen(
            [EXECUTABLE, *args],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )


@pytest.fixture(autouse=True)
def _no_places_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PENSTOCK_ROOT", "PENSTOCK_STORE", "PENSTOCK_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """An empty working directory."""
    return Shell(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A working directory whose store holds four runs; for commands that only read.

    1: `calculation`, all nodes ran. 2: all cached. 3: x is 5, the last node left out. 4: `failing`.
    """
    shell = Shell(tmp_path_factory.mktemp("finished"))
    shell.write(pipeline_py=CALCULATION, failing_py=FAILING)
    codes = [
        shell("run", ".").code,
        shell("run", ".").code,
        shell("run", ".", "--set", "x=5", "--to", "scaled").code,
        shell("run", "failing.py").code,
    ]
    assert codes == [0, 0, 0, 1]
    yield shell
