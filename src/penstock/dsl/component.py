"""Component: a typed building block of a pipeline. An instance of it is a node."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar, dataclass_transform, get_origin, get_type_hints

from penstock.dsl.artifact import Artifact, ValueArtifact
from penstock.dsl.channel import Channel, Query, output
from penstock.dsl.contract import MISSING, Contract, InputField, ParameterField, read_contract
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.parameter import RunParameter, code_reference
from penstock.dsl.site import current_site
from penstock.dsl.values import check_value, describe_type, fits
from penstock.errors import DefinitionError, UnknownNameError

__all__ = ["Component", "Executor", "Options", "snake_case"]

_ID = re.compile(r"[a-z][a-z0-9_]{0,99}")
_RESERVED_IDS = frozenset({"params", "secret", "run", "item"})

C_contra = TypeVar("C_contra", contravariant=True)


class Executor(Protocol[C_contra]):
    """What does a component's work, in a process of its own."""

    def run(self, node: C_contra, context: ExecutionContext) -> None:
        """Reads the inputs and parameters of `node` and fills its outputs.

        Args:
            node: An instance of the component whose input fields hold artifacts, whose output fields hold empty
                artifacts to fill, and whose parameters hold values (paths absolute).
            context: The attempt's folder, Beam arguments, progress.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a node runs; never in its cache key.

    Attributes:
        cache: Whether its outputs may come from the cache.
        beam_pipeline_args: Added to the pipeline's, for the Beam pipelines inside the component.
    """

    cache: bool = True
    beam_pipeline_args: Sequence[str] = ()


