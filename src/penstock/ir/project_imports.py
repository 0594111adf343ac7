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
    own = {p.stem if p.is_file() else p.name for p in folder.iterdir() if p.suffix == ".py" or p.is_dir()}
    own -= {*sys.stdlib_module_names, "penstock"}
    before = dict(sys.modules)
    path, bytecode = list(sys.path), sys.dont_write_bytecode
    for name, module in before.items():
        if name.partition(".")[0] in own and not _is_installed(module, folder):
            del sys.modules[name]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    try:
        yield
    finally:
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name not in before and (name.partition(".")[0] in own or (file and Path(file).is_relative_to(folder))):
                del sys.modules[name]
        sys.modules.update({name: module for name, module in before.items() if name.partition(".")[0] in own})
        sys.path[:] = path
        sys.dont_write_bytecode = bytecode


def _is_installed(module: ModuleType, folder: Path) -> bool:
    """Whether a loaded module is a library, which a data folder of the same name must not hide."""
    file = getattr(module, "__file__", None)
    return file is not None and "site-packages" in Path(file).parts and not Path(file).is_relative_to(folder)
