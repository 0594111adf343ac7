"""Who we are, and whether another process still lives. Needs no clock and no lock; Linux only."""

from __future__ import annotations

import os
import platform
from functools import lru_cache
from pathlib import Path

from penstock.metadata.records import Owner

__all__ = ["is_alive", "this_owner"]


def this_owner() -> Owner:
    """The calling process as the owner of a claim or a run."""
    pid = os.getpid()  # asked every time: a forked child is somebody else
    start = _start_of(pid)
    return Owner(name=platform.node(), boot_id=_boot_id(), pid=pid, pid_start=0 if start is None else start)


def is_alive(owner: Owner) -> bool | None:
    """Whether an owner's process still lives; None when that cannot be seen from here.

    It cannot on another machine, nor in another container of this one, whose process ids are its own. The same machine
    after a reboot has another boot id: its owners of before are dead.
    """
    if owner.boot_id == _boot_id():
        return _start_of(owner.pid) == owner.pid_start
    if owner.boot_id.partition(_NAMESPACE)[0] == _boot_id().partition(_NAMESPACE)[0]:
        return None
    return False if owner.name == platform.node() else None


_NAMESPACE = " pid:"


@lru_cache(maxsize=1)
def _boot_id() -> str:
    """The kernel's boot id, and the namespace that process ids count in: containers of one machine share the first."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}{_NAMESPACE}{Path('/proc/self/ns/pid').stat().st_ino}"


def _start_of(pid: int) -> int | None:
    """Start time of a living process in clock ticks since boot (proc_pid_stat(5), field 22)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in field 2 may hold spaces and brackets; what follows its last bracket does not.
    fields = stat.rpartition(b")")[2].split()
    return None if fields[0] in (b"Z", b"X") else int(fields[19])
