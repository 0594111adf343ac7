"""A worker process, from the fork to its exit: one attempt, no way back to the server or the store."""

from __future__ import annotations

import ctypes
import faulthandler
import logging
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.errors import StorageError
from penstock.orchestration.execute import execute
from penstock.orchestration.workers.messages import request_from_plain
from penstock.orchestration.workers.outcome import CANNOT_WRITE, WorkerOutcome, failed, write_result

__all__ = ["HANDLED", "become_worker", "die_with_parent", "enter", "run_attempt"]

HANDLED = (signal.SIGCHLD, signal.SIGTERM)
"""Signals that the server has handlers for; blocked while it forks."""

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def die_with_parent(number: int, parent: int) -> None:
    """Asks the kernel to send this process a signal when the thread that started it ends.

    Args:
        number: The signal.
        parent: Process id of the parent; if it has ended already, this process ends now.
    """
    _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def become_worker(server: int) -> None:
    """Makes the forked copy of the server a process of its own: own group, default signals, dead when the server is.

    Args:
        server: Process id of the server.
    """
    os.setpgid(0, 0)
    die_with_parent(signal.SIGKILL, server)
    signal.set_wakeup_fd(-1)
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)


def enter(environment: Mapping[str, str], log: str) -> None:
    """Takes on what belongs to one attempt: its environment, and the log for all it prints (C++ libraries too).

    Args:
        environment: The whole environment.
        log: The file to append to.

    Raises:
        OSError: The log cannot be opened.
    """
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if os.environ.get(name) != value})
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
    faulthandler.enable(file=2)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    # Beam says a line for each annotation that it cannot read, which is each one of a postponed annotation.
    logging.getLogger("apache_beam.typehints.native_type_compatibility").setLevel(logging.WARNING)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()  # else all children of a server would draw the same numbers


def run_attempt(plain: Mapping[str, Any]) -> int:
    """Executes a request and leaves its outcome in the attempt's folder.

    Returns:
        The status to exit with: 0 with outputs, 1 with an error, CANNOT_WRITE when the outcome could not be written.
    """
    request = request_from_plain(plain)
    worker = os.getpid()
    try:
        outcome = WorkerOutcome(outputs=execute(request))
    except BaseException as error:  # noqa: BLE001 - sys.exit included: whatever it is, it is the outcome
        outcome = failed(error, str(Path(request.project).resolve()))
    if os.getpid() != worker:
        os._exit(1)  # user code forked and came back here in the copy
    if outcome.error is not None and outcome.error.exit_code == StorageError.exit_code:
        for output in request.outputs.values():  # or a full disk would have no room for saying so
            shutil.rmtree(output.uri, ignore_errors=True)
    try:
        if outcome.error is not None:
            sys.stderr.write(outcome.error.traceback)
        write_result(request.attempt_dir, outcome)
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return CANNOT_WRITE
    return 0 if outcome.error is None else 1
