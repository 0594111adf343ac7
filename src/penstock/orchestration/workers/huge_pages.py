"""Fewer, larger pages: what a fork copies is the table of pages, and that of a process with TensorFlow is long."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

__all__ = ["use_huge_pages"]

_HUGE = 2 << 20
_MADV_COLLAPSE = 25  # Linux 6.1 (include/uapi/asm-generic/mman-common.h)
_ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p \S+ \S+ 0\s*(?:\[heap\])?")


def use_huge_pages() -> None:
    """Moves this process's own memory to pages of 2 MiB, as far as the kernel likes. An old one refuses.

    It takes most of a second with TensorFlow loaded, and then halves the time of each fork
    (docs/decisions/0004-workers-fork-from-a-warm-server.md).
    """
    library = ctypes.CDLL(None)
    library.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines():
        if found := _ANONYMOUS.fullmatch(line):
            begin = -(-int(found[1], 16) // _HUGE) * _HUGE
            size = int(found[2], 16) // _HUGE * _HUGE - begin
            if size > 0:
                library.madvise(begin, size, _MADV_COLLAPSE)
