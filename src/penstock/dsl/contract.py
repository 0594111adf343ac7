"""The contract of a component: its inputs, outputs and parameters, read from type annotations."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from penstock.dsl.artifact import Artifact
from penstock.dsl.channel import InputMarker, OutputMarker
from penstock.dsl.parameter import DataMarker, UserCode
from penstock.dsl.values import describe_type, field_types
from penstock.errors import DefinitionError

__all__ = ["MISSING", "Contract", "InputField", "OutputField", "ParameterField", "read_contract"]


class _Missing:
    def __repr__(self) -> str:
        return "required"


MISSING = _Missing()


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """An input: how many artifacts of which type."""

    name: str
    type: type[Artifact]
    many: bool = False
    optional: bool = False

    @property
    def min(self) -> int:
        """Smallest number of artifacts."""
        return 0 if self.optional else 1

    @property
    def max(self) -> int | None:
        """Greatest number of artifacts; None for any."""
        return None if self.many else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputField:
    """An output of a type."""

    name: str
    type: type[Artifact]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterField:
    """A parameter: its type, default, and whether its text names user code or external data."""

    name: str
    annotation: Any
    default: Any = MISSING
    source: UserCode | None = None
    data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Everything that can be given to a component, and everything that comes out."""

    inputs: Mapping[str, InputField]
    outputs: Mapping[str, OutputField]
    parameters: Mapping[str, ParameterField]

    @property
    def names(self) -> list[str]:
        """What the constructor accepts."""
        return [*self.inputs, *self.parameters]


def read_contract(owner: str, annotations: Mapping[str, Any], defaults: Mapping[str, Any]) -> Contract:
    """Sorts annotations into inputs, outputs and parameters.

    Args:
        owner: The component's name, for messages.
        annotations: Name to type, `Annotated` kept.
        defaults: Values of those that have one.

    Raises:
        DefinitionError: An input or output is not of an artifact type, or a path of code or data stands inside a list,
            a config or a union.
    """
    inputs, outputs, parameters = {}, {}, {}
    for name, annotation in annotations.items():
        core, optional = _without_none(annotation)
        marks = get_args(core)[1:] if get_origin(core) is Annotated else ()
        inner = get_args(core)[0] if marks else core
        if any(isinstance(mark, InputMarker) for mark in marks):
            many = get_origin(inner) is list
            kind = _artifact_type(owner, name, get_args(inner)[0] if many else inner)
            inputs[name] = InputField(name=name, type=kind, many=many, optional=optional)
        elif any(isinstance(mark, OutputMarker) for mark in marks):
            outputs[name] = OutputField(name=name, type=_artifact_type(owner, name, inner))
        else:
            _refuse_inner_paths(owner, name, inner)
            parameters[name] = ParameterField(
                name=name,
                annotation=annotation,
                default=defaults.get(name, MISSING),
                source=next((mark for mark in marks if isinstance(mark, UserCode)), None),
                data=any(isinstance(mark, DataMarker) for mark in marks),
            )
    return Contract(inputs=inputs, outputs=outputs, parameters=parameters)


def _refuse_inner_paths(owner: str, name: str, annotation: Any) -> None:
    """A path counts by content only where it is the whole parameter: anywhere else it would be a mere text."""
    pending = [annotation]
    seen: set[Any] = set()
    for kind in pending:
        if any(isinstance(mark, UserCode | DataMarker) for mark in getattr(kind, "__metadata__", ())):
            raise DefinitionError(
                f'component "{owner}", "{name}"',
                received=describe_type(annotation),
                expected="InputPath, CodeRef or UserCode for the whole parameter, with `| None` at most",
                hint="one parameter a path; many files are a folder or a glob",
            )
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in seen:
            seen.add(kind)
            pending += field_types(kind).values()
        pending += get_args(kind)


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(rest) == 1 and len(get_args(annotation)) == 2:
            return rest[0], True
    return annotation, False


def _artifact_type(owner: str, name: str, kind: Any) -> type[Artifact]:
    if isinstance(kind, type) and issubclass(kind, Artifact):
        return kind
    raise DefinitionError(
        f'component "{owner}", "{name}"', received=repr(kind), expected="an artifact type (a subclass of Artifact)"
    )
