"""From the nodes that a definition built to the spec: plain data, with paths relative to the definition's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from penstock.dsl.artifact import Artifact
from penstock.dsl.channel import Channel, Query
from penstock.dsl.component import Component
from penstock.dsl.contract import MISSING, ParameterField
from penstock.dsl.parameter import RunParameter, UserCode
from penstock.dsl.pipeline import Pipeline
from penstock.dsl.registry import origin_of
from penstock.dsl.values import check_value, to_plain
from penstock.errors import DefinitionError, PenstockError
from penstock.ir.graph import in_order
from penstock.ir.model import (
    ComponentRef,
    InputSpec,
    NodeSpec,
    OptionsSpec,
    ParameterSpec,
    PipelineSpec,
    QuerySpec,
    TypeSpec,
    source_files,
    upstream,
)
from penstock.ir.references import check_data, check_entry, normalise, relative_to_folder
from penstock.sources.snapshot import reached_files, sources_digest

__all__ = ["compile_pipeline", "reached_sources"]


def compile_pipeline(
    pipeline: Pipeline, *, folder: Path, params: Mapping[str, ParameterSpec], build: Mapping[str, Any]
) -> PipelineSpec:
    """Compiles a pipeline.

    Args:
        pipeline: What the definition built.
        folder: The definition's folder, absolute: relative paths start from it.
        params: The run parameters that the definition declares.
        build: The build arguments that it was made with.

    Raises:
        DefinitionError: A parameter cannot be expressed as plain data, or names code that is not there.
        NotFoundError: A file of user code or data is not there.
    """
    nodes = {node.id: _compile_node(node, folder, params) for node in pipeline.components}
    order = in_order({name: upstream(node) for name, node in nodes.items()}, {n.id: n.at for n in nodes.values()})
    ordered = tuple(nodes[name] for name in order)
    return PipelineSpec(
        pipeline=pipeline.name,
        params=dict(params),
        build=dict(build),
        sources=sources_digest(folder, reached_sources(folder, ordered)),
        types=_types_used(pipeline),
        nodes=ordered,
        enable_cache=pipeline.enable_cache,
        beam_pipeline_args=tuple(pipeline.beam_pipeline_args),
    )


def reached_sources(folder: Path, nodes: Iterable[NodeSpec]) -> tuple[str, ...]:
    """The project's files that importing or calling the user code of these nodes may execute, relative to the folder.

    Args:
        folder: The definition's folder, absolute.
        nodes: Nodes of a spec.
    """
    return reached_files(folder, sorted({Path(file) for node in nodes for file in source_files(node)}))


def _compile_node(node: Component, folder: Path, params: Mapping[str, ParameterSpec]) -> NodeSpec:
    kind = type(node)
    return NodeSpec(
        id=node.id,
        component=_component_ref(node, folder),
        inputs={name: _compile_input(node, name, value) for name, value in sorted(node.inputs.items())},
        outputs={name: field.type.type_name() for name, field in sorted(kind.contract.outputs.items())},
        params=dict(_compile_parameters(node, folder, params)),
        effect=kind.effect,
        options=OptionsSpec(cache=node.options.cache, beam_pipeline_args=tuple(node.options.beam_pipeline_args)),
        at=relative_to_folder(node.at, folder),
    )


def _component_ref(node: Component, folder: Path) -> ComponentRef:
    kind = type(node)
    origin = origin_of(kind, folder)
    if origin.startswith("project:") and Path(origin.removeprefix("project:")).is_absolute():
        raise DefinitionError(
            f'node "{node.id}": {kind.component_name()} is defined outside the project',
            at=node.at,
            received=origin.removeprefix("project:"),
            expected="a file in the definition's folder or below, or an installed package",
            hint='a package registers its components as entry points of the group "penstock.components"',
        )
    return ComponentRef(name=kind.component_name(), version=kind.version, origin=origin)


def _compile_input(node: Component, name: str, value: list[Channel] | Query) -> InputSpec:
    field = type(node).contract.inputs[name]
    query = QuerySpec(name=value.name, of=_address(value.channel)) if isinstance(value, Query) else None
    return InputSpec(
        type=field.type.type_name(),
        min=field.min,
        max=field.max,
        sources=() if isinstance(value, Query) else tuple(map(_address, value)),
        query=query,
    )


def _address(channel: Channel) -> str:
    return f"{channel.producer.id}.{channel.key}"


def _compile_parameters(
    node: Component, folder: Path, params: Mapping[str, ParameterSpec]
) -> Iterator[tuple[str, Any]]:
    for name, field in sorted(type(node).contract.parameters.items()):
        path = field.source is not None or field.data
        if name not in node.parameters and (not path or field.default is None or field.default is MISSING):
            continue
        try:
            value = node.parameters.get(name, field.default)
            plain = _plain(value, field, folder, params)
        except PenstockError as error:
            error.at = node.at
            error.field = name
            error.message = f'node "{node.id}", parameter "{name}": {error.message}'
            raise
        if path or not _is_default(plain, field):
            yield name, plain


def _plain(value: Any, field: ParameterField, folder: Path, params: Mapping[str, ParameterSpec]) -> Any:
    def reference(parameter: RunParameter) -> Any:
        if parameter.parameter_name not in params:
            raise DefinitionError(f'run parameter "{parameter.parameter_name}" is not an argument of the definition')
        return {"$param": parameter.parameter_name}

    if isinstance(value, Channel):
        if field.source is not None or field.data:
            raise DefinitionError(
                "a path cannot come from another node",
                received=repr(value),
                hint="what a node made is wired as an input",
            )
        return {"$value": _address(value)}
    plain = to_plain(value, reference)
    if plain is None or not (field.source or field.data):
        return plain
    return _data(plain, folder) if field.source is None else _source(plain, field.source, folder)


def _source(value: Any, code: UserCode, folder: Path) -> dict[str, str]:
    if isinstance(value, dict):
        raise DefinitionError(
            "user code cannot be a run parameter: its content is known when the pipeline is compiled",
            hint="make it a build argument (annotate it without Param, and give it with --build)",
        )
    file, colon, entry = value.rpartition(":")
    if code.entry is not None:  # the component says which function; one that is named must be that one
        if not colon or not file.endswith(".py"):
            file, entry = value, code.entry
        if entry != code.entry:
            raise DefinitionError(
                "names another function", received=value, expected=f'a file that defines "{code.entry}"'
            )
    elif not file or not entry.isidentifier():
        raise DefinitionError("does not name a function", received=repr(value), expected='"file.py:function"')
    file = normalise(relative_to_folder(file, folder))
    if file.startswith(("/", "../")):
        raise DefinitionError(
            "user code is outside the project",
            received=file,
            expected="a file in the definition's folder or below",
            hint="move it, or put the definition into a folder above both",
        )
    check_entry(folder, file, entry)
    return {"$source": file, "entry": entry}


def _data(value: Any, folder: Path) -> dict[str, Any]:
    if isinstance(value, str):
        value = normalise(value)
        check_data(folder, value)
    return {"$data": value}


def _is_default(plain: Any, field: ParameterField) -> bool:
    if field.default is MISSING:
        return False
    try:
        default = check_value(field.default, field.annotation)
    except DefinitionError:  # such as None for a type that does not say so: never equal to what was given
        return False
    # As JSON, so that 1, 1.0 and True differ.
    return json.dumps(plain, sort_keys=True) == json.dumps(to_plain(default, repr), sort_keys=True)


def _types_used(pipeline: Pipeline) -> dict[str, TypeSpec]:
    found: dict[str, type[Artifact]] = {}
    for node in pipeline.components:
        contract = type(node).contract
        kinds = [*(f.type for f in contract.inputs.values()), *(f.type for f in contract.outputs.values())]
        for kind in kinds:
            name = kind.type_name()
            if found.setdefault(name, kind) is not kind:
                raise DefinitionError(
                    f'two artifact types are called "{name}"',
                    at=node.at,
                    received=f"{found[name].__module__} and {kind.__module__}",
                )
    return {name: _describe_type(kind) for name, kind in sorted(found.items())}


def _describe_type(kind: type[Artifact]) -> TypeSpec:
    bases = tuple(
        base.type_name()
        for base in kind.__mro__[1:]
        if issubclass(base, Artifact) and base is not Artifact and not base.__name__.startswith("_")
    )
    return TypeSpec(bases=bases, properties=dict(sorted(kind.property_types().items())))
