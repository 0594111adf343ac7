"""Imports of a project's files that leave nothing behind in the process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

__all__ = ["project_imports"]


@contextmanager
def project_imports(folder: Path) -> Iterator[None]:
    """Imports inside the block take the folder's own files afresh, and leave nothing behind.

    Without this, a second definition would find the first one's `model` in `sys.modules`, and bytecode written within
    the same second as an edit would hide the edit. Not for several threads at once.
    """
    own = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    bare = {path.name for path in folder.iterdir() if path.is_dir()} - own
    before = dict(sys.modules)
    path, bytecode = list(sys.path), sys.dont_write_bytecode
    for name, module in before.items():
        top = name.partition(".")[0]
        # As on sys.path: a file or a package hides a library of its name, a folder without __init__.py does not.
        hidden = top in own or (top in bare and not _is_installed(module))
        if hidden and top not in sys.stdlib_module_names and top != "penstock":
            del sys.modules[name]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            is_own = name.partition(".")[0] in own | bare or (file and Path(file).is_relative_to(folder))
            if name not in before and is_own:
                del sys.modules[name]
        sys.modules.update(before)
        sys.path[:] = path
        sys.dont_write_bytecode = bytecode


def _is_installed(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and "site-packages" in Path(file).parts
