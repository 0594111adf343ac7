"""Fingerprint: the user code in a node's cache key, as named parts that say what changed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from penstock.errors import UnknownNameError
from penstock.sources.definitions import Definitions
from penstock.sources.imports import Import, files_of, third_party
from penstock.sources.libraries import library_version
from penstock.sources.project import Project, package_name
from penstock.sources.reach import Reach

__all__ = ["CodePart", "fingerprint"]


@dataclass(frozen=True, slots=True)
class CodePart:
    """One part of the user code that a node depends on.

    Attributes:
        name: As users read it: `model.py: run_fn`, `model.py: module statements`, `model.py: imports`,
            `model.py: whole file`, `library numpy`, `python`.
        digest: `sha256:` of its content, the same wherever the project lies.
        shown: A version, for `library` and `python`; "" for code.
    """

    name: str
    digest: str
    shown: str = ""


def fingerprint(folder: Path, file: str, entry: str | None) -> tuple[CodePart, ...]:
    """All code that can have a say in what a function of the project does.

    That is every definition reachable by name from it, statements of the files it imports that have an effect, Python's
    minor version and the versions of the packages that those files import. Formatting and comments do not count;
    docstrings do only where something may read them. Where a name is looked up by a string, the whole file counts.

    Args:
        folder: The definition's folder, or the snapshot of it.
        file: File of the project, relative to the folder.
        entry: A function or class of it; None for the whole file.

    Returns:
        The parts, sorted by name.

    Raises:
        NotFoundError: There is no such file.
        UnknownNameError: The file has no such function.
        DefinitionError: A reached file is not valid Python; the message names the line.
    """
    project = Project(folder)
    file = project.relative(file)
    reach = Reach(project)
    reach.add(file, entry)
    found = reach.definitions(file)
    if entry is not None and not found.knows(entry) and file not in reach.whole:
        raise UnknownNameError(f'{file} has no function "{entry}"', name=entry, known=found.names, at=file)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    parts = [CodePart("python", _digest([version]), version)]
    for library in third_party(project, reach.imports):
        shown = library_version(library)
        parts.append(CodePart(f"library {library}", _digest([shown]), shown))
    docstrings = any(
        reach.definitions(each).statements[index].reads_documentation
        for each, places in reach.statements.items()
        for index in places
    )
    for each in reach.executed:
        parts.extend(_parts_of(reach, each, docstrings))
    effective = [each for each in _import_order(reach, file) if _has_effect(reach, each)]
    if len(effective) > 1:
        parts.append(CodePart("import order", _digest(effective)))
    return tuple(sorted(parts, key=lambda part: part.name))


def _parts_of(reach: Reach, file: str, docstrings: bool) -> Iterator[CodePart]:
    found = reach.definitions(file)
    digests = {index: found.statements[index].digest(docstrings=docstrings) for index in reach.statements[file]}
    if file in reach.whole:
        imports = [_text(each) for each in _all_imports(found)]
        everything = [digests[index] for index in range(len(found.statements))]
        documentation = [found.docstring or ""] if docstrings else []
        yield CodePart(f"{file}: whole file", _digest([*found.future, *imports, *everything, *documentation]))
        return
    for name in reach.named[file]:
        yield CodePart(f"{file}: {name}", _digest([*found.future, *(digests[index] for index in found.binding[name])]))
    if reach.bindings[file]:
        yield CodePart(f"{file}: imports", _digest(sorted(map(_text, reach.bindings[file]))))
    order = list(_order(reach, file, digests))
    if order:
        yield CodePart(f"{file}: module statements", _digest([*found.future, *order]))
    if docstrings and found.docstring is not None:
        yield CodePart(f"{file}: docstring", _digest([found.docstring]))


def _import_order(reach: Reach, file: str) -> list[str]:
    """The files that importing a file executes, in the order in which Python ends doing so."""
    started: set[str] = set()
    ended: list[str] = []
    pending: list[tuple[str, bool]] = [(file, False)]
    while pending:
        current, done = pending.pop()
        if done:
            ended.append(current)
        elif current not in started:
            started.add(current)
            imports = [each for statement in reach.definitions(current).statements for each in statement.early_imports]
            files = [below for each in imports for below in files_of(reach.project, each, current)]
            packages = reach.project.chain(package_name(current))
            pending.append((current, True))
            pending.extend((each, False) for each in reversed([*packages, *files]))
    return ended


def _has_effect(reach: Reach, file: str) -> bool:
    return any(statement.effect for statement in reach.definitions(file).statements)


def _order(reach: Reach, file: str, digests: dict[int, str]) -> Iterator[str]:
    """What has an effect, in order, and what it could make a difference to stand before or after."""
    found = reach.definitions(file)
    named = reach.named[file]
    several = {name for name in named if len(found.binding[name]) + len(found.imported.get(name, ())) > 1}
    effects = any(found.statements[index].effect for index in reach.statements[file])
    if not effects and not several:
        return
    for index, statement in enumerate(found.statements):
        if statement.is_import:
            imports = [each for each in statement.early_imports if _may_have_effects(each)]
            if effects:
                yield from (f"import {_text(each)}" for each in imports)
        elif index in digests:
            names = sorted(statement.binds & named)
            if not names or (statement.effect and not statement.is_definition):
                yield digests[index]
            elif statement.effect or not several.isdisjoint(names) or _uses_values(found, index):
                yield f"here {' '.join(names)}"


def _uses_values(found: Definitions, index: int) -> bool:
    """Whether a statement takes the value of something in its file at the moment when it is executed."""
    statement = found.statements[index]
    return any(name in found.binding for name in statement.early - statement.binds)


def _may_have_effects(found: Import) -> bool:
    """Whether an import may have effects of its own: one of the project, or of an installed package."""
    return bool(found.level) or found.module.partition(".")[0] not in sys.stdlib_module_names


def _all_imports(found: Definitions) -> Iterable[Import]:
    return (each for name in sorted(found.imported) for each in found.imported[name])


def _text(found: Import) -> str:
    return f"{'.' * found.level}{found.module} {found.name} {found.bound} {found.renamed}"


def _digest(content: Iterable[str]) -> str:
    total = sha256()
    for item in content:
        data = item.encode("utf-8", "surrogatepass")
        total.update(f"{len(data)}:".encode() + data)
    return f"sha256:{total.hexdigest()}"
