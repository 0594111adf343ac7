"""@component: a typed function becomes a component; its types are its contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, get_origin, get_type_hints

from penstock.dsl.artifact import ValueArtifact
from penstock.dsl.channel import OutputMarker
from penstock.dsl.component import Component
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import Boolean, Bytes, Float, Integer, JsonValue, String
from penstock.errors import DefinitionError

__all__ = ["ComponentFactory", "FunctionComponent", "component"]

_RETURNED: dict[Any, type[ValueArtifact]] = {
    int: Integer,
    float: Float,
    str: String,
    bool: Boolean,
    bytes: Bytes,
    dict: JsonValue,
    list: JsonValue,
}


class FunctionComponent(Component):
    """Base of the components that `@component` makes.

    Class attributes:
        function: The function itself.
        returned: Names of the outputs that its return value fills, in order.
    """

    function: ClassVar[Callable[..., Any]]
    returned: ClassVar[tuple[str, ...]]
    executor = "penstock.dsl.function_component:FunctionExecutor"


class FunctionExecutor:
    """Calls the function."""

    def run(self, node: FunctionComponent, context: ExecutionContext) -> None:  # noqa: ARG002 - the protocol's form
        """Calls it with artifacts and values by name, and stores what it returns."""
        kind = type(node)
        names = [*kind.contract.names, *(name for name in kind.contract.outputs if name not in kind.returned)]
        result = kind.function(**{name: getattr(node, name) for name in names})
        values = result if len(kind.returned) > 1 else (result,)
        for name, value in zip(kind.returned, values, strict=bool(kind.returned)) if kind.returned else ():
            getattr(node, name).value = value


class ComponentFactory:
    """What the decorator leaves in the function's place: calling it makes a node."""

    def __init__(self, kind: type[FunctionComponent]) -> None:
        self.component = kind
        self.__doc__ = kind.__doc__
        self.__name__ = kind.__name__
        self.__module__ = kind.__module__

    def __call__(self, **given: Any) -> FunctionComponent:
        """Makes a node of it; the arguments are those of the function, by name."""
        return self.component(**given)


def component(function: Callable[..., Any]) -> ComponentFactory:
    """Makes a component of a function.

    Parameters annotated `Input[T]` are inputs and hold artifacts, `Output[T]` are outputs to fill, others are
    parameters. A returned int, float, str, bool, bytes, dict or list becomes the value artifact `output`; a returned
    NamedTuple, one value artifact a field.

    Raises:
        DefinitionError: A parameter has no annotation, or the returned type has no value artifact.

    Example:
        >>> from penstock import Input, Output, component
        >>> from penstock.artifacts import JsonValue, Model
        >>> @component
        ... def model_card(model: Input[Model], title: str, card: Output[JsonValue]) -> None:
        ...     card.value = {"title": title, "bytes": model.bytes}
    """
    code = function.__code__
    at = f"{code.co_filename}:{code.co_firstlineno}"
    hints = get_type_hints(function, include_extras=True)
    returned = hints.pop("return", type(None))
    defaults: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise DefinitionError(f'component "{function.__name__}": parameter "{name}" cannot be given by name', at=at)
        if name not in hints:
            raise DefinitionError(
                f'component "{function.__name__}": parameter "{name}" has no type',
                at=at,
                expected="Input[...], Output[...], or the type of a parameter",
            )
        if parameter.default is not parameter.empty:
            defaults[name] = parameter.default
    outputs = _returned_outputs(function.__name__, returned, at)
    kind = type(
        function.__name__,
        (FunctionComponent,),
        {
            "__doc__": function.__doc__,
            "__module__": function.__module__,
            "__annotations__": {**hints, **{name: Annotated[kind, OutputMarker()] for name, kind in outputs.items()}},
            "function": staticmethod(function),
            "returned": tuple(outputs),
            **defaults,
        },
    )
    return ComponentFactory(kind)


def _returned_outputs(owner: str, returned: Any, at: str) -> dict[str, type[ValueArtifact]]:
    if returned is type(None):
        return {}
    if isinstance(returned, type) and issubclass(returned, tuple) and hasattr(returned, "_fields"):
        return {name: _value_type(owner, kind, at) for name, kind in get_type_hints(returned).items()}
    return {"output": _value_type(owner, returned, at)}


def _value_type(owner: str, returned: Any, at: str) -> type[ValueArtifact]:
    plain = returned if get_origin(returned) in (None, Annotated) else get_origin(returned)
    if plain in _RETURNED:
        return _RETURNED[plain]
    raise DefinitionError(
        f'component "{owner}" returns {returned!r}',
        at=at,
        expected="int, float, str, bool, bytes, dict, list, or a NamedTuple of these",
    )
