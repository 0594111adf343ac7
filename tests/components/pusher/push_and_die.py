"""Publishes a folder, and kills itself with SIGKILL at the N-th step of the copy; run by test_destination.py."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from penstock.components.pusher import destination as module


def main(base: str, serving: str, steps: int) -> None:
    left = steps

    def step() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    copyfile, sync, rename = shutil.copyfile, module._sync, Path.rename

    def slow_copyfile(source: Path, target: Path) -> None:
        data = Path(source).read_bytes()
        target.write_bytes(data[: len(data) // 2])
        step()
        copyfile(source, target)
        step()

    def counted_sync(path: Path) -> None:
        sync(path)
        step()

    def counted_rename(path: Path, target: Path) -> None:
        rename(path, target)
        step()

    shutil.copyfile = slow_copyfile
    module._sync = counted_sync
    Path.rename = counted_rename
    place = module.Destination("serving", base)
    with place.locked(lambda: None):
        place.publish(serving, f"attempt-{os.getpid()}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