@dataclass_transform(kw_only_default=True, field_specifiers=(output,))
class Component:
    """Base of components: inputs, outputs and parameters are annotations of the class.

    Class attributes:
        executor: The Executor, as a class or as `"package.module:Class"`; loaded only where the node runs.
        version: Raised when the meaning of a parameter or of an output changes; part of the cache key.
        worker: Which warm process it starts from: `light`, or `tensorflow` (TensorFlow, TFT, TFMA and Beam loaded).
        libraries: Distributions whose version shapes the output; part of the cache key.
        effect: It acts on the world outside the store and is never served from the cache on the store's word alone.
        confirm: For an effect: `"package.module:function"`, called with the node and its earlier outputs; returns what
            still holds (such as "already serving/3"), or None when the effect must run again.

    Example:
        >>> from penstock import Component, Input, Output, output
        >>> from penstock.artifacts import Integer, Model
        >>> class ModelSize(Component):
        ...     '''Size of a model in bytes.'''
        ...     model: Input[Model]
        ...     unit: int = 1
        ...     size: Output[Integer] = output()
        ...     class executor:
        ...         def run(self, node, context):
        ...             node.size.value = node.model.bytes // node.unit
    """

    executor: ClassVar[Any]  # a class or a str
    version: ClassVar[str] = "1"
    worker: ClassVar[Literal["light", "tensorflow"]] = "light"
    libraries: ClassVar[Sequence[str]] = ()
    effect: ClassVar[bool] = False
    confirm: ClassVar[str | None] = None
    contract: ClassVar[Contract]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        hints = get_type_hints(cls, include_extras=True)
        own = {name: kind for name, kind in hints.items() if get_origin(kind) is not ClassVar}
        for name in own:
            if name.startswith("_") or hasattr(Component, name):
                raise DefinitionError(f'component "{cls.__name__}": the field name "{name}" is taken')
        defaults = {name: getattr(cls, name) for name in own if hasattr(cls, name)}
        cls.contract = read_contract(cls.__name__, own, defaults)

    def __init__(self, **given: Any) -> None:
        place = current_site()
        self._at = place.at
        self._id = place.node_id or snake_case(type(self).__name__)
        self._options = Options()
        self._inputs: dict[str, list[Channel] | Query] = {}
        self._parameters: dict[str, Any] = {}
        self._outputs = {name: Channel(self, name, field.type) for name, field in self.contract.outputs.items()}
        for name, value in given.items():
            self._take(name, value)
        for name, field in self.contract.inputs.items():
            if name not in self._inputs and not field.optional:
                raise self._error(name, "is missing", expected=_describe_input(field))
        for name, parameter in self.contract.parameters.items():
            if name not in self._parameters and parameter.default is MISSING:
                raise self._error(name, "is missing", expected=_describe_parameter(parameter))
        for name in self.contract.inputs:
            setattr(self, name, given.get(name))
        for name, parameter in self.contract.parameters.items():
            setattr(self, name, self._parameters.get(name, parameter.default))
        for name, channel in self._outputs.items():
            setattr(self, name, channel)
        try:
            self.check()
        except DefinitionError as error:
            error.at, error.message = self._at, f'node "{self._id}": {error.message}'
            raise

    def check(self) -> None:
        """Where a component checks its parameters against each other, when the node is defined.

        Parameters may hold run parameters, which have no value yet.

        Raises:
            DefinitionError: They do not go together.
        """

    def _take(self, name: str, value: Any) -> None:
        if field := self.contract.inputs.get(name):
            if value is not None or not field.optional:
                self._inputs[name] = self._check_input(field, value)
        elif parameter := self.contract.parameters.get(name):
            self._parameters[name] = self._check_parameter(parameter, value)
        elif name in self.contract.outputs:
            raise self._error(name, "is an output and cannot be given")
        else:
            raise UnknownNameError(
                f'node "{self._id}": {type(self).__name__} has no input or parameter "{name}"',
                name=name,
                known=self.contract.names,
                at=self._at,
                field=name,
            )

    def _check_input(self, field: InputField, value: Any) -> list[Channel] | Query:
        if isinstance(value, Query):
            if not field.optional or not issubclass(value.channel.type, field.type):
                raise self._error(field.name, received=repr(value), expected=_describe_input(field))
            return value
        channels = list(value) if isinstance(value, list | tuple) else [value]
        if len(channels) != 1 and not field.many:
            raise self._error(field.name, received=f"{len(channels)} channels", expected="exactly one")
        if not channels:
            raise self._error(field.name, received="no channel", expected="one or more")
        for channel in channels:
            if not isinstance(channel, Channel):
                is_node = isinstance(channel, Component)
                hint = f'{channel.id} is a node; name one of its outputs: .outputs["..."]' if is_node else None
                raise self._error(field.name, received=repr(channel), expected=_describe_input(field), hint=hint)
            if not issubclass(channel.type, field.type):
                fitting = [key for key, out in channel.producer._outputs.items() if issubclass(out.type, field.type)]
                raise self._error(
                    field.name,
                    received=repr(channel),
                    expected=f"Channel[{field.type.type_name()}]",
                    hint=f'{channel.producer.id} has an output "{fitting[0]}"' if fitting else None,
                )
        return channels

    def _check_parameter(self, field: ParameterField, value: Any) -> Any:
        if isinstance(value, Channel):
            if not _is_value_of(value.type, field.annotation):
                raise self._error(field.name, received=repr(value), expected=_describe_parameter(field))
            return value
        if field.source is not None and callable(value) and not isinstance(value, RunParameter):
            value = code_reference(value)
        try:
            return check_value(value, field.annotation)
        except DefinitionError as error:
            error.at, error.field = self._at, field.name + (error.field or "")
            error.message = f'node "{self._id}", parameter "{field.name}": {error.message}'
            raise

    def _error(
        self,
        name: str,
        problem: str = "",
        *,
        received: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> DefinitionError:
        kind = "input"
        if name not in self.contract.inputs:
            kind = "parameter" if name in self.contract.parameters else "output"
        return DefinitionError(
            f'node "{self._id}", {kind} "{name}"{f" {problem}" if problem else ""}',
            at=self._at,
            received=received,
            expected=expected,
            hint=hint,
            field=name,
        )

    @classmethod
    def bound(cls, **fields: Any) -> Self:
        """An instance whose fields hold what a running node sees: artifacts and values. Nothing is checked."""
        node = cls.__new__(cls)
        for name in cls.contract.inputs:
            setattr(node, name, None)
        for name, parameter in cls.contract.parameters.items():
            setattr(node, name, parameter.default)
        node.__dict__.update(fields)
        return node

    @classmethod
    def environment(cls, params: Mapping[str, Any]) -> Mapping[str, str]:  # noqa: ARG003 - for those that override it
        """Environment variables that the worker sets before its executor's module is imported.

        With TensorFlow, `tf.keras` is Keras 2 by default, as TFX's modules expect it.

        Args:
            params: The node's parameters as plain data; those left at their default are absent.
        """
        return {"TF_USE_LEGACY_KERAS": "1"} if cls.worker == "tensorflow" else {}

    @classmethod
    def component_name(cls) -> str:
        """Its name in YAML and in the spec."""
        return cls.__name__

    @property
    def id(self) -> str:
        """Id of the node: snake_case of the class's name unless `with_id` said otherwise."""
        return self._id

    @property
    def at(self) -> str:
        """`file:line` of the definition."""
        return self._at

    @property
    def options(self) -> Options:
        """How the node runs."""
        return self._options

    @property
    def inputs(self) -> Mapping[str, list[Channel] | Query]:
        """The inputs that were wired."""
        return self._inputs

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that were given."""
        return self._parameters

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Channels by name: `example_gen.outputs["examples"]`.

        Statically Any, for a key tells a type checker nothing; `example_gen.examples` is the same channel, typed.
        """
        return _Outputs(self)

    def with_id(self, id: str) -> Self:
        """Names the node, and returns it.

        Raises:
            DefinitionError: The id is not `[a-z][a-z0-9_]*`, or it is a reserved word.
        """
        self._id = check_node_id(id, self._at)
        return self

    def with_options(self, *, cache: bool = True, beam_pipeline_args: Sequence[str] = ()) -> Self:
        """Says how the node runs, and returns it; see Options."""
        if not isinstance(cache, bool):
            raise DefinitionError(
                f'node "{self._id}", option "cache"',
                at=self._at,
                received=repr(cache),
                expected="True or False",
                field="cache",
            )
        self._options = Options(cache=cache, beam_pipeline_args=check_beam_args(beam_pipeline_args, self._at))
        return self


class _Outputs(dict[str, Channel]):
    def __init__(self, node: Component) -> None:
        super().__init__(node._outputs)
        self._node = node

    def __missing__(self, key: str) -> Channel:
        raise UnknownNameError(
            f'{type(self._node).__name__} has no output "{key}"', name=key, known=self, at=current_site().at
        )


def check_node_id(node_id: object, at: str | None) -> str:
    """Returns a valid node id.

    Raises:
        DefinitionError: It is not one.
    """
    if not isinstance(node_id, str) or not _ID.fullmatch(node_id) or node_id in _RESERVED_IDS:
        raise DefinitionError(
            "a node id",
            at=at,
            received=repr(node_id),
            expected=f"[a-z][a-z0-9_]*, at most 100 characters, and not {', '.join(sorted(_RESERVED_IDS))}",
        )
    return node_id


def check_beam_args(args: object, at: str) -> tuple[str, ...]:
    """Returns Beam arguments as a tuple.

    Raises:
        DefinitionError: They are not a list of str.
    """
    if not isinstance(args, list | tuple) or not all(isinstance(arg, str) for arg in args):
        raise DefinitionError(
            "beam_pipeline_args",
            at=at,
            received=repr(args),
            expected='a list of texts: ["--name=value"]',
            field="beam_pipeline_args",
        )
    return tuple(args)


def snake_case(name: str) -> str:
    """`CsvExampleGen` to `csv_example_gen`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _is_value_of(kind: type[Artifact], annotation: Any) -> bool:
    """Whether an artifact's value can be a parameter of a type; what a JsonValue holds is known when it is read."""
    if not issubclass(kind, ValueArtifact) or kind.value_type is bytes:
        return False
    return kind.value_type is object or fits(kind.value_type, annotation)


def _describe_input(field: InputField) -> str:
    name = field.type.type_name()
    return f"one or more Channel[{name}]" if field.many else f"Channel[{name}]"


def _describe_parameter(field: ParameterField) -> str:
    return describe_type(field.annotation)
