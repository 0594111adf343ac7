"""Definitions: what the statements of one file bind, name, import and do. Depends on the file's text alone."""

from __future__ import annotations

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

from penstock.sources.effects import Surroundings, has_effect, is_main_guard, opaque
from penstock.sources.imports import Import, imports_in, is_type_checking
from penstock.sources.normal_form import normal_form
from penstock.sources.project import parse, quiet_parser

__all__ = ["Chain", "Definitions", "Statement", "definitions"]

Chain = tuple[str, ...]
"""Attributes taken from a name: `a.b.c` is the chain ("b", "c") of `a`; () where the name stands alone."""

# Code that names one of these may reach anything in its file by a string.
_DYNAMIC_NAMES = frozenset(
    {
        *("__builtins__", "__import__", "__spec__", "compile", "delattr", "dir", "eval", "exec", "getattr", "globals"),
        *("hasattr", "locals", "setattr", "vars"),
    }
)
_DYNAMIC_ATTRIBUTES = frozenset(
    {"__dict__", "__getattribute__", "__globals__", "attrgetter", "f_globals", "import_module", "methodcaller"}
)
_DYNAMIC_MODULES = frozenset({"builtins", "gc", "importlib", "inspect", "pkgutil", "runpy"})
_DOCUMENTATION = frozenset({"__doc__", "getdoc", "getsource", "getsourcelines", "help"})

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Statement:
    """A statement of a file's top level.

    Attributes:
        node: Its syntax tree.
        binds: Names that it gives to things, other than by an import statement of its own.
        names: Names of the top level (or of the language) that it uses, also in the bodies of what it defines.
        early: The part of `names` that it uses when the file is imported.
        chains: For each name in it, the attributes that are taken from it.
        imports: All imports in it, those in functions too.
        effect: Whether importing the file does something here beyond binding names.
        defines_class: Whether it defines a class.
        subclass: Whether it defines one with bases, which a call of `__subclasses__` may find.
        dynamic: Whether it can reach anything by a string.
        reads_documentation: Whether docstrings may matter to it.
        lists_subclasses: Whether it asks a class for its subclasses.
    """

    def __init__(self, node: ast.stmt, tables: Sequence[symtable.SymbolTable], known: Surroundings) -> None:
        self.node = node
        self.binds = frozenset(_bound(node))
        self.imports = imports_in(node)
        self.effect = has_effect(node, known)
        self.chains: Mapping[str, set[Chain]] = _chains(node)
        self.early = frozenset(_early_names(node))
        self.names = self.early.union(*map(_late_names, tables), _annotation_names(node))
        words = {attribute for chains in self.chains.values() for chain in chains for attribute in chain}
        words |= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        classes = [part for part in _own_parts(node) if isinstance(part, ast.ClassDef)]
        self.defines_class = bool(classes)
        self.subclass = any(part.bases for part in classes)
        self.lists_subclasses = "__subclasses__" in words
        self.dynamic = (
            not _DYNAMIC_NAMES.isdisjoint(self.names)
            or not _DYNAMIC_ATTRIBUTES.isdisjoint(words)
            or any(_is_dynamic_import(each) for name in self.names for each in known.imports.get(name, ()))
            or any(_is_dynamic_import(each) for each in self.imports)
            or any(chain[:1] == ("modules",) for chain in self.chains.get("sys", ()))
        )
        self.reads_documentation = not _DOCUMENTATION.isdisjoint(words | self.names)
        self._opaque = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and opaque(node, known)
        self._digests: dict[bool, str] = {}

    def digest(self, *, docstrings: bool) -> str:
        """Hex sha256 of its normal form.

        Args:
            docstrings: Whether docstrings count. They do in any case where an unknown decorator or base may read them.
        """
        docstrings = docstrings or self._opaque
        if docstrings not in self._digests:
            form = normal_form(self.node, docstrings=docstrings)
            self._digests[docstrings] = sha256(form.encode("utf-8", "surrogatepass")).hexdigest()
        return self._digests[docstrings]

    @property
    def is_import(self) -> bool:
        """Whether it is nothing but an import."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @cached_property
    def early_imports(self) -> list[Import]:
        """Imports that are executed when the file is imported: those outside functions."""
        return [
            each
            for part in _own_parts(self.node)
            if isinstance(part, ast.Import | ast.ImportFrom)
            for each in imports_in(part)
        ]


@dataclass(frozen=True)
class Definitions:
    """The statements of a file, and which of them bind a name.

    Attributes:
        statements: Those that can be executed: no docstring, nothing behind `if __name__ == "__main__"`.
        binding: Name to the places in `statements` that bind it, in order.
        imported: Name to what imports of the top level bind to it.
        late_imported: Name to what imports inside functions bind to it.
        future: Names imported from `__future__`, which change what all other code means.
        docstring: The file's own, or None.
    """

    statements: tuple[Statement, ...]
    binding: Mapping[str, Sequence[int]]
    imported: Mapping[str, Sequence[Import]]
    late_imported: Mapping[str, Sequence[Import]]
    future: tuple[str, ...]
    docstring: str | None

    def knows(self, name: str) -> bool:
        """Whether the top level binds a name."""
        return name in self.binding or name in self.imported

    @property
    def names(self) -> list[str]:
        """All names that the top level binds."""
        return sorted({*self.binding, *self.imported})


@lru_cache(maxsize=1024)
def definitions(content: bytes) -> Definitions:
    """Analyses Python source; each content is analysed once per process.

    Raises:
        SyntaxError: It is not valid Python.
    """
    body = [node for node in parse(content).body if not _is_idle(node)]
    imported: dict[str, list[Import]] = defaultdict(list)
    binding_nodes: dict[str, list[ast.stmt]] = defaultdict(list)
    for node in body:
        for part in _own_parts(node):
            if isinstance(part, ast.Import | ast.ImportFrom):
                for each in imports_in(part):
                    imported[each.bound].append(each)
        for name in _bound(node):
            binding_nodes[name].append(node)
    known = Surroundings(imports=imported, statements=binding_nodes)
    with quiet_parser():
        tables = symtable.symtable(content, "<project>", "exec").get_children()  # type: ignore[arg-type]  # bytes are fine
    statements = [Statement(node, _tables_of(node, tables), known) for node in body]
    binding: dict[str, list[int]] = defaultdict(list)
    for index, statement in enumerate(statements):
        # An import inside `try` or `if` counts with the statement around it.
        names = set(statement.binds)
        if not statement.is_import:
            names.update(each.bound for each in statement.early_imports)
        for name in names:
            binding[name].append(index)
    late: dict[str, list[Import]] = defaultdict(list)
    for statement in statements:
        for each in statement.imports:
            if each not in statement.early_imports:
                late[each.bound].append(each)
    return Definitions(
        statements=tuple(statements),
        binding=dict(binding),
        imported=dict(imported),
        late_imported=dict(late),
        future=tuple(sorted(each.name or "" for each in _all(imported) if each.module == "__future__")),
        docstring=ast.get_docstring(parse(content)),
    )


def _all(imported: Mapping[str, Sequence[Import]]) -> Iterator[Import]:
    return (each for found in imported.values() for each in found)


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.If) and not node.orelse:
        return is_main_guard(node.test) or is_type_checking(node.test)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_dynamic_import(found: Import) -> bool:
    return not found.level and (
        found.module.partition(".")[0] in _DYNAMIC_MODULES or (found.module == "sys" and found.name == "modules")
    )


def _own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is below it, without the bodies of functions and what only type checkers read."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, ast.If) and is_type_checking(current.test):
            pending.extend(reversed(current.orelse))
        elif not isinstance(current, (*_FUNCTIONS, ast.expr)):
            pending.extend(reversed(list(ast.iter_child_nodes(current))))


def _early_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What is evaluated in the scope of the top level, without the insides of functions, classes and comprehensions."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, _FUNCTIONS):
            pending.append(current.args)
            if not isinstance(current, ast.Lambda):
                pending += current.decorator_list
                pending += [current.returns] if current.returns else []
        elif isinstance(current, ast.ClassDef):
            pending += [*current.decorator_list, *current.bases, *current.keywords]
        elif isinstance(current, _COMPREHENSIONS):
            pending.append(current.generators[0].iter)
            # `:=` inside binds in the scope around.
            pending += [part.target for part in ast.walk(current) if isinstance(part, ast.NamedExpr)]
        else:
            pending.extend(ast.iter_child_nodes(current))


def _bound(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    for part in _early_parts(node):
        match part:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
    return found


def _early_names(node: ast.stmt) -> set[str]:
    return {part.id for part in _early_parts(node) if isinstance(part, ast.Name)}


def _late_names(table: symtable.SymbolTable) -> set[str]:
    """Names of the top level that a function, class or comprehension and all that is nested in it use."""
    found: set[str] = set()
    pending = [table]
    while pending:
        current = pending.pop()
        pending.extend(current.get_children())
        in_class = current.get_type() == "class"
        for symbol in current.get_symbols():
            # A name that a class's body binds is looked up in the module until it is bound: `class A: x = x`.
            if symbol.is_global() or (in_class and symbol.is_local() and symbol.is_referenced()):
                found.add(symbol.get_name())
    return found


def _annotation_names(node: ast.stmt) -> set[str]:
    """Names in annotations anywhere in a statement, also in quotes: decorators evaluate them (`get_type_hints`)."""
    found: set[str] = set()
    for part in ast.walk(node):
        annotation = part.annotation if isinstance(part, ast.arg | ast.AnnAssign) else getattr(part, "returns", None)
        pending = list(ast.walk(annotation)) if annotation is not None else []
        while pending:
            inner = pending.pop()
            if isinstance(inner, ast.Name):
                found.add(inner.id)
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                try:
                    pending.extend(ast.walk(ast.parse(inner.value, mode="eval")))
                except (SyntaxError, ValueError):
                    continue  # text of Annotated[...] or Literal[...]
    return found


def _chains(node: ast.stmt) -> dict[str, set[Chain]]:
    found: dict[str, set[Chain]] = defaultdict(set)
    pending: list[ast.AST] = [node]
    while pending:
        current = pending.pop()
        attributes: list[str] = []
        while isinstance(current, ast.Attribute):
            attributes.append(current.attr)
            current = current.value
        if isinstance(current, ast.Name):
            found[current.id].add(tuple(reversed(attributes)))
        else:
            pending.extend(ast.iter_child_nodes(current))
    return found


def _tables_of(node: ast.stmt, tables: Sequence[symtable.SymbolTable]) -> list[symtable.SymbolTable]:
    """Scopes that open inside a statement, found by line; two statements in one line both get the scopes of both."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return [table for table in tables if first <= table.get_lineno() <= (node.end_lineno or node.lineno)]
