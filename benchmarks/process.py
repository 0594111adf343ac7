"""Runs a command in a process of its own and takes its time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Measured", "best", "penstock", "run"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A finished process.

    Attributes:
        seconds: From start to end.
        peak_mb: Peak resident memory of the largest process among it and its children, in MB.
        output: What it printed.
    """

    seconds: float
    peak_mb: float
    output: str


def run(command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Measured:
    """Runs a command to its end.

    Raises:
        SystemExit: It failed; what it printed is shown.
    """
    # Compiled modules are kept, as on any user's machine, whatever the shell of this one says.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.update(env or {})
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{output[-2000:]}")
    return Measured(seconds=seconds, peak_mb=usage.ru_maxrss / 1000, output=output)


def best(times: int, command: Sequence[str], *, cwd: Path | None = None) -> Measured:
    """The fastest of several runs: what the machine can do when nothing else disturbs it."""
    return min((run(command, cwd=cwd) for _ in range(times)), key=lambda measured: measured.seconds)


def penstock(*arguments: str) -> list[str]:
    """The command line of this environment."""
    return [str(Path(sys.executable).with_name("penstock")), *arguments]
