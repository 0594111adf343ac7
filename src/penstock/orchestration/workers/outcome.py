"""How an attempt ended: what it made, or what went wrong and where."""

from __future__ import annotations

import errno
import json
import os
import signal
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from penstock.dsl.user_code import user_frame
from penstock.errors import PenstockError
from penstock.orchestration.execute import OutputResult

__all__ = [
    "CANNOT_WRITE",
    "WorkerError",
    "WorkerOutcome",
    "cancelled",
    "died",
    "failed",
    "read_result",
    "server_died",
    "write_result",
]

CANNOT_WRITE = os.EX_IOERR
"""Exit status of a worker that cannot write its log or its result."""

_FILE = "result.json"
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


@dataclass(frozen=True, kw_only=True)
class WorkerError:
    """Why an attempt has no outputs.

    Attributes:
        type: Name of the exception's class (`SystemExit` too), of the signal that killed the worker (`SIGSEGV`),
            `exit` for a worker that ended without a result, `server` for one whose fork server died.
        message: What is wrong. A PenstockError's text with its place and hint; of any other exception, its first line.
        at: The innermost place in the project's files: `model.py:58 run_fn`.
        traceback: The whole traceback; empty when the process was killed.
        exit_code: What the command line ends with for this error: the PenstockError's, 5 for a full or read-only disk,
            else 1.
        transient: Whether trying again can help.
    """

    type: str
    message: str
    at: str | None = None
    traceback: str = ""
    exit_code: int = 1
    transient: bool = False


@dataclass(frozen=True, kw_only=True)
class WorkerOutcome:
    """How an attempt ended.

    Attributes:
        outputs: What it made; None when it did not succeed.
        error: Why it did not; None when it did.
        cancelled: It was ended, or never begun, because the pool was told to stop.
    """

    outputs: Sequence[OutputResult] | None = None
    error: WorkerError | None = None
    cancelled: bool = False


def failed(error: BaseException, project: str) -> WorkerOutcome:
    """The outcome of an executor that raised."""
    place, _ = user_frame(error, project)
    exit_code, transient = 1, False
    if isinstance(error, PenstockError):
        message, exit_code, transient = str(error), error.exit_code, error.transient
    elif isinstance(error, SystemExit):
        message = f"sys.exit({error.code!r})"
    else:
        message = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
        if isinstance(error, OSError) and error.errno in _DISK:
            exit_code = 5
    return WorkerOutcome(
        error=WorkerError(
            type=type(error).__name__,
            message=message,
            at=place,
            traceback="".join(traceback.format_exception(error)),
            exit_code=exit_code,
            transient=transient,
        )
    )


def died(status: int) -> WorkerOutcome:
    """The outcome of a worker that ended without a result.

    Args:
        status: As waitpid reports it.
    """
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        suspicion = " (out of memory?)" if -code == signal.SIGKILL else ""
        return WorkerOutcome(error=WorkerError(type=name, message=f"killed by {name}{suspicion}"))
    if code == CANNOT_WRITE:
        message = "the worker could not write its log or its result (disk full or read-only?)"
        return WorkerOutcome(error=WorkerError(type="StorageError", message=message, exit_code=5))
    message = f"the process ended with exit code {code} and no result (os._exit?)"
    return WorkerOutcome(error=WorkerError(type="exit", message=message))


def cancelled() -> WorkerOutcome:
    """The outcome of an attempt that was stopped from outside."""
    return WorkerOutcome(error=WorkerError(type="cancelled", message="cancelled"), cancelled=True)


def server_died(log: str, *, was_ready: bool) -> WorkerOutcome:
    """The outcome of an attempt whose fork server ended under it.

    Args:
        log: The last lines that the server printed.
        was_ready: It had imported everything; if not, it will not do better the next time.
    """
    reason = next((line for line in reversed(log.splitlines()) if line.strip()), "no message")
    message = "the worker server died" if was_ready else f"the worker server could not start: {reason.strip()}"
    return WorkerOutcome(error=WorkerError(type="server", message=message, traceback=log, transient=was_ready))


def write_result(attempt_dir: str, outcome: WorkerOutcome) -> None:
    """Leaves the outcome in the attempt's folder, whole or not at all.

    Not fsynced: who reads it is on the same machine, and if that goes down the attempt was never published.
    """
    part = Path(attempt_dir, f".{_FILE}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(outcome), file)
    part.replace(Path(attempt_dir, _FILE))


def read_result(attempt_dir: str, status: int) -> WorkerOutcome:
    """The outcome that a worker left, or what its exit status says when it left none.

    A result counts only with the status it was written for: a worker that crashes after it has not succeeded.
    """
    path = Path(attempt_dir, _FILE)
    if not os.WIFEXITED(status) or os.WEXITSTATUS(status) not in (0, 1) or not path.exists():
        return died(status)
    plain = json.loads(path.read_text(encoding="utf-8"))
    outcome = WorkerOutcome(
        outputs=None if plain["outputs"] is None else [OutputResult(**result) for result in plain["outputs"]],
        error=None if plain["error"] is None else WorkerError(**plain["error"]),
    )
    return outcome if (outcome.error is None) == (os.WEXITSTATUS(status) == 0) else died(status)
