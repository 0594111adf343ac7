"""The code of an installed component, for cache keys: what its modules import within their own package."""

from __future__ import annotations

import re
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath

from penstock.dsl.component import Component
from penstock.errors import DefinitionError
from penstock.sources.imports import Import, absolute
from penstock.sources.project import Project

__all__ = ["component_digest", "component_files"]

# Parsing all standard components takes 30 ms and more, longer than planning a cached pipeline; looking for names takes
# one. A name in a comment or a string counts too, which can only make the reach too wide.
_FROM = re.compile(r"\bfrom\s+(\.*)([\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)")
_SHARED = ("penstock/components/", "penstock/examples/")


@cache
def component_digest(component: type[Component]) -> str:
    """`sha256:` of the files that a component's own module and its executor's reach by import.

    Args:
        component: A standard component, or one of an installed package. Its executor is not imported.

    Raises:
        DefinitionError: The component's module has no file.
    """
    project, files = _reach(component)
    total = sha256()
    for file in files:
        total.update(f"{file}\0{_digest(project.folder, file)}\n".encode())
    return f"sha256:{total.hexdigest()}"


def component_files(component: type[Component]) -> tuple[str, ...]:
    """The files that `component_digest` reads, relative to the folder that holds the package; sorted."""
    return _reach(component)[1]


def _reach(component: type[Component]) -> tuple[Project, tuple[str, ...]]:
    top = component.__module__.partition(".")[0]
    project = _installed(top)
    executor = component.executor
    modules = [component.__module__, executor.partition(":")[0] if isinstance(executor, str) else executor.__module__]
    pending = [file for module in modules for file in project.chain(module)]
    reached: set[str] = set()
    while pending:
        file = pending.pop()
        if file not in reached and _counts(file, top):
            reached.add(file)
            pending.extend(_mentioned(project.folder, top, file))
    if not reached:
        raise DefinitionError(
            f'component "{component.component_name()}": its module has no file', at=component.__module__
        )
    return project, tuple(sorted(reached))


def _counts(file: str, top: str) -> bool:
    """Whether a file is a component's own code; of Penstock, the language and the list of all components are not."""
    if top == "penstock":
        return file.startswith(_SHARED) and file != "penstock/components/__init__.py"
    return PurePosixPath(file).parts[0] in (top, f"{top}.py")


@cache
def _installed(top: str) -> Project:
    """The folder that holds an imported top-level package or module."""
    module = sys.modules.get(top)
    file = getattr(module, "__file__", None)
    if file is not None:
        path = Path(file)
        return Project(path.parent.parent if path.name == "__init__.py" else path.parent)
    for folder in getattr(module, "__path__", ()):  # a package without `__init__.py`
        return Project(Path(folder).parent)
    raise DefinitionError(f"{top} has no file", at=top)


@cache
def _content(folder: Path, file: str) -> bytes:
    return (folder / file).read_bytes()


@cache
def _digest(folder: Path, file: str) -> str:
    return sha256(_content(folder, file)).hexdigest()


@cache
def _mentioned(folder: Path, top: str, file: str) -> tuple[str, ...]:
    """Files of the package whose modules a file names, in imports or as `"package.module:name"`."""
    text = _content(folder, file).decode("utf-8", "replace")
    names = set(re.findall(rf"\b{re.escape(top)}(?:\.\w+)+", text))
    for dots, module, taken in _FROM.findall(text):
        start = absolute(Import(module, len(dots), None, ""), file)
        if start and start.partition(".")[0] == top:
            names.update(f"{start}.{name}" for name in re.findall(r"\w+", taken))
            names.add(start)
    project = _installed(top)
    return tuple(sorted({found for name in names for found in project.chain(name)}))
