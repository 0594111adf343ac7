"""Which statements of a module do more than give names to things, so that they count even where nothing names them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from penstock.sources.imports import Import, is_type_checking
from penstock.sources.project import children, walk
from penstock.sources.quiet_names import QUIET_BASES, QUIET_CALLS, QUIET_METHODS

__all__ = ["Surroundings", "has_effect", "is_main_guard", "opaque"]

_ACCESSORS = frozenset({"getter", "setter", "deleter"})
_FRESH = (
    ast.Constant,
    ast.JoinedStr,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.BinOp,
    ast.UnaryOp,
)


@dataclass(frozen=True)
class Surroundings:
    """What a module's own text says about its names.

    Attributes:
        imports: Name to what imports bind to it.
        statements: Name to the statements of the module's top level that bind it otherwise.
    """

    imports: Mapping[str, Sequence[Import]]
    statements: Mapping[str, Sequence[ast.stmt]]

    def dotted(self, node: ast.expr) -> str:
        """`np.random.seed` as `numpy.random.seed`; "" where this cannot be said for sure."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        imports = self.imports.get(node.id, ())
        if len(imports) == 1 and node.id not in self.statements:
            start = _imported_name(imports[0])
        elif not imports and node.id not in self.statements and hasattr(builtins, node.id):
            start = f"builtins.{node.id}"
        else:
            start = ""
        return ".".join([start, *reversed(attributes)]) if start else ""


def _imported_name(found: Import) -> str:
    if found.level:
        return ""
    if found.name is not None:
        return f"{found.module}.{found.name}"
    return found.module if found.renamed else found.bound


def has_effect(node: ast.stmt, known: Surroundings) -> bool:  # noqa: PLR0911 - a case each
    """Whether executing a statement of a module or of a class's body can change more than the names that it binds."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Global() | ast.Nonlocal():
            return False
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return opaque(node, known) or not all(_quiet(part, known) for part in _signature(node))
        case ast.ClassDef():
            return opaque(node, known) or any(has_effect(inner, known) for inner in node.body)
        case ast.Assign(targets=targets, value=value):
            return not (all(map(_is_name, targets)) and _quiet(value, known))
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            return not (_is_name(target) and _quiet(annotation, known) and (value is None or _quiet(value, known)))
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            return not (_quiet(value, known) and _is_fresh(name, known))
        case ast.Expr(value=value):
            return not isinstance(value, ast.Constant)
        case ast.If(test=test, body=body, orelse=orelse):
            branches = orelse if is_main_guard(test) or is_type_checking(test) else [*body, *orelse]
            return not _quiet(test, known) or any(has_effect(inner, known) for inner in branches)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=finalbody):
            inner_statements = [*body, *orelse, *finalbody, *(inner for each in handlers for inner in each.body)]
            return any(has_effect(inner, known) for inner in inner_statements)
    return type(node).__name__ != "TypeAlias"  # `type X = ...` of Python 3.12 is evaluated when it is asked for


def is_main_guard(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`, never true in a module that is imported."""
    return ast.dump(test) in _MAIN_GUARDS


_MAIN_GUARDS = frozenset(
    ast.dump(ast.parse(text, mode="eval").body) for text in ("__name__ == '__main__'", "'__main__' == __name__")
)


def opaque(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, known: Surroundings) -> bool:
    """Whether somebody whom we do not know gets hold of a function or class when it is defined: a decorator, a base."""
    if not all(_quiet_decorator(decorator, known) for decorator in node.decorator_list):
        return True
    return isinstance(node, ast.ClassDef) and not (
        all(_quiet_base(base, known) for base in node.bases)
        and all(_quiet_keyword(word, known) for word in node.keywords)
    )


def _quiet_decorator(node: ast.expr, known: Surroundings) -> bool:
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute) and called.attr in _ACCESSORS and node is called:
        return True
    return _among(known.dotted(called), QUIET_CALLS) and (node is called or _quiet(node, known))


def _quiet_base(node: ast.expr, known: Surroundings) -> bool:
    base = node.value if isinstance(node, ast.Subscript) else node
    if _among(known.dotted(base), QUIET_BASES):
        return True
    if isinstance(base, ast.Call):  # NamedTuple("Point", ...)
        return _quiet(base, known)
    found = known.statements.get(base.id, ()) if isinstance(base, ast.Name) else ()
    if len(found) != 1 or not isinstance(found[0], ast.ClassDef):
        return False
    parent = found[0]
    hooked = any(isinstance(each, ast.FunctionDef) and each.name == "__init_subclass__" for each in parent.body)
    return (
        not hooked and parent.end_lineno is not None and parent.end_lineno < node.lineno and not opaque(parent, known)
    )


