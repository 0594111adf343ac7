"""Definitions: what the statements of one file bind, name, import and do. Depends on the file's text alone."""

from __future__ import annotations

import ast
import symtable
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256

from penstock.sources.effects import Surroundings, has_effect, is_main_guard, opaque
from penstock.sources.imports import Import, imports_in, is_type_checking, named_by_text, own_parts
from penstock.sources.normal_form import normal_form
from penstock.sources.project import children, parse, quiet_parser, walk

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
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Statement:
    """A statement of a file's top level.

    Attributes:
        node: Its syntax tree.
        binds: Names that it gives to things, other than by an import statement of its own.
        imports: All imports in it, those in functions too.
        effect: Whether importing the file does something here beyond binding names.
        defines_class: Whether it defines a class.
        subclass: Whether it defines one with bases, which a call of `__subclasses__` may find.
    """

    def __init__(
        self, node: ast.stmt, binds: frozenset[str], tables: Sequence[symtable.SymbolTable], known: Surroundings
    ) -> None:
        self.node = node
        self.binds = binds
        self.imports = imports_in(node)
        self.effect = has_effect(node, known)
        classes = [part for part in own_parts(node) if isinstance(part, ast.ClassDef)]
        self.defines_class = bool(classes)
        self.subclass = any(part.bases for part in classes)
        self._tables = tables
        self._known = known
        self._opaque = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and opaque(node, known)
        self._digests: dict[bool, str] = {}

    # What follows is only asked of reached statements.

    @cached_property
    def early(self) -> frozenset[str]:
        """The part of `names` that it uses when the file is imported."""
        parts = _early_parts(self.node)
        return frozenset(part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of the top level (or of the language) that it uses, also in the bodies of what it defines."""
        return self.early.union(*map(_late_names, self._tables), _annotation_names(self.node))

    @cached_property
    def chains(self) -> Mapping[str, set[Chain]]:
        """For each name in it, the attributes that are taken from it."""
        found = _chains(self.node)
        for name in _annotation_names(self.node, quoted=True):
            found[name].add(())
        return found

    @property
    def made_global(self) -> set[str]:
        """Names that functions in it declare global."""
        return {name for part in walk(self.node) if isinstance(part, ast.Global) for name in part.names}

    @cached_property
    def _words(self) -> set[str]:
        return {part.attr for part in walk(self.node) if isinstance(part, ast.Attribute)}

    @property
    def named_by_text(self) -> list[Import]:
        """What component classes in it name by a text, and what the worker imports."""
        return named_by_text(self.node) if self.defines_class else []

    @property
    def lists_subclasses(self) -> bool:
        """Whether it asks a class for its subclasses."""
        return "__subclasses__" in self._words

    @property
    def reads_documentation(self) -> bool:
        """Whether docstrings may matter to it."""
        return not (_DOCUMENTATION.isdisjoint(self._words) and _DOCUMENTATION.isdisjoint(self.names))

    @cached_property
    def dynamic(self) -> bool:
        """Whether it can reach anything in its file by a string."""
        bindings = (each for name in self.names for each in self._known.imports.get(name, ()))
        return (
            not _DYNAMIC_NAMES.isdisjoint(self.names)
            or not _DYNAMIC_ATTRIBUTES.isdisjoint(self._words)
            or any(map(_is_dynamic_import, [*bindings, *self.imports]))
            or any(chain[:1] == ("modules",) for chain in self.chains.get("sys", ()))
        )

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

    @property
    def is_definition(self) -> bool:
        """Whether it stands for the names that it binds: a function, a class, an assignment."""
        return isinstance(self.node, _DEFINITIONS)

    @cached_property
    def early_imports(self) -> list[Import]:
        """Imports that are executed when the file is imported: those outside functions."""
        return [
            each
            for part in own_parts(self.node)
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
        late_imported: Name to what imports inside functions bind to it, after `global name`.
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
    bound = [_bound(node) for node in body]
    for node, names in zip(body, bound, strict=True):
        for part in own_parts(node):
            if isinstance(part, ast.Import | ast.ImportFrom):
                for each in imports_in(part):
                    imported[each.bound].append(each)
        for name in names:
            binding_nodes[name].append(node)
    known = Surroundings(imports=imported, statements=binding_nodes)
    with quiet_parser():
        top = symtable.symtable(content, "<project>", "exec")  # type: ignore[arg-type]  # bytes are fine
    tables = sorted(top.get_children(), key=_line)
    statements = [
        Statement(node, names, _tables_of(node, tables), known) for node, names in zip(body, bound, strict=True)
    ]
    binding: dict[str, list[int]] = defaultdict(list)
    for index, statement in enumerate(statements):
        # An import inside `try` or `if` counts with the statement around it.
        bindings = set(statement.binds)
        if not statement.is_import:
            bindings.update(each.bound for each in statement.early_imports)
        for name in bindings:
            binding[name].append(index)
    late: dict[str, list[Import]] = defaultdict(list)
    for statement in statements:
        for each in statement.imports:
            if each not in statement.early_imports and each.bound in statement.made_global:
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
            pending += [part.target for part in walk(current) if isinstance(part, ast.NamedExpr)]
        else:
            pending.extend(children(current))


def _bound(node: ast.stmt) -> frozenset[str]:
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
    return frozenset(found)


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


def _annotation_names(node: ast.stmt, *, quoted: bool = False) -> set[str]:
    """Names in annotations anywhere in a statement, for decorators evaluate them (`get_type_hints`).

    Args:
        node: The statement.
        quoted: Only those that stand in a string.
    """
    found: set[str] = set()
    for part in walk(node):
        annotation = part.annotation if isinstance(part, ast.arg | ast.AnnAssign) else getattr(part, "returns", None)
        pending = [(inner, False) for inner in walk(annotation)] if annotation is not None else []
        while pending:
            inner, in_string = pending.pop()
            if isinstance(inner, ast.Name) and (in_string or not quoted):
                found.add(inner.id)
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                try:
                    pending.extend((each, True) for each in walk(ast.parse(inner.value, mode="eval")))
                except (SyntaxError, ValueError):
                    continue  # text of Annotated[...] or Literal[...]
    return found


def _chains(node: ast.stmt) -> defaultdict[str, set[Chain]]:
    found: defaultdict[str, set[Chain]] = defaultdict(set)
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
            pending.extend(children(current))
    return found


def _tables_of(node: ast.stmt, tables: Sequence[symtable.SymbolTable]) -> list[symtable.SymbolTable]:
    """Scopes that open inside a statement, found by line; two statements in one line both get the scopes of both."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    start = bisect_left(tables, first, key=_line)
    return list(tables[start : bisect_right(tables, node.end_lineno or node.lineno, key=_line)])


def _line(table: symtable.SymbolTable) -> int:
    return table.get_lineno()
