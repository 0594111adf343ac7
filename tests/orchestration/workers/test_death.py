import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

import pytest

from penstock.orchestration.workers import WorkerPool
from tests.orchestration.workers.support import assert_all_end, value_of, watch


class Held:
    """A node that runs until it is killed, with a process of its own beside it."""

    def __init__(self, pool, request_for, fifo, tmp_path, **params):
        self.outcome = None
        self._request = request_for("holds", fifo=str(fifo), **params)
        self._pool, self._log = pool, tmp_path / "log.txt"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.server, self.worker, self.its_child = (int(pid) for pid in fifo.read_text().split())
        self.pidfds = watch([self.worker, self.its_child])

    def _run(self):
        self.outcome = self._pool.run(self._request, kind="light", env={}, log_path=self._log)

    def join(self):
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.outcome


def test_terminate_all_cancels(pool, request_for, fifo, tmp_path):
    held = Held(pool, request_for, fifo, tmp_path)
    pool.terminate_all(10)
    outcome = held.join()
    assert outcome.cancelled
    assert outcome.error.message == "cancelled"
    assert_all_end(held.pidfds)


def test_terminate_all_kills_what_does_not_listen(pool, request_for, fifo, tmp_path):
    held = Held(pool, request_for, fifo, tmp_path, stubborn=True)
    pool.terminate_all(0.05)
    assert held.join().cancelled
    assert_all_end(held.pidfds)


def test_nothing_starts_after_terminate_all(pool, request_for, tmp_path):
    pool.terminate_all(0)
    outcome = pool.run(request_for("greet", text="x"), kind="light", env={}, log_path=tmp_path / "log.txt")
    assert outcome.cancelled
    assert not (tmp_path / outcome.error.type).exists()


def test_terminate_all_does_not_wait_for_a_preload(pool, request_for, tmp_path):
    outcomes = []
    request = request_for("greet", text="x")
    pool.warm("tensorflow")
    thread = threading.Thread(
        target=lambda: outcomes.append(pool.run(request, kind="tensorflow", env={}, log_path=tmp_path / "log.txt"))
    )
    thread.start()
    pool.terminate_all(0)
    thread.join(20)
    assert outcomes[0].cancelled


def test_closing_the_pool_ends_everything(request_for, fifo, tmp_path):
    with WorkerPool() as pool:
        held = Held(pool, request_for, fifo, tmp_path)
        pidfds = watch([held.server])
    assert held.join().cancelled
    assert_all_end([*held.pidfds, *pidfds])


def test_a_killed_worker_takes_its_children_along(pool, request_for, fifo, tmp_path):
    held = Held(pool, request_for, fifo, tmp_path)
    os.kill(held.worker, signal.SIGKILL)
    outcome = held.join()
    assert outcome.error.message == "killed by SIGKILL (out of memory?)"
    assert not outcome.cancelled
    assert_all_end(held.pidfds)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_server_takes_its_workers_along_and_the_next_run_starts_another(
    pool, request_for, fifo, tmp_path, number
):
    held = Held(pool, request_for, fifo, tmp_path)
    os.kill(held.server, number)
    outcome = held.join()
    assert (outcome.error.message, outcome.error.transient) == ("the worker server died", True)
    assert_all_end(held.pidfds)
    assert value_of(
        pool.run(request_for("greet", text="x"), kind="light", env={}, log_path=tmp_path / "log.txt")
    ).startswith("hello")


def test_a_spare_worker_that_was_killed_is_replaced(pool, request_for, fifo, tmp_path):
    held = Held(pool, request_for, fifo, tmp_path)
    children = Path(f"/proc/{held.server}/task/{held.server}/children").read_text().split()
    (spare,) = {int(pid) for pid in children} - {held.worker}
    pidfds = watch([spare])
    os.kill(spare, signal.SIGKILL)
    assert_all_end(pidfds)
    outcome = pool.run(request_for("greet", text="x"), kind="light", env={}, log_path=tmp_path / "log.txt")
    assert value_of(outcome) == "hello x"
    pool.terminate_all(10)
    held.join()


def test_a_server_that_cannot_start_says_why(pool, request_for, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    outcome = pool.run(request_for("greet", text="x"), kind="light", env={}, log_path=tmp_path / "log.txt")
    assert outcome.error.message.startswith("the worker server could not start: ")
    assert "absent" in outcome.error.message
    assert not outcome.error.transient


LAUNCHER = """
import json, sys
from pathlib import Path
from penstock.orchestration.workers import WorkerPool
from penstock.orchestration.workers.messages import request_from_plain
with WorkerPool() as pool:
    request = request_from_plain(json.loads(sys.argv[1]))
    pool.run(request, kind="light", env={}, log_path=Path(request.attempt_dir, "log.txt"))
"""


def test_a_killed_launcher_leaves_no_process(request_for, fifo):
    request = request_for("holds", fifo=str(fifo), stubborn=True)
    with subprocess.Popen([sys.executable, "-c", LAUNCHER, json.dumps(asdict(request))]) as launcher:
        pids = [int(pid) for pid in fifo.read_text().split()]
        children = Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split()  # with the spare worker
        pidfds = watch([*pids, *(int(pid) for pid in children if int(pid) not in pids)])
        launcher.kill()
    assert_all_end(pidfds)


def test_a_launcher_killed_during_the_preload_leaves_no_process(request_for):
    warm = (
        "import os, signal\n"
        "from penstock.orchestration.workers import WorkerPool\n"
        "pool = WorkerPool()\n"
        "pool.warm('tensorflow')\n"
        "while not pool._connections['tensorflow']._process: pass\n"
        "print(pool._connections['tensorflow']._process.pid, flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", warm], stdout=subprocess.PIPE, text=True) as launcher:
        pidfds = watch([int(launcher.stdout.readline())])
        launcher.kill()
    assert_all_end(pidfds)
