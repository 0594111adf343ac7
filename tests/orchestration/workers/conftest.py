import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.orchestration.execute import ArtifactData, ExecuteRequest
from penstock.orchestration.workers import WorkerOutcome, WorkerPool

PROJECT = """
import logging, os, signal, subprocess, sys, threading
from penstock import Component, Input, Output, component, output
from penstock.artifacts import String

@component
def greet(text: str) -> str:
    return "hello " + text

@component
def environment(name: str) -> str:
    return os.environ.get(name, "unset")

@component
def fails() -> str:
    open_door()

def open_door():
    raise ValueError("the door\\nis locked")

@component
def exits() -> str:
    sys.exit(3)

@component
def vanishes() -> str:
    os._exit(0)

@component
def disk_full() -> str:
    raise OSError(28, "No space left on device")

@component
def dies(number: int) -> str:
    os.kill(os.getpid(), number)
    signal.pause()

@component
def chats() -> str:
    print("printed ünïcode")
    print("to stderr", file=sys.stderr)
    logging.getLogger("mine").info("logged")
    os.write(1, b"written below Python\\n")
    return "ok"

class Counts(Component):
    steps: int
    done: Output[String] = output()
    class executor:
        def run(self, node, context):
            for step in range(node.steps):
                context.report(step=step)
            node.done.value = "ok"

@component
def holds(fifo: str, stubborn: bool = False) -> str:
    if stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    mine = subprocess.Popen(["sleep", "1000"])
    with open(fifo, "w") as file:
        file.write(f"{os.getppid()} {os.getpid()} {mine.pid}")
    while True:
        signal.pause()

@component
def leaves_behind() -> str:
    threading.Thread(target=signal.pause).start()
    return str(subprocess.Popen(["sleep", "1000"]).pid)

@component
def forks() -> str:
    if os.fork() == 0:
        return "copy"
    os.wait()
    return "original"

@component
def meets(fifo: str, mode: str) -> str:
    with open(fifo, mode) as file:
        return file.read() if mode == "r" else str(file.write("met"))

@component
def signals() -> str:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
    return " ".join(signal.getsignal(name).name for name in names) + f" {os.getpgid(0) == os.getpid()}"

@component
def server_threads() -> str:
    return str(len(os.listdir(f"/proc/{os.getppid()}/task")))

@component
def sees_stdin() -> str:
    return repr(sys.stdin.read()) + repr(sys.argv[1:])

@component
def keras_of() -> str:
    import keras as plain, numpy, tensorflow as tf
    import tensorflow.keras as by_import
    from tensorflow.keras import layers
    model = tf.keras.Sequential([layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(numpy.ones((4, 2), "float32"), numpy.ones((4, 1), "float32"), verbose=0)
    classes = (type(model), tf.keras.layers.Dense, layers.Dense, tf.losses.Loss, by_import.Model)
    packages = sorted({kind.__module__.partition(".")[0] for kind in classes})
    return " ".join(packages) + " " + plain.__version__[0]
"""

Request = Callable[..., ExecuteRequest]
Run = Callable[..., WorkerOutcome]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "comp.py").write_text(PROJECT, encoding="utf-8")
    return folder


@pytest.fixture
def request_for(project: Path, tmp_path: Path) -> Request:
    numbers = itertools.count()

    def make(component: str, output: str = "output", **params: Any) -> ExecuteRequest:
        folder = tmp_path / f"attempt-{next(numbers)}"
        folder.mkdir()
        return ExecuteRequest(
            node_id=component,
            component=component,
            origin="project:comp.py",
            project=str(project),
            base=str(project),
            params=params,
            inputs={},
            outputs={output: ArtifactData(id="a", type="String", uri=str(folder / output))},
            attempt_dir=str(folder),
        )

    return make


@pytest.fixture(scope="session")
def shared_pool() -> Iterator[WorkerPool]:
    with WorkerPool() as pool:
        yield pool


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool() as pool:
        yield pool


@pytest.fixture
def run(shared_pool: WorkerPool, request_for: Request, tmp_path: Path) -> Run:
    """Runs a component of the project in a light worker; its log is `log.txt`."""

    def go(component: str, **params: Any) -> WorkerOutcome:
        return shared_pool.run(request_for(component, **params), kind="light", env={}, log_path=tmp_path / "log.txt")

    return go


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path
