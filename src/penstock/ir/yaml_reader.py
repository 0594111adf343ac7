"""Definitions in YAML: the document, its run parameters and components, and its nodes in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from penstock.dsl.component import Component, check_node_id
from penstock.dsl.parameter import RunParameter
from penstock.dsl.pipeline import Pipeline
from penstock.dsl.site import site
from penstock.errors import DefinitionError, PenstockError, UnknownNameError
from penstock.ir.compiler import compile_pipeline
from penstock.ir.component_names import ComponentNames
from penstock.ir.graph import in_order
from penstock.ir.model import ParameterSpec, PipelineSpec
from penstock.ir.parameter_types import annotation_of, check_plain, type_text
from penstock.ir.project_imports import project_imports
from penstock.ir.yaml_node import NodeSource, Scope
from penstock.ir.yaml_syntax import YamlList, YamlMap, YamlNode, YamlScalar, read_yaml_file

__all__ = ["DOCUMENT_KEYS", "PARAMETER_KEYS", "read_yaml_definition"]

DOCUMENT_KEYS = ("pipeline", "params", "components", "nodes", "enable_cache", "beam_pipeline_args", "root")
PARAMETER_KEYS = ("type", "default", "description")


def read_yaml_definition(path: Path) -> tuple[PipelineSpec, Pipeline]:
    """Reads and compiles a definition in YAML.

    Args:
        path: The file, absolute.

    Raises:
        DefinitionError: It is not a pipeline definition; the message has the line of the key at fault.
        UnknownNameError: An unknown key, component, node, output or parameter, with the nearest known one.
        NotFoundError: A file that it names is not there.
    """
    with project_imports(path.parent):
        return _Document(path).compile()


class _Document:
    def __init__(self, path: Path) -> None:
        self._file = path.name
        self._folder = path.parent
        self._top = _mapping(read_yaml_file(path), path.name, "the document", DOCUMENT_KEYS)
        for key in ("pipeline", "nodes"):
            if key not in self._top.items:
                raise DefinitionError(f'the key "{key}" is missing', at=self._file)

    def compile(self) -> tuple[PipelineSpec, Pipeline]:
        params = self._params()
        sources = self._nodes(ComponentNames(self._component_files(), self._folder))
        order = in_order(
            {source.id: source.reads(sources) for source in sources.values()},
            {source.id: source.at for source in sources.values()},
        )
        placeholders = {name: RunParameter(name, annotation_of(param.type)) for name, param in params.items()}
        built: dict[str, Component] = {}
        for node_id in order:
            built[node_id] = sources[node_id].build(Scope(placeholders, built))
        pipeline = self._pipeline([built[node_id] for node_id in sources])
        try:
            return compile_pipeline(pipeline, folder=self._folder, params=params, build={}), pipeline
        except PenstockError as error:
            for source in sources.values():
                if source.at == error.at:
                    with source.placing_errors():
                        raise
            raise

    def _at(self, key: str) -> str:
        return f"{self._file}:{self._top.key_lines[key]}"

    def _pipeline(self, nodes: list[Component]) -> Pipeline:
        # Any: Pipeline checks what stands there, with the key's line.
        options: dict[str, Any] = {
            key: self._top.items[key].plain() for key in DOCUMENT_KEYS[4:] if key in self._top.items
        }
        name: Any = self._top.items["pipeline"].plain()
        try:
            with site(self._at("pipeline")):
                return Pipeline(name, nodes, **options)
        except DefinitionError as error:
            if error.field in self._top.items:
                error.at = self._at(error.field)
            raise

    def _params(self) -> dict[str, ParameterSpec]:
        if "params" not in self._top.items:
            return {}
        section = _mapping(self._top.items["params"], self._file, '"params"')
        return {
            name: self._param(name, node, f"{self._file}:{section.key_lines[name]}")
            for name, node in section.items.items()
        }

    def _param(self, name: str, node: YamlNode, at: str) -> ParameterSpec:
        body = _mapping(node, self._file, f'run parameter "{name}"', PARAMETER_KEYS)
        try:
            return _declaration(name, body.plain())
        except DefinitionError as error:
            error.message = f'run parameter "{name}": {error.message}'
            error.at = f"{self._file}:{body.key_lines[error.field]}" if error.field in body.items else at
            raise

    def _component_files(self) -> list[tuple[str, str]]:
        node = self._top.items.get("components", YamlList([], 0))
        if not isinstance(node, YamlList):
            raise DefinitionError(
                '"components"',
                at=self._at("components"),
                received=repr(node.plain()),
                expected="a list of files, such as [cards.py]",
            )
        return [
            (_text(item, f"{self._file}:{item.line}", "components"), f"{self._file}:{item.line}") for item in node.items
        ]

    def _nodes(self, names: ComponentNames) -> dict[str, NodeSource]:
        section = _mapping(self._top.items["nodes"], self._file, '"nodes"')
        if not section.items:
            raise DefinitionError("the pipeline has no nodes", at=self._at("nodes"))
        found = {}
        for node_id, node in section.items.items():
            line = section.key_lines[node_id]
            at = f"{self._file}:{line}"
            check_node_id(node_id, at)
            body = _mapping(node, self._file, f'node "{node_id}"', line=line)
            if "component" not in body.items:
                raise DefinitionError(f'node "{node_id}" has no "component"', at=at, expected="component: <name>")
            place = f"{self._file}:{body.key_lines['component']}"
            name = _text(body.items["component"], place, f'node "{node_id}", component')
            found[node_id] = NodeSource(node_id, names.find(name, place), body, self._file, line)
        return found


def _declaration(name: str, given: dict[str, Any]) -> ParameterSpec:
    if not name.isidentifier():
        raise DefinitionError("its name", received=repr(name), expected="letters, digits and _")
    for key in ("type", "description"):
        if not isinstance(given.get(key, ""), str):
            raise DefinitionError(key, received=repr(given[key]), expected="a text", field=key)
    if "type" not in given:
        raise DefinitionError("it has no type", expected="{type: int, default: 500}")
    annotation = annotation_of(given["type"])
    required = "default" not in given
    try:
        default = None if required else check_plain(given["default"], annotation)
    except DefinitionError as error:
        error.field = "default"
        raise
    return ParameterSpec(
        type=type_text(annotation), default=default, required=required, description=given.get("description", "")
    )


def _mapping(
    node: YamlNode, file: str, what: str, keys: tuple[str, ...] | None = None, line: int | None = None
) -> YamlMap:
    if not isinstance(node, YamlMap):
        shown = repr(node.plain())
        raise DefinitionError(
            f"{what} is not a mapping",
            at=f"{file}:{line or node.line}",
            received=shown if len(shown) <= 80 else shown[:77] + "...",
            expected=f"the keys {', '.join(keys)}" if keys else "name: value",
        )
    for key in node.items:
        if keys is not None and key not in keys:
            raise UnknownNameError(
                f'{what}: unknown key "{key}"', name=key, known=keys, at=f"{file}:{node.key_lines[key]}"
            )
    return node


def _text(node: YamlNode, at: str, what: str) -> str:
    if isinstance(node, YamlScalar) and isinstance(node.value, str):
        return node.value
    raise DefinitionError(what, at=at, received=repr(node.plain()), expected="a text")
