"""Parameters: the annotations that user code and components write, and the placeholder of a run parameter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from penstock.dsl.site import current_site
from penstock.errors import DefinitionError

__all__ = ["CodeRef", "DataMarker", "InputPath", "Param", "ParamMarker", "RunParameter", "UserCode", "code_reference"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ParamMarker:
    """Marks an argument of `create_pipeline` as a run parameter."""


@dataclass(frozen=True, slots=True)
class UserCode:
    """Marks a parameter that names user code; its content, not its path, is in the cache key.

    `module_file: Annotated[str, UserCode("run_fn")]` names a user's module that defines the function `run_fn`.

    Attributes:
        entry: The function of the file that is called; None when the value itself says it (`file.py:function`).
    """

    entry: str | None = None


@dataclass(frozen=True, slots=True)
class DataMarker:
    """Marks a parameter that names external data; its content, not its path, is in the cache key."""


Param = Annotated[T, ParamMarker()]
"""`Param[int]`: a run parameter of a `create_pipeline`. It stays a reference in the spec; `--set name=...` gives it."""

CodeRef = Annotated[str, UserCode()]
"""User code as `file.py:function`, relative to the definition's folder; a function object is accepted too."""

InputPath = Annotated[str, DataMarker()]
"""A file, a folder or a glob of external data, relative to the definition's folder."""


class RunParameter:
    """What a `Param` argument holds while a pipeline is defined: a name, not a value.

    It can be handed to any parameter of its type, at any depth of a config. Everything that would need its value raises
    DefinitionError with the place in the user's file.
    """

    __slots__ = ("_name", "_type")

    def __init__(self, name: str, annotation: Any) -> None:
        self._name = name
        self._type = annotation

    @property
    def parameter_name(self) -> str:
        """Its name."""
        return self._name

    @property
    def parameter_type(self) -> Any:
        """Its declared type."""
        return self._type

    def __repr__(self) -> str:
        return f"<run parameter {self._name}>"

    def __hash__(self) -> int:
        return id(self)

    def _refuse(self, use: str) -> NoReturn:
        raise DefinitionError(
            f'run parameter "{self._name}" is used {use}, but has no value while the pipeline is defined',
            at=current_site().at,
            hint="hand it to a component as it is, or make it a build argument (annotate it without Param, "
            f"and give it with --build {self._name}=...)",
        )


def _refuse_in(use: str) -> Callable[..., NoReturn]:
    def method(self: RunParameter, *_: object) -> NoReturn:
        self._refuse(use)

    return method


for _use, _names in {
    "as a condition": "bool",
    "in a comparison": "eq ne lt le gt ge contains",
    "in arithmetic": "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow neg pos abs "
    "int float index round matmul rmatmul and rand or ror xor rxor invert lshift rshift",
    "as text": "str format fspath bytes",
    "as a collection": "len iter getitem call",
}.items():
    for _name in _names.split():
        setattr(RunParameter, f"__{_name}__", _refuse_in(_use))


def code_reference(function: Any) -> str:
    """Returns `file.py:name` of a function object, for parameters of type CodeRef.

    Raises:
        DefinitionError: It is not a function at the top level of a file.
    """
    code = getattr(function, "__code__", None)
    is_inner = any(sign in getattr(function, "__qualname__", "<") for sign in "<.")
    if code is None or is_inner or not Path(code.co_filename).is_file():
        raise DefinitionError(
            "a reference to user code",
            received=repr(function),
            expected='"file.py:function", or a function at the top level of a file',
        )
    return f"{code.co_filename}:{function.__name__}"
