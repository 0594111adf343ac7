"""Checks that a spec is whole in itself: names, references, types, order. User code is not needed for that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from penstock.dsl.component import check_node_id
from penstock.errors import DefinitionError, PenstockError, UnknownNameError
from penstock.ir.graph import in_order
from penstock.ir.model import QUERIES, InputSpec, NodeSpec, PipelineSpec, source_files, upstream
from penstock.ir.parameter_types import annotation_of, check_plain

__all__ = ["validate_spec"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PIPELINE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_ORIGIN = re.compile(r"standard|package:[A-Za-z0-9][A-Za-z0-9._-]*|project:[^\0]+\.py")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def validate_spec(spec: PipelineSpec, at: str) -> PipelineSpec:
    """Returns the spec, its nodes in the order that the compiler gives them.

    Args:
        spec: A spec whose fields are of their types.
        at: What to call it in messages.

    Raises:
        DefinitionError: A name, a reference or a type in it is wrong, or its nodes read from each other in a circle.
    """
    try:
        _expect(_PIPELINE, spec.pipeline, "pipeline")
        _expect(_DIGEST, spec.sources, "sources")
        for name in [*spec.params, *spec.build]:
            _expect(_NAME, name, "a parameter's name")
        for name, param in spec.params.items():
            annotation = annotation_of(param.type)
            if not param.required:
                _within(f"params.{name}.default", check_plain, param.default, annotation)
        _check_types(spec)
        nodes = _by_id(spec)
        for node in spec.nodes:
            _check_node(node, nodes, spec)
        order = in_order({node.id: upstream(node) for node in spec.nodes})
    except PenstockError as error:
        error.at = error.at or at
        raise
    return replace(spec, nodes=tuple(nodes[name] for name in order))


def _expect(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise DefinitionError(what, received=repr(text), expected=pattern.pattern)


def _within(place: str, check: Any, *args: Any) -> None:
    try:
        check(*args)
    except PenstockError as error:
        error.message = f"{place}: {error.message}"
        raise


def _check_types(spec: PipelineSpec) -> None:
    for name, about in spec.types.items():
        for text in [name, *about.bases, *about.properties]:
            _expect(_NAME, text, f"types.{name}")
        for text in about.properties.values():
            if text not in ("int", "float", "text"):
                raise DefinitionError(f"types.{name}.properties", received=repr(text), expected="int, float or text")


def _by_id(spec: PipelineSpec) -> dict[str, NodeSpec]:
    found: dict[str, NodeSpec] = {}
    for index, node in enumerate(spec.nodes):
        _within(f"nodes[{index}].id", check_node_id, node.id, None)
        if node.id in found:
            raise DefinitionError(f'two nodes have the id "{node.id}"')
        found[node.id] = node
    if not found:
        raise DefinitionError("a pipeline without nodes")
    return found


def _check_node(node: NodeSpec, nodes: Mapping[str, NodeSpec], spec: PipelineSpec) -> None:
    _expect(_NAME, node.component.name, f'node "{node.id}", component')
    _expect(_ORIGIN, node.component.origin, f'node "{node.id}", component, from')
    for file in source_files(node):
        _check_below(file, node.id)
    for name, type_name in node.outputs.items():
        _expect(_NAME, name, f'node "{node.id}", outputs')
        _known_type(type_name, spec, f'node "{node.id}", output "{name}"')
    for name, wired in node.inputs.items():
        _expect(_NAME, name, f'node "{node.id}", inputs')
        _within(f'node "{node.id}", input "{name}"', _check_input, wired, nodes, spec)
    for name, value in node.params.items():
        _expect(_NAME, name, f'node "{node.id}", params')
        _within(f'node "{node.id}", parameter "{name}"', _check_parameter, value, nodes, spec)


def _check_below(file: str, node_id: str) -> None:
    parts = PurePosixPath(file).parts
    if not parts or file.startswith("/") or ".." in parts or "\0" in file:
        raise DefinitionError(
            f'node "{node_id}": user code outside the project', received=repr(file), expected="a file of the project"
        )


def _known_type(name: str, spec: PipelineSpec, place: str) -> None:
    if name not in spec.types:
        raise UnknownNameError(f'{place}: unknown type "{name}"', name=name, known=spec.types)


def _is_a(name: str, wanted: str, spec: PipelineSpec) -> bool:
    return name == wanted or wanted in spec.types[name].bases


def _output_type(address: str, nodes: Mapping[str, NodeSpec]) -> str:
    node_id, _, output = address.partition(".")
    if node_id not in nodes:
        raise UnknownNameError(f'unknown node in "{address}"', name=node_id, known=nodes)
    if output not in nodes[node_id].outputs:
        raise UnknownNameError(f'unknown output in "{address}"', name=output, known=nodes[node_id].outputs)
    return nodes[node_id].outputs[output]


def _check_input(wired: InputSpec, nodes: Mapping[str, NodeSpec], spec: PipelineSpec) -> None:
    _known_type(wired.type, spec, "its type")
    for address in [*wired.sources, *([wired.query.of] if wired.query else [])]:
        given = _output_type(address, nodes)
        _known_type(given, spec, address)
        if not _is_a(given, wired.type, spec):
            raise DefinitionError("wrong type", received=f"{address}: {given}", expected=wired.type)
    if wired.query is not None:
        if wired.query.name not in QUERIES:
            raise UnknownNameError(f'unknown query "{wired.query.name}"', name=wired.query.name, known=QUERIES)
    elif not max(wired.min, 1) <= len(wired.sources) <= (len(wired.sources) if wired.max is None else wired.max):
        raise DefinitionError(
            "wrong number of artifacts",
            received=str(len(wired.sources)),
            expected=f"at least {max(wired.min, 1)}" if wired.max is None else f"{wired.min} to {wired.max}",
        )


_FORMS = '{"$source", "entry"}, {"$data"}, {"$param"} or {"$value"}'


def _check_parameter(value: Any, nodes: Mapping[str, NodeSpec], spec: PipelineSpec) -> None:
    for reference in _references(value):
        keys = sorted(reference)
        target = reference.get(next(key for key in keys if key.startswith("$")))
        is_data = keys == ["$data"]
        if is_data and isinstance(target, Mapping):
            keys, target = sorted(target), target.get("$param")
        if not isinstance(target, str) or keys not in (["$data"], ["$param"], ["$value"], ["$source", "entry"]):
            raise DefinitionError("not a reference", received=repr(reference)[:100], expected=_FORMS)
        if reference is not value and sorted(reference) != ["$param"]:
            raise DefinitionError(
                "a reference inside a value", received=repr(reference)[:100], expected='{"$param"}, or plain data'
            )
        if keys == ["$param"] and target not in spec.params:
            raise UnknownNameError(f'unknown run parameter "{target}"', name=target, known=spec.params)
        if keys == ["$value"]:
            type_name = _output_type(target, nodes)
            _known_type(type_name, spec, target)
            if not _is_a(type_name, "ValueArtifact", spec):
                raise DefinitionError("wrong type", received=f"{target}: {type_name}", expected="a value artifact")
        if keys == ["$source", "entry"] and not (
            isinstance(reference["entry"], str) and reference["entry"].isidentifier()
        ):
            raise DefinitionError("not a reference", received=repr(reference)[:100], expected=_FORMS)


def _references(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object with a key that begins with `$`; what is inside one belongs to it."""
    if isinstance(value, Mapping):
        if any(key.startswith("$") for key in value):
            yield value
        else:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
