"""One node of a definition in YAML: from its keys to the arguments of its component, with the line of every key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from penstock.dsl.channel import Channel, latest_blessed
from penstock.dsl.component import Component
from penstock.dsl.parameter import RunParameter
from penstock.dsl.site import site
from penstock.errors import DefinitionError, PenstockError, UnknownNameError
from penstock.ir.yaml_syntax import YamlList, YamlMap, YamlNode, YamlScalar

__all__ = ["NodeSource", "Scope"]

RESERVED = ("component", "options")
_OPTIONS = ("beam_pipeline_args", "cache")
_ADDRESS = re.compile(r"([a-z][a-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)")
_REFERENCE = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_QUERIES: dict[str, Callable[[Any], Any]] = {"latest_blessed": latest_blessed}
_FIELD_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the values of a node can refer to.

    Attributes:
        params: Run parameters by name.
        nodes: Nodes that are built already, by id.
    """

    params: Mapping[str, RunParameter]
    nodes: Mapping[str, Component]


class NodeSource:
    """A node as it stands in the file.

    Args:
        node_id: Its key.
        kind: Its component.
        body: What stands under the key.
        file: The file's name, for messages.
        line: Line of the key.
    """

    def __init__(self, node_id: str, kind: type[Component], body: YamlMap, file: str, line: int) -> None:
        self.id = node_id
        self.kind = kind
        self.at = f"{file}:{line}"
        self._body = body
        self._file = file

    def reads(self, known: Mapping[str, Any]) -> list[str]:
        """Ids of the nodes that it reads from.

        Args:
            known: All nodes of the file.

        Raises:
            UnknownNameError: One of them is not in the file.
            DefinitionError: An input holds something else than wiring.
        """
        found = []
        for name, node in self._wired():
            for text, line in _addresses(node):
                found.append(self._split(name, text, line, known)[0])
        return found

    def _wired(self) -> Iterator[tuple[str, YamlNode]]:
        for name, node in self._body.items.items():
            if name in self.kind.contract.inputs or (name in self.kind.contract.parameters and _is_value(node)):
                yield name, node

    def _split(self, name: str, text: Any, line: int, known: Mapping[str, Any]) -> tuple[str, str]:
        at = f"{self._file}:{line}"
        what = f'node "{self.id}", input "{name}"'
        match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            hint = None
            if isinstance(text, str) and "${" in text:
                hint = "wiring needs no ${ }: write node.output"
            elif isinstance(text, str) and text in known:
                hint = f"{text} is a node; name one of its outputs: {text}.<output>"
            raise DefinitionError(
                what,
                at=at,
                received=repr(text),
                expected="node.output, a list of them, or {latest_blessed: node.output}",
                hint=hint,
                field=name,
            )
        if match[1] not in known:
            raise UnknownNameError(
                f'{what}: there is no node "{match[1]}"', name=match[1], known=known, at=at, field=name
            )
        return match[1], match[2]

    def build(self, scope: Scope) -> Component:
        """Makes the node, after those that it reads from.

        Raises:
            DefinitionError: Whatever the component's constructor refuses, with the line of the key at fault.
        """
        with self.placing_errors(), site(self.at, self.id):
            given: dict[str, Any] = {}
            for name, node in self._body.items.items():
                if name in self.kind.contract.inputs:
                    given[name] = self._input(name, node, scope)
                elif name not in RESERVED:
                    given[name] = self._parameter(name, node, scope)
            built = self.kind(**given)
        options = self._body.items.get("options")
        return built if options is None else self._with_options(built, options)

    def _with_options(self, built: Component, options: YamlNode) -> Component:
        if not isinstance(options, YamlMap):
            raise DefinitionError(
                f'node "{self.id}", options',
                at=self._line("options"),
                received=repr(options.plain()),
                expected=f"a mapping with {', '.join(_OPTIONS)}",
            )
        for name in options.items:
            if name not in _OPTIONS:
                at = f"{self._file}:{options.key_lines[name]}"
                raise UnknownNameError(f'node "{self.id}": unknown option "{name}"', name=name, known=_OPTIONS, at=at)
        with self.placing_errors("options."):
            return built.with_options(**options.plain())

    def _input(self, name: str, node: YamlNode, scope: Scope) -> Any:
        if isinstance(node, YamlScalar) and node.value is None:
            return None
        if isinstance(node, YamlMap):
            ((query, target),) = node.items.items()
            return _QUERIES[query](self._channel(name, target, scope))
        if isinstance(node, YamlList):
            return [self._channel(name, item, scope) for item in node.items]
        return self._channel(name, node, scope)

    def _channel(self, name: str, node: YamlNode, scope: Scope) -> Channel:
        node_id, key = self._split(name, node.plain(), node.line, scope.nodes)
        producer = scope.nodes[node_id]
        outputs = producer.outputs
        if key not in outputs:
            raise UnknownNameError(
                f'node "{self.id}", "{name}": {node_id} ({type(producer).component_name()}) has no output "{key}"',
                name=key,
                known=outputs,
                at=f"{self._file}:{node.line}",
            )
        found: Channel = outputs[key]
        return found

    def _parameter(self, name: str, node: YamlNode, scope: Scope) -> Any:
        if isinstance(node, YamlMap) and _is_value(node):
            return self._channel(name, node.items["$value"], scope)
        return self._value(node, scope)

    def _value(self, node: YamlNode, scope: Scope) -> Any:
        if isinstance(node, YamlList):
            return [self._value(item, scope) for item in node.items]
        if isinstance(node, YamlMap):
            return {key: self._value(item, scope) for key, item in node.items.items()}
        if isinstance(node.value, str) and "${" in node.value:
            return self._reference(node.value, f"{self._file}:{node.line}", scope)
        return node.value

    def _reference(self, text: str, at: str, scope: Scope) -> Any:
        what = f'node "{self.id}"'
        match = _REFERENCE.fullmatch(text)
        if match is None:
            if "${" not in text.replace("$${", ""):
                return text.replace("$${", "${")
            raise DefinitionError(
                f"{what}: a reference inside a longer text",
                at=at,
                received=repr(text),
                expected='"${params.name}" as the whole value',
                hint="make the whole text a run parameter; a literal ${ is written $${",
            )
        kind, _, name = match[1].partition(".")
        if kind == "params" and name in scope.params:
            return scope.params[name]
        if kind == "params":
            raise UnknownNameError(
                f'{what}: there is no run parameter "{name}"',
                name=name,
                known=scope.params,
                at=at,
                hint="declare it under `params:`" if not scope.params else None,
            )
        if kind == "secret":
            raise DefinitionError(f"{what}: secrets cannot be given yet", at=at, received=text)
        raise DefinitionError(
            f"{what}: an unknown reference",
            at=at,
            received=text,
            expected='"${params.name}"',
            hint="an input takes node.output without ${ }",
        )

    @contextmanager
    def placing_errors(self, prefix: str = "") -> Iterator[None]:
        """Gives errors that name a field of this node the line of its key."""
        try:
            yield
        except PenstockError as error:
            if error.field is not None and error.at == self.at:
                place, value = self._find(prefix + error.field)
                error.at = place
                if isinstance(error, DefinitionError) and error.hint is None:
                    error.hint = _quoting_hint(error, value)
            raise

    def _line(self, key: str) -> str:
        return self._find(key)[0]

    def _find(self, field: str) -> tuple[str, YamlNode]:
        """The line of a path such as `train_args.splits[0]`, as deep as the file has it, and what stands there."""
        node: YamlNode = self._body
        at = self.at
        for key, index in _FIELD_STEP.findall(field):
            found = _child(node, key, index)
            if found is None:
                break
            node, line = found
            at = f"{self._file}:{line}"
        return at, node


