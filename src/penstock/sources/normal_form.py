"""The normal form of code: the same for sources that differ in formatting, comments or docstrings only."""

from __future__ import annotations

import ast

__all__ = ["normal_form"]

_DOCUMENTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
# Where the code stands, a type checker's comment, and the `u` of u"..." have no effect when it runs.
_LEFT_OUT = frozenset({"type_comment", "kind", "type_ignores"})


def normal_form(node: ast.AST, *, docstrings: bool) -> str:
    """Text that two syntax trees share only if they mean the same. It is the same within a minor version of Python.

    Args:
        node: A statement or a module.
        docstrings: Whether docstrings count.
    """
    out: list[str] = []
    _write(node, docstrings, out)
    return "".join(out)


def _write(node: ast.AST, docstrings: bool, out: list[str]) -> None:
    out.append(type(node).__name__)
    out.append("(")
    for name in node._fields:
        if name in _LEFT_OUT:
            continue
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            _write(value, docstrings, out)
        elif isinstance(value, list):
            out.append("[")
            if name == "body" and not docstrings and isinstance(node, _DOCUMENTED) and _is_docstring(value):
                value = value[1:]
            for item in value:
                if isinstance(item, ast.AST):
                    _write(item, docstrings, out)
                else:
                    out.append(repr(item))
                out.append(",")
            out.append("]")
        else:
            out.append(repr(value))
        out.append(",")
    out.append(")")


def _is_docstring(body: list[ast.stmt]) -> bool:
    first = body[0] if body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
