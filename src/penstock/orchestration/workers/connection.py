"""A running fork server as the launcher sees it: what was asked of it, and a thread that hears the answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition, Event, Lock, Thread
from typing import Any

from penstock.orchestration.workers.messages import MessageReader, encode
from penstock.orchestration.workers.preload import WorkerKind

__all__ = ["Connection", "Ticket"]

_TAIL = 4000  # bytes of a dead server's log that go into the error


@dataclass(eq=False)
class Ticket:
    """One request on its way.

    Attributes:
        id: Its number.
        pid: Its worker, once that is forked.
        status: As waitpid reported it; None when nobody could report it.
        cancelled: It was told to stop.
        ended: Set when there is nothing more to wait for.
    """

    id: int
    pid: int | None = None
    status: int | None = None
    cancelled: bool = False
    ended: Event = field(default_factory=Event)


class Connection:
    """Starts a fork server and speaks with it. All methods may be called from any thread.

    Attributes:
        lost: The server has ended, or was told to.
        ready: The server has imported everything.
        last_words: The end of what the server itself printed, once it has ended.
    """

    def __init__(self, kind: WorkerKind) -> None:
        self._kind = kind
        self._socket, self._theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the connection; nameless on the disk
        self._sending = Lock()
        self._state = Condition()
        self._tickets: dict[int, Ticket] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.lost = False
        self.last_words = ""
        # This thread starts the server, for the kernel tells a process of its parent's death when the parent's
        # thread ends, and this one stays until the server is gone.
        self._thread = Thread(target=self._listen, name=f"penstock-workers-{kind}", daemon=True)
        self._thread.start()

    def expect(self, ticket: Ticket) -> None:
        """Takes note of a request before it is sent, so that it cannot be missed when the server ends."""
        with self._state:
            if self.lost:
                ticket.ended.set()
            else:
                self._tickets[ticket.id] = ticket

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message; to a server that is gone it is lost, and its ticket says so."""
        with self._sending, suppress(OSError):
            self._socket.sendall(encode(message))

    def terminate(self) -> None:
        """SIGTERM to all workers; requests that none has begun are dropped."""
        with self._state:
            for ticket in list(self._tickets.values()):
                ticket.cancelled = True
                if ticket.pid is None:
                    self._finish(ticket, None)
            running = bool(self._tickets)
        if running:  # a server that is still importing is not asked: it is closed
            self.send({"signal": int(signal.SIGTERM)})

    def wait_idle(self, seconds: float) -> bool:
        """Waits until no worker runs."""
        with self._state:
            return self._state.wait_for(lambda: not self._tickets, seconds)

    def close(self, seconds: float) -> None:
        """Ends the server with its workers: by closing the socket, and by force after `seconds`.

        At once by force while it imports, for it does not listen then.
        """
        with self._state:
            self.lost = True
            if not self.ready and self._process is not None:
                self._process.kill()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(seconds)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join()

    def _listen(self) -> None:
        process = None
        with self._theirs, self._state, suppress(OSError):
            self._process = process = self._start()
            if self.lost:
                process.kill()
        reader = MessageReader(self._socket)
        while not reader.ended:
            for message in reader.receive():
                self._hear(message)
        if process is not None:
            process.wait()
        with self._sending:
            self._socket.close()
        with self._log:
            size = os.fstat(self._log.fileno()).st_size
            self.last_words = os.pread(self._log.fileno(), _TAIL, max(0, size - _TAIL)).decode(errors="replace")
        with self._state:
            self.lost = True
            for ticket in list(self._tickets.values()):
                # The kernel has killed the worker itself; what it had started is still in its group.
                if ticket.pid is not None:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(ticket.pid, signal.SIGKILL)
                self._finish(ticket, None)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "penstock.orchestration.workers.server", "--preload", self._kind]
        try:
            return subprocess.Popen(  # noqa: S603 - our own module
                [*command, "--socket", str(self._theirs.fileno()), "--launcher", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[self._theirs.fileno()],
                start_new_session=True,
            )
        except OSError as error:
            os.write(self._log.fileno(), str(error).encode())
            raise

    def _hear(self, message: Mapping[str, Any]) -> None:
        with self._state:
            if message["event"] == "ready":
                self.ready = True
                return
            ticket = self._tickets.get(message["id"])
            if ticket is None:
                return
            if message["event"] == "started":
                ticket.pid = message["pid"]
            else:
                self._finish(ticket, message["status"])

    def _finish(self, ticket: Ticket, status: int | None) -> None:
        ticket.status = status
        del self._tickets[ticket.id]
        ticket.ended.set()
        self._state.notify_all()
