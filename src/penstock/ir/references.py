"""Files that a pipeline names: user code and external data. Looked at without importing or reading them whole."""

from __future__ import annotations

import ast
import glob
import os
from collections.abc import Iterator
from pathlib import Path

from penstock.errors import DefinitionError, NotFoundError, UnknownNameError, nearest
from penstock.sources.project import parse

__all__ = ["check_data", "check_entry", "normalise", "relative_to_folder"]


def normalise(path: str) -> str:
    """`./data/` to `data`: POSIX form, `.` and needless `..` taken out; URLs stay as they are."""
    return path if "://" in path else Path(os.path.normpath(path)).as_posix()


def relative_to_folder(path: str, folder: Path) -> str:
    """A path below the folder as relative to it; any other as it is."""
    given = Path(path)
    return given.relative_to(folder).as_posix() if given.is_absolute() and given.is_relative_to(folder) else path


def check_entry(folder: Path, file: str, entry: str) -> None:
    """Checks that a file of user code defines a function, by its syntax tree; nothing is imported.

    Args:
        folder: The definition's folder.
        file: The file, absolute or relative to the folder.
        entry: Name of the function.

    Raises:
        NotFoundError: There is no such file.
        UnknownNameError: The file does not define the name.
        DefinitionError: The file is not Python.
    """
    path = folder / file
    if not path.is_file():
        siblings = sorted(p.name for p in path.parent.glob("*.py")) if path.parent.is_dir() else []
        match = nearest(path.name, siblings)
        raise NotFoundError(
            f'there is no file "{file}"',
            expected="a Python file, relative to the definition's folder",
            hint=f'did you mean "{(Path(file).parent / match).as_posix()}"?' if match else None,
        )
    try:
        tree = parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise DefinitionError(
            f"{file}{f':{line}' if line else ''} is not Python: {getattr(error, 'msg', error)}",
            received=(getattr(error, "text", None) or "").strip() or None,
        ) from error
    names = set(_bound_names(tree.body))
    if entry not in names and "*" not in names:
        functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        raise UnknownNameError(f'{file} defines no function "{entry}"', name=entry, known=functions)


def _bound_names(body: list[ast.stmt]) -> Iterator[str]:
    """Names that a module's statements bind, those inside `if`, `try` and `with` too; `*` for a star import."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _bound_names(statement.body)
            yield from _bound_names(getattr(statement, "orelse", []))
            yield from _bound_names(getattr(statement, "finalbody", []))
            for handler in getattr(statement, "handlers", []):
                yield from _bound_names(handler.body)


def check_data(folder: Path, path: str) -> None:
    """Checks that a file, a folder that is not empty, or a glob with a match is there. URLs are read only by the node.

    Raises:
        NotFoundError: Nothing is there.
    """
    if "://" in path:
        return
    full = folder / path
    if full.is_dir():
        if any(not child.name.startswith(".") for child in full.iterdir()):
            return
        raise NotFoundError(f'the folder "{path}" is empty', expected="data files")
    if full.exists() or glob.glob(str(full), recursive=True):  # noqa: PTH207 - absolute patterns too
        return
    siblings = [p.name for p in full.parent.iterdir()] if full.parent.is_dir() else []
    match = nearest(full.name, siblings)
    raise NotFoundError(
        f'no file matches "{path}"',
        expected="a file, a folder or a glob, relative to the definition's folder",
        hint=f'did you mean "{(Path(path).parent / match).as_posix()}"?' if match else None,
    )
