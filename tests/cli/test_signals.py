"""Ctrl-C, SIGTERM, kill -9: a clean end, no process left, and a next command that goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

SLOW = """
    import os
    import time
    from pathlib import Path

    from penstock import Input, Pipeline, component
    from penstock.artifacts import Integer

    @component
    def number(x: int) -> int:
        return x

    @component
    def waits(a: Input[Integer], folder: str) -> int:
        Path(folder, "pid.part").write_text(str(os.getpid()))
        Path(folder, "pid.part").rename(Path(folder, "pid"))
        while not Path(folder, "go").exists():
            time.sleep(0.01)
        return a.value

    @component
    def last(a: Input[Integer]) -> int:
        return a.value

    def create_pipeline() -> Pipeline:
        one = number(x=1)
        two = waits(a=one.outputs["output"], folder=str(Path(__file__).parent))
        return Pipeline("slow", [one, two, last(a=two.outputs["output"])])
"""


class Running:
    """A `penstock run` whose second node runs and waits for the file `go`."""

    def __init__(self, shell: Shell, *options: str) -> None:
        self.shell = shell
        self.process = shell.start("run", ".", *options)
        self.worker = int(self._wait_for("pid"))

    def _wait_for(self, name: str) -> str:
        path = self.shell.folder / name
        end = time.monotonic() + 100
        while not path.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        return path.read_text()

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    @property
    def family(self) -> list[int]:
        """The launcher's descendants, the fork server and its workers among them."""
        parents = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
                # The name in brackets may hold anything; behind it stand the state and the parent.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        family = [self.process.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family[1:]


@contextmanager
def gone(pids: list[int]) -> Iterator[None]:
    """All these processes end soon after the block."""
    assert len(pids) >= 2
    yield
    end = time.monotonic() + 30
    while alive := [pid for pid in pids if _lives(pid)]:
        assert time.monotonic() < end, alive
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def running(shell: Shell) -> Iterator[Running]:
    shell.write(pipeline_py=SLOW)
    running = Running(shell)
    yield running
    running.process.kill()
    for stream in (running.process.stdout, running.process.stderr):
        assert stream is not None
        stream.close()
    running.process.wait(60)


def states(shell: Shell, run: int) -> dict[str, str]:
    return {node["node"]: node["state"] for node in shell("runs", "show", str(run), "--json").document["nodes"]}


def goes_on(shell: Shell) -> None:
    """The next run takes what was committed, and finishes."""
    (shell.folder / "go").touch()
    ended = shell("run", ".")
    assert ended.code == 0
    assert ended.lines[1] == "  number   cached   run 1"
    assert states(shell, 2) == {"number": "cached", "waits": "succeeded", "last": "succeeded"}
    assert shell("artifacts", "verify").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_it_cleanly(running: Running, number: signal.Signals, code: int) -> None:
    with gone([*running.family, running.worker]):
        # To the launcher's group, as a terminal does it; workers are in groups of their own.
        os.killpg(running.process.pid, number)
        ended, out, err = running.end()
    assert (ended, err) == (code, "")
    assert out.splitlines()[2].startswith("ok 1 · interrupted 1 · not begun 1   in ")
    assert out.splitlines()[3:] == [
        "run 1 was interrupted at waits; what it had finished is kept      go on: penstock run ."
    ]
    shell = running.shell
    assert shell("runs", "ls", "--json").document[0]["state"] == "interrupted"
    assert states(shell, 1) == {"number": "succeeded", "waits": "interrupted", "last": "pending"}
    goes_on(shell)


def test_an_interrupted_run_in_json_ends_with_its_last_line(shell: Shell) -> None:
    shell.write(pipeline_py=SLOW)
    running = Running(shell, "--json")
    running.process.send_signal(signal.SIGINT)
    code, out, _ = running.end()
    assert code == 130
    assert '"event": "run_ended"' in out.splitlines()[-1]
    assert '"state": "interrupted"' in out.splitlines()[-1]


@pytest.mark.parametrize("command", ["run .", "runs ls", "plan ."])
def test_after_kill_9_the_next_command_names_the_run_once(running: Running, command: str) -> None:
    with gone([*running.family, running.worker]):
        running.process.kill()
        running.end()
    shell = running.shell
    (shell.folder / "go").touch()
    ended = shell(*command.split())
    assert ended.code == 0
    assert ended.err == "run 1 was interrupted at waits; what it had finished is kept\n"
    assert shell("runs", "ls").err == ""
    assert states(shell, 1) == {"number": "succeeded", "waits": "interrupted", "last": "pending"}
    if command == "run .":
        assert states(shell, 2) == {"number": "cached", "waits": "succeeded", "last": "succeeded"}


def test_a_run_that_lives_is_left_alone(running: Running) -> None:
    ended = running.shell("runs", "ls", "--json")
    assert ended.err == ""
    assert ended.document[0]["state"] == "running"
    (running.shell.folder / "go").touch()
    assert running.end()[0] == 0


def test_a_killed_worker_is_a_failed_node_and_no_more(running: Running) -> None:
    os.kill(running.worker, signal.SIGKILL)
    code, out, err = running.end()
    assert (code, err) == (1, "")
    assert "killed by SIGKILL (out of memory?)" in out
    (running.shell.folder / "pid").unlink()
    goes_on(running.shell)


def test_a_reader_that_goes_away_interrupts_the_run(running: Running) -> None:
    process = running.process
    assert process.stdout is not None
    with gone([*running.family, running.worker]):
        process.stdout.close()
        (running.shell.folder / "go").touch()
        assert process.wait(60) == 141
    assert running.shell("runs", "ls", "--json").document[0]["state"] == "interrupted"


def test_ctrl_c_while_the_definition_is_read(shell: Shell) -> None:
    shell.write(
        pipeline_py="""
        import time
        from pathlib import Path
        (Path(__file__).parent / "pid").write_text("1")
        time.sleep(300)
        """
    )
    running = Running(shell)
    running.process.send_signal(signal.SIGINT)
    assert running.end() == (130, "", "\nstopped\n")  # below the terminal's ^C
    assert not (shell.folder / ".penstock").exists()
