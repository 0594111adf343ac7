"""YAML text to a tree of nodes that know their lines. Scalars are YAML 1.2's; size, depth and aliases are bounded.

PyYAML's safe loader parses; the tree is built here, because its constructor follows YAML 1.1 (`NO` is false there),
forgets lines, lets the last of two equal keys win, and expands aliases without a limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from penstock.errors import DefinitionError, StorageError

__all__ = ["YamlList", "YamlMap", "YamlNode", "YamlScalar", "read_yaml", "read_yaml_file"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_NODES = 100_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML was built with libyaml

_CORE: tuple[tuple[re.Pattern[str], Callable[[str], bool | int | float | None]], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text[2:], 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)
"""Plain scalars by the core schema of YAML 1.2, https://yaml.org/spec/1.2.2/#103-core-schema; the rest is text."""


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar: its value by YAML 1.2's core schema, and its line (from 1)."""

    value: bool | int | float | str | None
    line: int

    def plain(self) -> Any:
        """The value."""
        return self.value


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence and the line where it begins."""

    items: list[YamlNode]
    line: int

    def plain(self) -> list[Any]:
        """The items as plain data."""
        return [item.plain() for item in self.items]


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A mapping with str keys, the line where it begins, and the line of each key."""

    items: dict[str, YamlNode]
    line: int
    key_lines: dict[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The entries as plain data."""
        return {key: item.plain() for key, item in self.items.items()}


YamlNode = YamlScalar | YamlList | YamlMap


def read_yaml_file(path: Path) -> YamlNode:
    """Parses the one YAML document of a file, which is called by its name in messages.

    Raises:
        StorageError: The file cannot be read.
        DefinitionError: As `read_yaml`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise StorageError(f"cannot read: {error.strerror}", at=str(path)) from error
    return read_yaml(data, path.name)


def read_yaml(data: bytes | str, file: str) -> YamlNode:
    """Parses one YAML document.

    Args:
        data: The text, UTF-8 where it is bytes.
        file: What to call it in messages.

    Raises:
        DefinitionError: It is not one YAML document in UTF-8; a key stands twice, is `<<`, or is no string; a tag; more
            than 1 MiB, 50 levels, 100 aliases, or 100,000 nodes with aliases expanded.
    """
    if len(data) > MAX_BYTES:
        raise DefinitionError("the file is too large", at=file, expected="at most 1 MiB")
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise DefinitionError(
                "the file is not UTF-8", at=f"{file}:{line}", received=f"byte 0x{error.object[error.start]:02x}"
            ) from error
    else:
        text = data
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER), file).document()
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from error
    except yaml.YAMLError as error:  # the reader's: a character that YAML does not have
        position = getattr(error, "position", 0)
        line = text.count("\n", 0, position) + 1
        raise DefinitionError("a character that YAML does not allow", at=f"{file}:{line}") from error


def _syntax_error(error: yaml.MarkedYAMLError, text: str, file: str) -> DefinitionError:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark is not None else 0
    lines = text.splitlines() or [""]
    shown = lines[min(number, len(lines) - 1)]
    problem = error.problem or error.context or "it cannot be parsed"
    hint = None
    if "${" in shown:
        hint = 'inside { } and [ ] a reference stands in quotes: "${params.x}"'
    elif "\t" in shown:
        hint = "indent with spaces; YAML does not allow tabs there"
    elif "mapping values" in problem:
        hint = 'a text that holds ": " stands in quotes'
    elif "cannot start any token" in problem:
        hint = "a text that begins with @, ` or % stands in quotes"
    return DefinitionError(
        f"not YAML: {problem}{f' {error.context}' if error.context and error.context != problem else ''}",
        at=f"{file}:{number + 1}",
        received=shown.strip()[:100] or None,
        hint=hint,
    )


class _Composer:
    def __init__(self, events: Iterator[Any], file: str) -> None:
        self._events = events
        self._file = file
        self._anchors: dict[str, tuple[YamlNode, int]] = {}
        self._aliases = 0
        self._nodes = 0

    def document(self) -> YamlNode:
        self._next(yaml.StreamStartEvent)
        first = next(self._events)
        if isinstance(first, yaml.StreamEndEvent):
            raise DefinitionError("the file is empty", at=self._file)
        node = self._node(next(self._events), 1)
        self._next(yaml.DocumentEndEvent)
        last = next(self._events)
        if not isinstance(last, yaml.StreamEndEvent):
            raise self._error(
                "a second document begins here", last, hint="one file holds one document: take out the ---"
            )
        return node

    def _next(self, kind: type) -> None:
        event = next(self._events)
        assert isinstance(event, kind), event  # noqa: S101 - the parser's own grammar

    def _error(
        self, message: str, event: Any, *, received: str | None = None, hint: str | None = None
    ) -> DefinitionError:
        return DefinitionError(message, at=f"{self._file}:{_line(event)}", received=received, hint=hint)

    def _node(self, event: Any, depth: int) -> YamlNode:
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", event)
        before = self._nodes
        self._count(event, 1)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag is not None:
            raise self._error(
                "tags are not read", event, received=event.tag, hint="values take the type that is declared"
            )
        if isinstance(event, yaml.ScalarEvent):
            node: YamlNode = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(event, depth)
        else:
            node = self._map(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._nodes - before)
        return node

    def _count(self, event: Any, number: int) -> None:
        self._nodes += number
        if self._nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES:,} values, aliases expanded", event)

    def _alias(self, event: Any) -> YamlNode:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise self._error(f"more than {MAX_ALIASES} aliases", event)
        if event.anchor not in self._anchors:
            raise self._error(f"there is no complete anchor &{event.anchor} before this alias", event)
        node, size = self._anchors[event.anchor]
        self._count(event, size)
        return node

    def _list(self, event: Any, depth: int) -> YamlList:
        items = []
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(item, depth + 1))
        return YamlList(items, _line(event))

    def _map(self, event: Any, depth: int) -> YamlMap:
        found = YamlMap({}, _line(event))
        while not isinstance(start := next(self._events), yaml.MappingEndEvent):
            key = self._node(start, depth + 1)
            name = key.value if isinstance(key, YamlScalar) else None
            if not isinstance(name, str):
                shown = repr(name) if isinstance(key, YamlScalar) else "a list or a mapping"
                raise self._error("a key is not a text", start, received=shown, hint="put the key in quotes")
            if name == "<<":
                raise self._error("merge keys are not read", start, hint="YAML 1.2 has none: write the keys out")
            if name in found.items:
                raise self._error(
                    f'the key "{name}" stands twice',
                    start,
                    received=f"the first one is in line {found.key_lines[name]}",
                )
            found.key_lines[name] = _line(start)
            found.items[name] = self._node(next(self._events), depth + 1)
        return found

    def _scalar(self, event: Any) -> YamlScalar:
        if not event.implicit[0]:  # quoted or a block scalar
            return YamlScalar(event.value, _line(event))
        try:
            return YamlScalar(_core(event.value), _line(event))
        except ValueError as error:  # Python reads no decimal of more than 4300 digits
            raise self._error("not a number that can be read", event, received=event.value[:40] + "...") from error


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _core(text: str) -> bool | int | float | str | None:
    return next((read(text) for pattern, read in _CORE if pattern.fullmatch(text)), text)