def _quiet_keyword(word: ast.keyword, known: Surroundings) -> bool:
    return word.arg == "total" or (word.arg == "metaclass" and known.dotted(word.value) == "abc.ABCMeta")


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    yield from node.args.defaults
    yield from (default for default in node.args.kw_defaults if default is not None)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    yield from (each.annotation for each in every if each is not None and each.annotation is not None)
    if node.returns is not None:
        yield node.returns


def _quiet(node: ast.expr, known: Surroundings) -> bool:
    """Whether evaluating an expression calls nothing but what is known to have no effect."""
    pending: list[ast.AST] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ast.Lambda):  # its body waits for a call
            pending.extend([*current.args.defaults, *(each for each in current.args.kw_defaults if each is not None)])
            continue
        if isinstance(current, ast.Call) and not _quiet_call(current, known):
            return False
        pending.extend(children(current))
    return True


def _quiet_call(node: ast.Call, known: Surroundings) -> bool:
    name = known.dotted(node.func)
    if name.startswith("builtins.") and any(word.arg in ("key", None) for word in node.keywords):
        return False  # sorted(..., key=f) calls f
    if _among(name, QUIET_CALLS):
        return True
    if (
        isinstance(node.func, ast.Attribute)
        and node.func.attr in QUIET_METHODS
        and not _is_module(node.func.value, known)
    ):
        return True
    return isinstance(node.func, ast.Name) and (
        _is_plain_dataclass(node.func.id, known) or _is_component(node.func.id, known)
    )


def _is_module(node: ast.expr, known: Surroundings) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in known.imports


def _is_plain_dataclass(name: str, known: Surroundings) -> bool:
    """A dataclass of the same file that runs no code of its own when it is made."""
    found = known.statements.get(name, ())
    if len(found) != 1 or not isinstance(found[0], ast.ClassDef) or found[0].bases or found[0].keywords:
        return False
    decorators = found[0].decorator_list
    names = {known.dotted(each.func if isinstance(each, ast.Call) else each) for each in decorators}
    methods = {each.name for each in found[0].body if isinstance(each, ast.FunctionDef)}
    fields = [each for each in found[0].body if isinstance(each, ast.Assign | ast.AnnAssign)]
    factories = any(isinstance(part, ast.Call) for each in fields for part in walk(each))
    return (
        names == {"dataclasses.dataclass"}
        and not factories
        and methods.isdisjoint({"__init__", "__new__", "__post_init__"})
    )


def _is_component(name: str, known: Surroundings) -> bool:
    """A component of the same file: calling it makes a node, and runs nothing of what it does."""
    found = known.statements.get(name, ())
    match found:
        case [ast.FunctionDef(decorator_list=[decorator])]:
            return known.dotted(decorator) == "penstock.component"
        case [ast.ClassDef(bases=[base], keywords=[], decorator_list=[], body=body)]:
            methods = {each.name for each in body if isinstance(each, ast.FunctionDef)}
            return known.dotted(base) == "penstock.Component" and methods.isdisjoint(
                {"__init__", "__new__", "check", "__setattr__"}
            )
    return False


def _is_fresh(name: str, known: Surroundings) -> bool:
    """Whether a name is bound to new objects only, so that `name += ...` cannot change what another name holds."""
    if name in known.imports:
        return False
    for each in known.statements.get(name, ()):
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign | ast.AugAssign) else None
        if not isinstance(each, ast.AugAssign) and not isinstance(value, _FRESH):
            return False
        if isinstance(each, ast.Assign) and not all(isinstance(target, ast.Name) for target in each.targets):
            return False
    return True


def _is_name(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return all(map(_is_name, node.elts))
    return isinstance(node, ast.Name) or (isinstance(node, ast.Starred) and _is_name(node.value))


def _among(name: str, known: frozenset[str]) -> bool:
    if not name:
        return False
    parts = name.split(".")
    return name in known or any(".".join([*parts[:end], "*"]) in known for end in range(1, len(parts)))
