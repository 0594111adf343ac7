"""Which files of the project, and which installed packages, a Python file imports."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from penstock.sources.project import Project, children, package_name, walk

__all__ = [
    "Import",
    "absolute",
    "dynamic_imports",
    "imported_files",
    "imports_in",
    "named_by_text",
    "own_parts",
    "third_party",
    "uses_dynamic_import",
]

_DYNAMIC = frozenset({"__import__", "importlib", "import_module", "runpy", "pkgutil", "modules"})

_NOT_EXECUTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)


@dataclass(frozen=True, slots=True)
class Import:
    """One thing that an import statement brings in.

    Attributes:
        module: Dotted name as written, without leading dots; may be empty in a relative import.
        level: Number of leading dots.
        name: What is taken from the module, `*` for all; None where the module itself is imported.
        bound: The name that it is known by afterwards.
        renamed: Whether `as` says so; `import a.b` binds the package `a`, `import a.b as x` the module.
    """

    module: str
    level: int
    name: str | None
    bound: str
    renamed: bool = False


def imports_in(node: ast.AST) -> list[Import]:
    """All imports below a node, at any depth, except those that only type checkers read (`if TYPE_CHECKING:`)."""
    return list(_walk(node))


def _walk(node: ast.AST) -> Iterator[Import]:
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ast.expr):  # holds no statement
            continue
        if isinstance(current, ast.Import):
            for alias in current.names:
                bound = alias.asname or alias.name.partition(".")[0]
                yield Import(alias.name, 0, None, bound, alias.asname is not None)
        elif isinstance(current, ast.ImportFrom):
            for alias in current.names:
                yield Import(current.module or "", current.level, alias.name, alias.asname or alias.name)
        elif isinstance(current, ast.If) and is_type_checking(current.test):
            pending.extend(reversed(current.orelse))
        else:
            pending.extend(reversed(children(current)))


def named_by_text(node: ast.AST) -> list[Import]:
    """What component classes below a node name as `"package.module:name"`, to be imported where the node runs."""
    found: list[Import] = []
    for part in walk(node):
        for each in part.body if isinstance(part, ast.ClassDef) else ():
            match each:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _TEXTS:
                    found += _import_in(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in _TEXTS:
                    found += _import_in(value)
    return found


_TEXTS = ("executor", "confirm")
_REFERENCE = re.compile(r"(\w+(?:\.\w+)*):(\w+)")


def _import_in(value: ast.expr) -> Iterator[Import]:
    match = (
        _REFERENCE.fullmatch(value.value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
    )
    if match is not None:
        yield Import(match[1], 0, match[2], match[2])


def own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The statements in a statement that are executed with it: not the bodies of functions, nor expressions."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, ast.If) and is_type_checking(current.test):
            pending.extend(reversed(current.orelse))
        elif not isinstance(current, _NOT_EXECUTED):
            pending.extend(reversed(children(current)))


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING`, which is never true when code runs."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def absolute(found: Import, file: str) -> str | None:
    """The absolute dotted name of the module that an import names.

    Args:
        found: The import.
        file: The file that it stands in, relative to the project.

    Returns:
        None where the leading dots lead out of the project; Python refuses such an import.
    """
    if not found.level:
        return found.module
    package = package_name(file).split(".") if package_name(file) else []
    if found.level > len(package):
        return None
    return ".".join([*package[: len(package) - found.level + 1], *([found.module] if found.module else [])])


def imported_files(project: Project, file: str) -> list[str]:
    """Files of the project that importing a file, or calling anything in it, may execute; not their own imports.

    Raises:
        DefinitionError: The file is not valid Python.
    """
    tree = project.tree(file)
    found: dict[str, None] = dict.fromkeys(project.chain(package_name(file)))
    for each in [*imports_in(tree), *named_by_text(tree)]:
        found.update(dict.fromkeys(files_of(project, each, file)))
    for name in dynamic_imports(project, tree, file):
        found.update(dict.fromkeys(project.chain(name)))
    found.pop(file, None)
    return list(found)


def files_of(project: Project, found: Import, file: str) -> list[str]:
    """Files of the project that one import executes."""
    module = absolute(found, file)
    if not module:
        return []
    files = project.chain(module)
    if found.name == "*":
        # A package's `__all__` may name submodules; all of them are taken rather than guessing which.
        for name in project.submodules(module) if project.is_package(module) else []:
            files += project.chain(name)
    elif found.name is not None and project.is_package(module):
        files += project.chain(f"{module}.{found.name}")
    return files


def uses_dynamic_import(node: ast.AST) -> bool:
    """Whether code can import modules whose names are strings."""
    for part in walk(node):
        if isinstance(part, ast.Name) and part.id in _DYNAMIC:
            return True
        if isinstance(part, ast.Attribute) and part.attr in _DYNAMIC:
            return True
        if isinstance(part, ast.alias) and not _DYNAMIC.isdisjoint(part.name.split(".")):
            return True
        if isinstance(part, ast.ImportFrom) and part.module and part.module.split(".")[0] in _DYNAMIC:
            return True
    return False


def dynamic_imports(project: Project, tree: ast.AST, file: str) -> list[str]:
    """Dotted names of the project's modules that a file which imports by string may mean.

    Every string in it that is the name of a module counts; one that ends in a dot (`f"models.{name}"`) or names a
    package means all modules of that package. A name that no string spells cannot be followed.
    """
    if not uses_dynamic_import(tree):
        return []
    found: dict[str, None] = {}
    for node in walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text = node.value
        stripped = text.strip(".")
        level = len(text) - len(text.lstrip("."))
        if not stripped or not all(part.isidentifier() for part in stripped.split(".")):
            continue
        name = absolute(Import(stripped, level, None, stripped), file)
        if name is None:
            continue
        if project.module(name):
            found[name] = None
        if project.is_package(name):
            found.update(dict.fromkeys(project.submodules(name)))
    return list(found)


def third_party(project: Project, imports: Iterable[Import]) -> set[str]:
    """Top-level names of the installed packages among imports: not Python's own, not the project's, not Penstock.

    A folder of the project without modules (`datasets/`) does not hide an installed package of its name.
    """
    found = set()
    for each in imports:
        top = each.module.partition(".")[0]
        if each.level or top in sys.stdlib_module_names or top == "penstock":
            continue
        if not files_of(project, each, ""):
            found.add(top)
    return found
