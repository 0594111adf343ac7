"""No space, or no right to write: exit 5, one message, and what was there stays as it was."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import CALCULATION, EXECUTABLE, Ended, Shell

LARGE = """
    from penstock import Input, Pipeline, component
    from penstock.artifacts import Bytes, Integer

    @component
    def small(x: int) -> int:
        return x

    @component
    def large(a: Input[Integer], megabytes: int) -> bytes:
        return bytes(megabytes * 1_000_000)

    @component
    def after(a: Input[Bytes]) -> int:
        return len(a.value)

    def create_pipeline(megabytes: int = 64) -> Pipeline:
        one = small(x=1)
        two = large(a=one.outputs["output"], megabytes=megabytes)
        return Pipeline("large", [one, two, after(a=two.outputs["output"])])
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")


class Mount:
    """A small file system of its own."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)],
            check=False,
            capture_output=True,
            timeout=20,
        )
        if done.returncode != 0:
            pytest.skip("no right to mount here")

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True, timeout=20)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True, timeout=20)


@pytest.fixture
def mount(shell: Shell) -> Iterator[Mount]:
    mount = Mount(shell.folder / "disk", megabytes=16)
    yield mount
    mount.close()


def limited(shell: Shell, *args: str) -> Ended:
    """A process that may write no file of more than 4 MB."""
    done = subprocess.run(
        [EXECUTABLE, *args],
        cwd=shell.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000)),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def states(shell: Shell, run: int, root: str) -> dict[str, str]:
    found = shell("runs", "show", str(run), "--root", root, "--json").document
    return {node["node"]: node["state"] for node in found["nodes"]}


@needs_root
def test_a_disk_that_gets_full_ends_with_5_and_keeps_what_was_done(shell: Shell, mount: Mount) -> None:
    shell.write(pipeline_py=LARGE)
    ended = shell("run", ".", "--root", "disk/root")
    assert ended.code == 5
    assert "OSError: [Errno 28] No space left on device" in ended.lines[2]
    assert ended.lines[3:] == ["  after   skipped  needs large"]
    assert ended.err == (
        f"{mount.folder}/root: the run was stopped, because the disk refused to be written\n"
        "  Hint: free some space, or give another place: --root DIR\n"
    )
    assert states(shell, 1, "disk/root") == {"small": "succeeded", "large": "failed", "after": "skipped"}
    assert not list((shell.folder / "disk").rglob("large/*/output"))
    mount.remount("size=256m")
    again = shell("run", ".", "--root", "disk/root")
    assert again.code == 0
    assert again.lines[1] == "  small   cached   run 1"


@needs_root
def test_a_disk_without_any_space_ends_with_5(shell: Shell, mount: Mount) -> None:
    shell.write(pipeline_py=CALCULATION)
    with (mount.folder / "filler").open("wb") as file, pytest.raises(OSError, match="No space left"):
        while True:
            os.write(file.fileno(), bytes(65536))
    ended = shell("run", ".", "--root", "disk/root")
    assert ended.code == 5
    assert (ended.out, ended.err.count("Hint:")) == ("", 1)
    assert "Traceback" not in ended.err


@needs_root
def test_a_read_only_root_ends_with_5(shell: Shell, mount: Mount) -> None:
    shell.write(pipeline_py=CALCULATION)
    assert shell("run", ".", "--root", "disk/root").code == 0
    mount.remount("ro")
    ended = shell("run", ".", "--root", "disk/root")
    assert (ended.code, ended.out) == (5, "")
    assert "Read-only file system" in ended.err
    assert "--root DIR" in ended.err
    mount.remount("rw")
    assert len(shell("runs", "ls", "--root", "disk/root", "--json").document) == 1


def test_a_file_that_may_not_be_so_large_ends_with_5(shell: Shell) -> None:
    shell.write(pipeline_py=LARGE)
    ended = limited(shell, "run", ".")
    assert ended.code == 5
    assert "File too large" in ended.out + ended.err
    assert "Traceback" not in ended.out + ended.err
    assert states(shell, 1, ".penstock") == {"small": "succeeded", "large": "failed", "after": "skipped"}
    assert shell("run", ".").lines[1] == "  small   cached   run 1"


@pytest.mark.parametrize("root", ["pipeline.py", "pipeline.py/below", "/proc/penstock"])
def test_a_root_that_cannot_be_made_ends_with_5(shell: Shell, root: str) -> None:
    shell.write(pipeline_py=CALCULATION)
    ended = shell("run", ".", "--root", root)
    assert (ended.code, ended.out) == (5, "")
    assert "cannot write: " in ended.err
    assert ended.err.endswith("  Hint: give a place that can be written: --root DIR\n")
