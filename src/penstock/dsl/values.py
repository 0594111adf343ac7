"""Checks parameter values against their declared types, and carries them to plain data and back.

Supported types: bool, int, float, str, None, list, tuple[T, ...], dict[str, T], Literal, unions, dataclasses of these,
and Any for JSON. A run parameter of a fitting type can stand anywhere inside.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from penstock.dsl.parameter import RunParameter
from penstock.errors import DefinitionError, UnknownNameError

__all__ = ["check_value", "describe_type", "field_types", "fits", "strip_annotated", "to_plain"]

_SCALARS = (bool, int, float, str)


def strip_annotated(annotation: Any) -> Any:
    """`Annotated[T, ...]` to T; other annotations as they are."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def describe_type(annotation: Any) -> str:
    """A type as a user would write it."""
    annotation = strip_annotated(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is type(None) or annotation is None:
        return "None"
    if origin in (Union, types.UnionType):
        return " | ".join(describe_type(arg) for arg in args)
    if origin is Literal:
        return "one of " + ", ".join(repr(arg) for arg in args)
    if origin is not None:
        inner = ", ".join("..." if arg is Ellipsis else describe_type(arg) for arg in args)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return str(getattr(annotation, "__name__", annotation))


def check_value(value: Any, annotation: Any, path: str = "") -> Any:
    """Returns `value` as its declared type would hold it.

    Ints become floats where floats are declared; objects with a dataclass's field names become that dataclass.

    Args:
        value: What the user gave.
        annotation: The declared type.
        path: Place inside the parameter, such as `.num_steps`, for messages.

    Raises:
        DefinitionError: The value does not fit; its `field` is the place inside the parameter.
        UnknownNameError: A field that the dataclass does not have.
    """
    annotation = strip_annotated(annotation)
    if isinstance(value, RunParameter):
        _check_run_parameter(value, annotation, path)
        return value
    origin = get_origin(annotation) or annotation
    for kinds, check in _CHECKS:
        if origin in kinds:
            return check(value, annotation, path)
    if dataclasses.is_dataclass(annotation):
        return _check_dataclass(value, annotation, path)
    raise DefinitionError(
        f"parameters cannot be of type {describe_type(annotation)}",
        expected="bool, int, float, str, list, dict, Literal, a dataclass of these, or a union",
    )


def fits(given: Any, annotation: Any) -> bool:
    """Whether every value of a type is one of a declared type."""
    given, annotation = strip_annotated(given), strip_annotated(annotation)
    choices = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    plain = [strip_annotated(choice) for choice in choices]
    return given in plain or Any in plain or object in plain or (given is int and float in plain)


def _mismatch(value: Any, annotation: Any, path: str) -> DefinitionError:
    shown = repr(value)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    return DefinitionError(
        f"wrong type{_place(path)}",
        received=f"{shown} ({type(value).__name__})",
        expected=describe_type(annotation),
        field=path,
    )


def _place(path: str) -> str:
    return f" at {path}" if path else ""


def _check_scalar(value: Any, annotation: Any, path: str) -> Any:
    if annotation is float and type(value) is int:
        return float(value)
    if type(value) is not annotation:
        raise _mismatch(value, annotation, path)
    if isinstance(value, float) and not math.isfinite(value):
        raise DefinitionError(
            f"not a finite number{_place(path)}", received=repr(value), expected="a finite number", field=path
        )
    return value


def _check_none(value: Any, annotation: Any, path: str) -> None:
    if value is not None:
        raise _mismatch(value, annotation, path)


def _check_literal(value: Any, annotation: Any, path: str) -> Any:
    choices = get_args(annotation)
    if value in choices and type(value) in {type(choice) for choice in choices}:
        return value
    raise _mismatch(value, annotation, path)


def _check_list(value: Any, annotation: Any, path: str) -> Any:
    if not isinstance(value, list | tuple):
        raise _mismatch(value, annotation, path)
    inner = get_args(annotation)[0] if get_args(annotation) else Any
    items = [check_value(item, inner, f"{path}[{index}]") for index, item in enumerate(value)]
    return tuple(items) if (get_origin(annotation) or annotation) is tuple else items


def _check_dict(value: Any, annotation: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _mismatch(value, annotation, path)
    inner = get_args(annotation)[1] if get_args(annotation) else Any
    return {_check_key(key, path): check_value(item, inner, f"{path}.{key}") for key, item in value.items()}


def _check_run_parameter(parameter: RunParameter, annotation: Any, path: str) -> None:
    if fits(parameter.parameter_type, annotation):
        return
    raise DefinitionError(
        f"wrong type{_place(path)}",
        received=f'run parameter "{parameter.parameter_name}": {describe_type(parameter.parameter_type)}',
        expected=describe_type(annotation),
        field=path,
    )


def _check_union(value: Any, annotation: Any, path: str) -> Any:
    choices = [strip_annotated(choice) for choice in get_args(annotation)]
    if value is None and type(None) in choices:
        return None
    # An exact type first, so that 1 stays an int in `float | int`.
    exact = [choice for choice in choices if choice is type(value)]
    errors = []
    for choice in exact + [choice for choice in choices if choice not in exact and choice is not type(None)]:
        try:
            return check_value(value, choice, path)
        except DefinitionError as error:
            errors.append(error)
    raise errors[0] if len(errors) == 1 else _mismatch(value, annotation, path)


def _check_json(value: Any, annotation: Any, path: str) -> Any:  # noqa: ARG001 - the checks' common form
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _check_scalar(value, float, path)
    if isinstance(value, list | tuple):
        return [check_value(item, Any, f"{path}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        return _check_dict(value, dict, path)
    raise _mismatch(value, "plain data (None, bool, int, float, str, list, dict)", path)


def _check_key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise DefinitionError(f"a key{_place(path)}", received=repr(key), expected="a str", field=path)
    if key.startswith("$"):
        raise DefinitionError(
            f'the key "{key}"{_place(path)}',
            expected='a key that does not begin with "$", which marks references',
            field=f"{path}.{key}",
        )
    return key


def _check_dataclass(value: Any, kind: Any, path: str) -> Any:
    if isinstance(value, kind):
        given = {field.name: getattr(value, field.name) for field in dataclasses.fields(kind)}
    elif isinstance(value, Mapping):
        given = dict(value)
    else:
        raise _mismatch(value, kind, path)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    hints = field_types(kind)
    for name in given:
        if name not in fields:
            raise UnknownNameError(
                f'{kind.__name__} has no field "{name}"{_place(path)}',
                name=str(name),
                known=fields,
                field=f"{path}.{name}",
            )
    missing = [name for name, field in fields.items() if name not in given and _is_required(field)]
    if missing:
        raise DefinitionError(f"{kind.__name__}{_place(path)} lacks {', '.join(missing)}", field=path)
    checked = {name: check_value(item, hints[name], f"{path}.{name}") for name, item in given.items()}
    try:
        return kind(**checked)
    except DefinitionError as error:
        error.field = f"{path}.{error.field}" if error.field else path
        raise
    except (TypeError, ValueError) as error:  # the dataclass's own __post_init__ refuses
        raise DefinitionError(f"{kind.__name__}{_place(path)}: {error}", received=repr(value), field=path) from error


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


_CHECKS: tuple[tuple[tuple[Any, ...], Callable[[Any, Any, str], Any]], ...] = (
    (_SCALARS, _check_scalar),
    ((type(None), None), _check_none),
    ((Union, types.UnionType), _check_union),
    ((Literal,), _check_literal),
    ((list, tuple, Sequence), _check_list),
    ((dict, Mapping), _check_dict),
    ((Any, object), _check_json),
)


@functools.cache
def field_types(kind: type) -> dict[str, Any]:
    """Resolved annotations of a dataclass's fields."""
    return get_type_hints(kind, include_extras=True)


def to_plain(value: Any, reference: Callable[[RunParameter], Any]) -> Any:
    """A checked value as JSON data; dataclasses become objects without the fields that hold their default.

    Args:
        value: What `check_value` returned.
        reference: What to put in the place of a run parameter.
    """
    if isinstance(value, RunParameter):
        return reference(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name), reference)
            for field in dataclasses.fields(value)
            if not _is_default(getattr(value, field.name), field)
        }
    if isinstance(value, list | tuple):
        return [to_plain(item, reference) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item, reference) for key, item in value.items()}
    return value


def _is_default(value: Any, field: dataclasses.Field[Any]) -> bool:
    if isinstance(value, RunParameter):
        return False
    default = field.default_factory() if callable(field.default_factory) else field.default
    return type(value) is type(default) and not _holds_run_parameter(value) and bool(value == default)


def _holds_run_parameter(value: Any) -> bool:
    if isinstance(value, RunParameter):
        return True
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_holds_run_parameter(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, dict):
        return any(map(_holds_run_parameter, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_run_parameter, value))
