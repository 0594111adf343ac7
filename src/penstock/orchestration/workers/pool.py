"""The launcher's side: fork servers by kind, and calls that wait until their attempt has ended."""

from __future__ import annotations

import importlib.util
import itertools
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Lock
from types import TracebackType
from typing import Any, Self

from penstock.dsl.execution import read_progress
from penstock.errors import MissingDependencyError, StorageError
from penstock.orchestration.execute import ExecuteRequest
from penstock.orchestration.workers.connection import Connection, Ticket
from penstock.orchestration.workers.messages import request_to_plain
from penstock.orchestration.workers.outcome import WorkerOutcome, cancelled, read_result, server_died
from penstock.orchestration.workers.preload import WorkerKind

__all__ = ["WorkerPool"]

_PROGRESS_SECONDS = 0.1
_KILL_SECONDS = 2.0  # from SIGKILL to a reaped process; longer only for one stuck in the kernel


class WorkerPool:
    """Runs attempts, each in a process of its own that starts warm. All methods may be called from any thread.

    A context manager: leaving it ends every process.

    Example:
        >>> with WorkerPool() as pool:
        ...     outcome = pool.run(request, kind="light", env={}, log_path=Path("log.txt"))  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._connections: dict[WorkerKind, Connection] = {}
        self._ids = itertools.count(1)
        self._stopped = False

    def warm(self, kind: WorkerKind) -> None:
        """Starts the fork server of a kind, if it does not run, without waiting for it.

        Raises:
            MissingDependencyError: TensorFlow is needed and not installed.
        """
        with self._lock:
            if not self._stopped:
                self._connection(kind)

    def run(
        self,
        request: ExecuteRequest,
        *,
        kind: WorkerKind,
        env: Mapping[str, str],
        log_path: Path,
        on_progress: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> WorkerOutcome:
        """Runs one attempt in a worker process and waits for its end.

        Args:
            request: What to run; `attempt_dir` exists.
            kind: Which server to start from.
            env: Environment variables, on top of this process's own.
            log_path: File that stdout, stderr and logs are appended to; made if it is missing.
            on_progress: Called in this thread with everything the executor reports, in order.

        Returns:
            Outputs, or why there are none. Whatever ends the worker is an outcome, never an exception.

        Raises:
            MissingDependencyError: The kind needs TensorFlow, which is not installed.
            StorageError: The log file cannot be written.
        """
        log_path, attempt_dir = log_path.absolute(), Path(request.attempt_dir)
        try:
            log_path.parent.mkdir(parents=True, exist_ok=True)
            log_path.open("ab").close()
            (attempt_dir / "result.json").unlink(missing_ok=True)
        except OSError as error:
            raise StorageError("the worker's log cannot be written", at=str(log_path), received=str(error)) from error
        ticket = Ticket(next(self._ids))
        message = {
            "id": ticket.id,
            "request": request_to_plain(request),
            "env": {**os.environ, **env},
            "log": str(log_path),
        }
        with self._lock:
            if self._stopped:
                return cancelled()
            connection = self._connection(kind)
            connection.expect(ticket)
        connection.send(message)
        self._wait(ticket.ended, attempt_dir / "progress.jsonl", on_progress)
        if ticket.cancelled and ticket.status != 0:
            return cancelled()
        if ticket.status is None:
            return server_died(connection.last_words, was_ready=connection.ready)
        return read_result(request.attempt_dir, ticket.status)

    @staticmethod
    def _wait(ended: Event, file: Path, on_progress: Callable[[Mapping[str, Any]], None] | None) -> None:
        if on_progress is None:
            ended.wait()
            return
        offset, last = 0, False
        while not last:
            last = ended.wait(_PROGRESS_SECONDS)
            reports, offset = read_progress(file, offset)
            for report in reports:
                on_progress(report)

    def _connection(self, kind: WorkerKind) -> Connection:
        found = self._connections.get(kind)
        if found is None or found.lost:
            if kind == "tensorflow" and importlib.util.find_spec("tensorflow") is None:
                raise MissingDependencyError("tensorflow", extra="tensorflow", needed_by="a TensorFlow worker")
            found = self._connections[kind] = Connection(kind)
        return found

    def terminate_all(self, grace_seconds: float) -> None:
        """Stops everything: SIGTERM to every worker's process group, SIGKILL to what is left after `grace_seconds`.

        Calls of `run` that wait return "cancelled", unless their worker had already succeeded; later ones do so at
        once. Returns when no process is left.
        """
        with self._lock:
            self._stopped = True
            connections = list(self._connections.values())
        for connection in connections:
            connection.terminate()
        end = time.monotonic() + grace_seconds
        for connection in connections:
            connection.wait_idle(max(0.0, end - time.monotonic()))
        for connection in connections:
            connection.close(_KILL_SECONDS)

    def close(self) -> None:
        """Ends the servers, and workers that still run."""
        self.terminate_all(0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
