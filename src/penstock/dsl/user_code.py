"""Loads functions and components from a project's own files."""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.errors import DefinitionError, NotFoundError, UnknownNameError

__all__ = ["load_module", "load_user_function", "user_frame"]


def load_module(file: str | Path, project: str | Path) -> ModuleType:
    """Imports a project's file under its dotted name below the project's folder, which is put first on `sys.path`.

    Imports of other project files then work as they do for the user, and a second load gives the same module.

    Args:
        file: The file; absolute, or relative to the project.
        project: The project's folder, or the snapshot of it.

    Raises:
        NotFoundError: There is no such file.
        DefinitionError: It raises when it is imported; the message says where.
    """
    project = Path(project).resolve()
    path = (project / file).resolve()
    if not path.is_file():
        raise NotFoundError(f"no file {file}", at=str(project))
    root = project if path.is_relative_to(project) else path.parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) != str(path):
        del sys.modules[name]  # another project's file of the same name, or an installed module that it hides
    try:
        return importlib.import_module(name)
    except DefinitionError:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        place, text = user_frame(error, root)
        raise DefinitionError(
            f"{path.name} raises when it is imported: {type(error).__name__}: {error}",
            at=place or str(path),
            received=text or None,
        ) from error


def load_user_function(path: str, name: str, project: str | Path | None = None) -> Any:
    """Loads a function of a user's module, such as `run_fn`.

    Args:
        path: The module's file, absolute.
        name: The function.
        project: Folder that the module's own imports start from; the file's folder when None.

    Raises:
        NotFoundError: No such file.
        UnknownNameError: The module has no such function.
        DefinitionError: The module raises when it is imported.
    """
    module = load_module(path, project or Path(path).parent)
    found = getattr(module, name, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise UnknownNameError(f'{Path(path).name} has no function "{name}"', name=name, known=functions, at=path)
    return found


def user_frame(error: BaseException, project: str | Path) -> tuple[str | None, str]:
    """The innermost place of a traceback inside the project: `file.py:12 function` and its line of code."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(project):
        return f"{Path(error.filename).relative_to(project)}:{error.lineno}", (error.text or "").strip()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(project):
            return f"{Path(frame.filename).relative_to(project)}:{frame.lineno} {frame.name}", frame.line or ""
    return None, ""