def _child(node: YamlNode, key: str, index: str) -> tuple[YamlNode, int] | None:
    """What stands under a key of a mapping or at an index of a list, and its line."""
    if isinstance(node, YamlMap):
        return (node.items[key], node.key_lines[key]) if key in node.items else None
    if isinstance(node, YamlList) and index and int(index) < len(node.items):
        item = node.items[int(index)]
        return item, item.line
    return None


def _is_value(node: YamlNode) -> bool:
    return isinstance(node, YamlMap) and list(node.items) == ["$value"]


def _addresses(node: YamlNode) -> Iterator[tuple[Any, int]]:
    if isinstance(node, YamlMap):
        names = list(node.items)
        if len(names) != 1 or names[0] not in {*_QUERIES, "$value"}:
            yield node.plain(), node.line
        else:
            yield node.items[names[0]].plain(), node.line
    elif isinstance(node, YamlList):
        for item in node.items:
            yield item.plain(), item.line
    elif node.value is not None:
        yield node.value, node.line


def _quoting_hint(error: DefinitionError, value: YamlNode) -> str | None:
    is_number = isinstance(value, YamlScalar) and value.value is not None and not isinstance(value.value, str)
    if is_number and "wrong type" in error.message and "str" in (error.expected or ""):
        return "a text that looks like a number or a bool stands in quotes"
    return None
