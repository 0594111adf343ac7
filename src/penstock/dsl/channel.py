"""Channel: the promise that a node will have an artifact, used to wire nodes. Query: one looked up in the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TypeVar, cast

from penstock.dsl.artifact import Artifact
from penstock.dsl.site import current_site
from penstock.errors import DefinitionError

if TYPE_CHECKING:
    from penstock.dsl.component import Component

__all__ = ["Channel", "Input", "InputMarker", "Output", "OutputMarker", "Query", "latest_blessed", "output"]

T = TypeVar("T")
A = TypeVar("A", bound=Artifact)


@dataclass(frozen=True, slots=True)
class InputMarker:
    """Marks an annotation as an input."""


@dataclass(frozen=True, slots=True)
class OutputMarker:
    """Marks an annotation as an output."""


Input = Annotated[T, InputMarker()]
"""`Input[Model]` one, `Input[list[Examples]]` one or more, `Input[Model] | None` an optional one.

To a type checker a channel of T *is* a T: wiring the wrong type is an error in the editor. While the pipeline is
defined the field holds a Channel; while the node runs, the artifact.
"""

Output = Annotated[T, OutputMarker()]
"""`Output[Model]`: an output. In a class it wants `= output()`, which keeps it out of the constructor."""


def output(*, init: Literal[False] = False) -> Any:
    """Declares an output in the class of a component.

    `model: Output[Model] = output()` keeps the field out of the constructor.
    """
    del init  # read by type checkers only
    return None


class Channel:
    """An output of a node of the pipeline that is being defined.

    Attributes:
        producer: The component.
        key: Name of the output.
        type: Artifact type.
    """

    def __init__(self, producer: Component, key: str, type_: type[Artifact]) -> None:
        self.producer = producer
        self.key = key
        self.type = type_

    def __repr__(self) -> str:
        return f"{self.producer.id}.{self.key}: Channel[{self.type.type_name()}]"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise DefinitionError(
            f'"{name}" of {self!r} does not exist while the pipeline is defined',
            at=current_site().at,
            hint="an artifact exists when its node has run: read it inside a component",
        )


class Query:
    """An artifact that is looked up in the store when the node is claimed.

    Attributes:
        name: What is asked for.
        channel: What the question is about.
    """

    def __init__(self, name: str, channel: Channel) -> None:
        self.name = name
        self.channel = channel

    def __repr__(self) -> str:
        return f"{self.name}({self.channel!r})"


def latest_blessed(model: A) -> A:
    """The newest blessed model to compare `model` with, as an optional input.

    It is the newest model of another identity, published before the first artifact of `model`'s identity, whose newest
    blessing is positive; so no model is compared with itself, and an unchanged pipeline stays cached.

    Args:
        model: A channel, such as `trainer.outputs["model"]`.

    Raises:
        DefinitionError: It is not a channel.
    """
    channel: Any = model  # statically a channel is its artifact
    if not isinstance(channel, Channel):
        raise DefinitionError(
            "latest_blessed", at=current_site().at, received=repr(model), expected="a channel of a Model"
        )
    query: Any = Query("latest_blessed", channel)
    return cast(A, query)
