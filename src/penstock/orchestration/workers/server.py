"""A fork server: a process without threads that has imported what workers need and forks one for each request.

Started by the pool as `python -m penstock.orchestration.workers.server`. It ends, with all its workers, when the
launcher closes the socket or dies.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from penstock.dsl.keras_choice import choose_keras
from penstock.orchestration.workers.child import HANDLED, become_worker, die_with_parent, enter, run_attempt
from penstock.orchestration.workers.huge_pages import use_huge_pages
from penstock.orchestration.workers.messages import MessageReader, encode
from penstock.orchestration.workers.outcome import CANNOT_WRITE
from penstock.orchestration.workers.preload import STAGES, preload

__all__ = ["ForkServer", "main"]


_IDLE_SECONDS = 5.0
"""How long a server waits for its first request before it imports what is not needed at once."""

_MANY = 8
"""Attempts after which it pays to spend a second on cheaper forks."""


@dataclass(frozen=True)
class _Worker:
    """A forked child: it gets its request through `orders`, and says there how its attempt ended."""

    pid: int
    orders: socket.socket


class ForkServer:
    """Forks workers, ends them when asked, and reports how each ended.

    Args:
        launcher: The socket to the launcher.
    """

    def __init__(self, launcher: socket.socket) -> None:
        self._launcher = launcher
        self._reader = MessageReader(launcher)
        self._children: dict[int, int] = {}  # request by process id, of attempts that have not ended
        self._orders: dict[socket.socket, int] = {}  # process id by socket, of the same
        self._started = 0
        self._leaving: set[int] = set()  # process ids whose attempt has ended, but not yet the process
        self._spare: _Worker | None = None
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        # The handlers do nothing: the byte that the interpreter writes for each signal ends the wait in `_turn`.
        for number in HANDLED:
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)

    def serve(self, kind: str) -> None:
        """Imports stage by stage, and serves until the launcher is gone."""
        first, *others = STAGES[kind]  # type: ignore[index]  # argparse has checked it
        preload(first)
        for modules in others:
            # While a worker runs, nobody waits for this process.
            self._turn(0 if self._children else _IDLE_SECONDS)
            preload(modules)
        self._spare = self._fork()
        self._report({"event": "ready"})
        while True:
            self._turn(None)

    def _turn(self, timeout: float | None) -> None:
        readable, _, _ = select.select([self._launcher, self._wake, *self._orders], [], [], timeout)
        for orders in self._orders.keys() & set(readable):
            self._hear(orders)
        if self._wake in readable and signal.SIGTERM in self._wake.recv(4096):
            self._end()
        self._reap()
        if self._launcher in readable:
            for message in self._reader.receive():
                if "signal" in message:
                    self._signal(message["signal"])
                else:
                    self._start(message)
            if self._reader.ended:
                self._end()

    def _start(self, message: Mapping[str, Any]) -> None:
        """Gives the request to the spare worker, and forks the next spare while that one works."""
        ahead = self._spare is not None
        while True:
            worker = self._spare or self._fork()
            self._spare = None
            try:
                worker.orders.sendall(encode(message))
                break
            except (BrokenPipeError, ConnectionResetError):  # killed while it was waiting
                os.waitpid(worker.pid, 0)
                worker.orders.close()
        self._children[worker.pid] = message["id"]
        self._orders[worker.orders] = worker.pid
        self._report({"event": "started", "id": message["id"], "pid": worker.pid})
        self._started += 1
        if self._started == _MANY:
            use_huge_pages()
        if ahead:
            self._spare = self._fork()

    def _fork(self) -> _Worker:
        server = os.getpid()
        ours, theirs = socket.socketpair()
        # A signal must not meet the copy while that still has the server's handlers and would wake the server.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._work(server, theirs)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        theirs.close()
        with suppress(ProcessLookupError, PermissionError):
            os.setpgid(pid, pid)  # the child does the same: whoever is first, a signal to the group finds it
        return _Worker(pid, ours)

    def _work(self, server: int, orders: socket.socket) -> NoReturn:
        status = CANNOT_WRITE
        try:
            become_worker(server)
            for end in (self._launcher, self._wake, self._woken):
                end.close()
            reader = MessageReader(orders)
            message = None
            while message is None:
                if reader.ended:
                    os._exit(0)
                message = next(reader.receive(), None)
            before = os.environ.get("TF_USE_LEGACY_KERAS")
            enter(message["env"], message["log"])
            if os.environ.get("TF_USE_LEGACY_KERAS") != before:  # the preload's; the choice costs tens of milliseconds
                choose_keras()
            status = run_attempt(message["request"])
            orders.send(bytes([status]))
        except OSError:
            traceback.print_exc()
        except BaseException:  # noqa: BLE001 - an error of ours, for the log
            traceback.print_exc()
            status = os.EX_SOFTWARE
        finally:
            os._exit(status)  # nothing of the server's may run in here: no atexit, no way up the stack

    def _hear(self, orders: socket.socket) -> None:
        """A worker says how it is about to exit; a large process takes long to end, and nobody need wait for that."""
        pid = self._orders.pop(orders)
        said = b""
        with orders, suppress(ConnectionResetError):
            said = orders.recv(1)
        if said and pid in self._children:
            self._leaving.add(pid)
            self._report({"event": "ended", "id": self._children.pop(pid), "status": said[0] << 8})

    def _reap(self) -> None:
        for pid in [*self._children, *self._leaving]:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # Before it is reaped its number cannot be given to another, so that the group is certainly its own.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            self._leaving.discard(pid)
            if pid in self._children:
                self._report({"event": "ended", "id": self._children.pop(pid), "status": status})

    def _signal(self, number: int) -> None:
        for pid in [*self._children, *self._leaving]:
            with suppress(ProcessLookupError):
                os.killpg(pid, number)

    def _report(self, message: Mapping[str, Any]) -> None:
        try:
            self._launcher.sendall(encode(message))
        except (BrokenPipeError, ConnectionResetError):
            self._end()

    def _end(self) -> None:
        self._signal(signal.SIGKILL)
        os._exit(0)  # the kernel kills the spare


def main() -> None:
    """The process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--preload", choices=sorted(STAGES), required=True)
    parser.add_argument("--socket", type=int, required=True, help="inherited file descriptor of the launcher's socket")
    parser.add_argument("--launcher", type=int, required=True, help="process id of the launcher")
    options = parser.parse_args()
    del sys.argv[1:]  # libraries in workers read it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(signal.SIGTERM, options.launcher)
    os.umask(0o077)
    os.set_inheritable(options.socket, False)
    ForkServer(socket.socket(fileno=options.socket)).serve(options.preload)


if __name__ == "__main__":
    main()
