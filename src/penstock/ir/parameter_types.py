"""The types that run parameters and build arguments can have, as a user writes them, and values of them from text."""

from __future__ import annotations

import re
import types
from typing import Any, Literal, Union, get_args, get_origin

from penstock.dsl.values import check_value, describe_type, strip_annotated, to_plain
from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.yaml_syntax import read_yaml

__all__ = ["SCALARS", "annotation_of", "check_plain", "parse_text", "type_text"]

SCALARS: dict[str, Any] = {"bool": bool, "float": float, "int": int, "str": str}
_SIMPLE: dict[str, Any] = {**SCALARS, "dict": dict, "list": list}
_GENERIC = re.compile(r"(list|dict)\[(?:(str), *)?(bool|float|int|str)\]")


def annotation_of(text: str) -> Any:
    """`"list[int]"` to `list[int]`.

    Raises:
        UnknownNameError: It is not `int`, `float`, `str`, `bool`, `list`, `dict`, `list[T]` or `dict[str, T]` with T
            one of the first four, each with `| None` after it or not.
    """
    core = text.strip().removesuffix("| None").rstrip()
    found = _SIMPLE.get(core)
    match = _GENERIC.fullmatch(core)
    if match and (match[1] == "dict") == (match[2] is not None):
        item = SCALARS[match[3]]
        found = list[item] if match[1] == "list" else dict[str, item]  # type: ignore[valid-type]
    if found is None:
        raise UnknownNameError(
            f'unknown type "{text}"', name=core, known=[*_SIMPLE, "list[str]", "dict[str, float]"], field="type"
        )
    return found | None if core != text.strip() else found


def type_text(annotation: Any) -> str:
    """The inverse of `annotation_of`.

    Raises:
        UnknownNameError: A run parameter cannot have this type.
    """
    text = describe_type(annotation)
    annotation_of(text)
    return text


def check_plain(value: Any, annotation: Any) -> Any:
    """A value as plain data of its declared type.

    Raises:
        DefinitionError: It is not of that type.
    """
    return to_plain(check_value(value, annotation), repr)


def parse_text(text: str, annotation: Any, what: str) -> Any:
    """What stands behind `=` on the command line, as plain data of its declared type.

    A str is taken as it is; everything else is read as YAML (so as JSON too).

    Args:
        text: The text.
        annotation: The declared type.
        what: The option, for messages: `--set train_steps`.

    Raises:
        DefinitionError: It is not of that type.
    """
    wanted = strip_annotated(annotation)
    literal = get_origin(wanted) is Literal and all(isinstance(choice, str) for choice in get_args(wanted))
    try:
        if wanted is str or literal:
            return check_plain(text, wanted)
        value = read_yaml(text, what).plain() if text.strip() else text
        is_union = get_origin(wanted) in (Union, types.UnionType)
        if is_union and str in get_args(wanted) and value is not None and not isinstance(value, str):
            value = text  # `str | None`: a number is text here
        return check_plain(value, wanted)
    except DefinitionError as error:
        raise DefinitionError(
            f"{what}: {error.message}" if error.at is None else f"{what}: not a {describe_type(wanted)}",
            received=repr(text),
            expected=describe_type(wanted),
            hint=error.hint if error.at is None else None,
        ) from error
