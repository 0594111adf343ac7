"""Reading plain data with a check at every step: a field that is missing, unknown or of another type is an error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from penstock.errors import DefinitionError, UnknownNameError

__all__ = ["PlainObject", "plain_data"]

_MAX_DEPTH = 50


class PlainObject:
    """An object of a plain document.

    Args:
        value: What the document holds there.
        path: Its place in the document: `nodes[2].component`.
        at: What the document is called in messages.
        required: Fields that it must have.
        optional: Fields that it may have.

    Raises:
        DefinitionError: It is no object, or lacks a field.
        UnknownNameError: It has another field.
    """

    def __init__(
        self, value: Any, path: str, at: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()
    ) -> None:
        self.path = path
        self.at = at
        if not isinstance(value, Mapping):
            raise DefinitionError(path or "the document", at=at, received=_shown(value), expected="an object")
        self._value = value
        for name in value:
            if name not in required and name not in optional:
                raise UnknownNameError(
                    f'{path or "the document"}: unknown field "{name}"',
                    name=str(name),
                    known=[*required, *optional],
                    at=at,
                )
        for name in required:
            if name not in value:
                raise DefinitionError(f'{path or "the document"} lacks "{name}"', at=at)

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._value

    def get(self, name: str, default: Any) -> Any:
        """The field as it is."""
        return self._value.get(name, default)

    def fail(self, name: str, expected: str) -> NoReturn:
        """Raises DefinitionError about a field."""
        raise DefinitionError(self._place(name), at=self.at, received=_shown(self._value.get(name)), expected=expected)

    def _place(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, *, default: str | None = None) -> str:
        """A str."""
        value = self._value.get(name, default)
        if not isinstance(value, str):
            self.fail(name, "a text")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """A bool."""
        value = self._value.get(name, default)
        if not isinstance(value, bool):
            self.fail(name, "true or false")
        return value

    def integer(self, name: str) -> int:
        """An int that is not negative."""
        value = self._value.get(name)
        if type(value) is not int or value < 0:
            self.fail(name, "a whole number, 0 or more")
        return value

    def list(self, name: str) -> Sequence[Any]:
        """A list; empty when the field is not there."""
        value = self._value.get(name, [])
        if not isinstance(value, list | tuple):
            self.fail(name, "a list")
        return value

    def texts(self, name: str) -> Sequence[str]:
        """A list of str; empty when the field is not there."""
        value = self.list(name)
        if not all(isinstance(item, str) for item in value):
            self.fail(name, "a list of texts")
        return value

    def text_map(self, name: str) -> dict[str, str]:
        """An object of str; empty when the field is not there."""
        value = self._value.get(name, {})
        if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in [*value, *value.values()]):
            self.fail(name, "an object of texts")
        return dict(value)

    def object(self, name: str, required: Sequence[str], optional: Sequence[str] = ()) -> PlainObject:
        """An object; empty when the field is not there."""
        return PlainObject(self._value.get(name, {}), self._place(name), self.at, required=required, optional=optional)

    def objects(
        self, name: str, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Iterator[tuple[str, PlainObject]]:
        """The entries of an object of objects."""
        value = self._value.get(name, {})
        if not isinstance(value, Mapping):
            self.fail(name, "an object")
        for key, item in value.items():
            if not isinstance(key, str):
                self.fail(name, "keys that are texts")
            yield key, PlainObject(item, f"{self._place(name)}.{key}", self.at, required=required, optional=optional)


def plain_data(value: Any, path: str, at: str, depth: int = 0) -> Any:
    """Returns `value` if it is JSON data: None, bool, int, finite float, str, and lists and objects of these.

    Raises:
        DefinitionError: It is not, or is nested deeper than 50 levels.
    """
    if depth > _MAX_DEPTH:
        raise DefinitionError(f"{path[:60]} is nested deeper than {_MAX_DEPTH} levels", at=at)
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, list | tuple):
        return [plain_data(item, f"{path}[{index}]", at, depth + 1) for index, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: plain_data(item, f"{path}.{key}", at, depth + 1) for key, item in value.items()}
    raise DefinitionError(path, at=at, received=_shown(value), expected="JSON data")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
