"""Values of run parameters: from `--set` and defaults to plain data, and into the places that refer to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.model import PipelineSpec
from penstock.ir.parameter_types import annotation_of, check_plain, parse_text

__all__ = ["check_params", "resolve_params", "substitute"]


def resolve_params(spec: PipelineSpec, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of every run parameter.

    Args:
        spec: The pipeline.
        given: Text by name, from `--set name=text`.

    Raises:
        UnknownNameError: The pipeline has no such parameter.
        DefinitionError: A text is not of the declared type, or a parameter without a default is not given.
    """
    _refuse_unknown(spec, given)
    values = {}
    for name, param in spec.params.items():
        if name in given:
            values[name] = parse_text(given[name], annotation_of(param.type), f"--set {name}")
        elif param.required:
            raise _missing(spec, name)
        else:
            values[name] = param.default
    return values


def check_params(spec: PipelineSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The same for values that are data already, such as those that a cluster engine hands over.

    Raises:
        UnknownNameError: The pipeline has no such parameter.
        DefinitionError: A value is not of the declared type, or a parameter without a default is not given.
    """
    _refuse_unknown(spec, values)
    found = {}
    for name, param in spec.params.items():
        if name not in values and param.required:
            raise _missing(spec, name)
        try:
            found[name] = check_plain(values.get(name, param.default), annotation_of(param.type))
        except DefinitionError as error:
            error.message = f'run parameter "{name}": {error.message}'
            raise
    return found


def _refuse_unknown(spec: PipelineSpec, given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in spec.params:
            raise UnknownNameError(
                f'pipeline "{spec.pipeline}" has no run parameter "{name}"',
                name=name,
                known=spec.params,
                hint=f"{name} is a build argument: --build {name}=..." if name in spec.build else None,
            )


def _missing(spec: PipelineSpec, name: str) -> DefinitionError:
    return DefinitionError(
        f'pipeline "{spec.pipeline}": run parameter "{name}" has no value',
        expected=spec.params[name].type,
        hint=f"--set {name}=...",
    )


def substitute(plain: Any, values: Mapping[str, Any]) -> Any:
    """A node's parameter with every `{"$param": name}` replaced by its value; other references stay.

    Args:
        plain: Plain data of a spec.
        values: From `resolve_params`.
    """
    if isinstance(plain, Mapping):
        if set(plain) == {"$param"}:
            return values[plain["$param"]]
        return {key: substitute(item, values) for key, item in plain.items()}
    if isinstance(plain, list):
        return [substitute(item, values) for item in plain]
    return plain
