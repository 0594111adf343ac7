"""Project: the folder of user code, seen as Python's import system sees it when that folder is first on `sys.path`."""

from __future__ import annotations

import ast
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TypeVar

from penstock.errors import DefinitionError, NotFoundError, StorageError

__all__ = ["Project", "children", "package_name", "parse", "quiet_parser", "walk"]

T = TypeVar("T")

_warnings_lock = threading.Lock()


class Project:
    """A folder of user code.

    It remembers what it read: make a new one for each question, so that an edit in between is seen.

    Args:
        folder: The definition's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._content: dict[str, bytes] = {}
        self._resolved: dict[str, str | None] = {}

    def relative(self, file: str | os.PathLike[str]) -> str:
        """The POSIX path of a file relative to the folder.

        Args:
            file: Relative to the folder, or absolute.

        Raises:
            NotFoundError: There is no such file.
            DefinitionError: It lies outside the folder.
        """
        path = Path(os.path.normpath(self.folder / file))
        if not path.is_relative_to(self.folder):
            path = path.resolve()
        if not path.is_relative_to(self.folder):
            raise DefinitionError(
                f"{Path(file).name} is outside the project",
                at=str(self.folder),
                received=os.fspath(file),
                expected="a file in the definition's folder or below",
                hint="move it, or put the definition into a folder above both",
            )
        if not path.is_file():
            raise NotFoundError(f"no file {os.fspath(file)}", at=str(self.folder))
        return path.relative_to(self.folder).as_posix()

    def read(self, file: str) -> bytes:
        """Bytes of a file, the same at every call.

        Args:
            file: POSIX path relative to the folder.

        Raises:
            StorageError: It cannot be read.
        """
        if file not in self._content:
            try:
                self._content[file] = (self.folder / file).read_bytes()
            except OSError as error:
                raise StorageError(f"cannot read: {error.strerror}", at=str(self.folder / file)) from error
        return self._content[file]

    def tree(self, file: str) -> ast.Module:
        """The syntax tree of a file; shared, so never to be changed.

        Raises:
            DefinitionError: It is not Python; the message names the line.
        """
        return self.analyse(file, parse)

    def analyse(self, file: str, how: Callable[[bytes], T]) -> T:
        """What `how` makes of a file's bytes, a SyntaxError in them told with its place.

        Raises:
            DefinitionError: It is not Python; the message names the line.
        """
        try:
            return how(self.read(file))
        except SyntaxError as error:
            line = f":{error.lineno}" if error.lineno else ""
            raise DefinitionError(
                f"not valid Python: {error.msg}", at=f"{file}{line}", received=(error.text or "").strip() or None
            ) from error
        except (ValueError, RecursionError) as error:
            raise DefinitionError(f"not valid Python: {error}", at=file) from error

    def module(self, name: str) -> str | None:
        """The file that `import name` executes last: `a/b/__init__.py` before `a/b.py`, as Python has it.

        Args:
            name: Dotted name, absolute.

        Returns:
            POSIX path relative to the folder; None for what is no module with a file of the project.
        """
        if name not in self._resolved:
            self._resolved[name] = self._find(name)
        return self._resolved[name]

    def _find(self, name: str) -> str | None:
        top = name.partition(".")[0]
        if not name or top in sys.builtin_module_names:
            return None
        base = name.replace(".", "/")
        for file in (f"{base}/__init__.py", f"{base}.py"):
            if (self.folder / file).is_file():
                return file
        return None

    def chain(self, name: str) -> list[str]:
        """The files that `import name` executes: the `__init__.py` of each package on the way, and the module's own."""
        parts = name.split(".")
        names = (".".join(parts[:end]) for end in range(1, len(parts) + 1))
        return [file for file in map(self.module, names) if file is not None]

    def is_package(self, name: str) -> bool:
        """Whether a dotted name is a folder of the project, with or without an `__init__.py`."""
        return bool(name) and (self.folder / name.replace(".", "/")).is_dir()

    def submodules(self, name: str) -> list[str]:
        """Dotted names of the modules directly in a package."""
        folder = self.folder / name.replace(".", "/")
        found = {entry.stem for entry in folder.glob("*.py")} | {
            entry.parent.name for entry in folder.glob("*/__init__.py")
        }
        return sorted(f"{name}.{stem}" for stem in found if stem.isidentifier() and stem != "__init__")


def package_name(file: str) -> str:
    """Dotted name of the package that relative imports of a file start from; "" for a file at the top."""
    return ".".join(PurePosixPath(file).parts[:-1])


@lru_cache(maxsize=1024)
def parse(content: bytes) -> ast.Module:
    """The syntax tree of Python source; each content is parsed once per process.

    Keyed by the bytes themselves, for a key of size and modification time misses a quick edit.
    """
    with quiet_parser():
        return ast.parse(content)


@contextmanager
def quiet_parser() -> Iterator[None]:
    r"""Keeps the parser's warnings (such as about `"\\d"`) back; the user hears of them when the file is imported."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node. `ast.iter_child_nodes` takes twice as long."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and everything below it."""
    found = [node]
    for each in found:
        found += children(each)
    return found
