"""The spec: a compiled pipeline as plain, versioned data. Each field is explained in docs/spec.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ComponentRef",
    "InputSpec",
    "NodeSpec",
    "OptionsSpec",
    "ParameterSpec",
    "PipelineSpec",
    "QuerySpec",
    "TypeSpec",
    "source_files",
    "upstream",
]

SPEC_VERSION = "penstock/1"
QUERIES = ("latest_blessed",)
"""Names of the queries that an input can ask."""


@dataclass(frozen=True, kw_only=True)
class ComponentRef:
    """A component by its registered name, never by a dotted path.

    Attributes:
        name: Its name.
        version: Its declared version when the spec was compiled.
        origin: `standard`, `package:<distribution>` (found by entry point), or `project:<file>` (a file of the project,
            relative to the definition's folder). `from` in the plain form.
    """

    name: str
    version: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class QuerySpec:
    """An input that is looked up in the store when the node is claimed.

    Attributes:
        name: `latest_blessed`; see QUERIES.
        of: `node.output` that the question is about.
    """

    name: str
    of: str


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """An input: which artifacts it takes.

    Attributes:
        type: Artifact type's name.
        min: Smallest number of artifacts.
        max: Greatest number; None for any.
        sources: `node.output` of each; `from` in the plain form. Empty where there is a query.
        query: The query, or None.
    """

    type: str
    min: int
    max: int | None
    sources: tuple[str, ...] = ()
    query: QuerySpec | None = None


@dataclass(frozen=True, kw_only=True)
class OptionsSpec:
    """How a node runs; never in its cache key."""

    cache: bool = True
    beam_pipeline_args: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """A node.

    Attributes:
        id: Its id.
        component: What it is an instance of.
        inputs: By name, only the wired ones.
        outputs: Name to artifact type's name.
        params: Name to plain data. An object whose key begins with `$` is a reference:
            `{"$source": "model.py", "entry": "run_fn"}` (the only one with a second key), `{"$data": "data"}` or
            `{"$data": {"$param": "folder"}}`, `{"$param": "train_steps"}` (the only one that may stand inside a value),
            `{"$value": "node.output"}`.
            Parameters left at their default are left out, except code and data, which count by content.
        effect: Whether it acts on the world outside the store.
        options: How it runs.
        at: `file:line` of its definition, the file relative to the definition's folder. Not compared, not digested.
    """

    id: str
    component: ComponentRef
    inputs: Mapping[str, InputSpec]
    outputs: Mapping[str, str]
    params: Mapping[str, Any]
    effect: bool = False
    options: OptionsSpec = field(default_factory=OptionsSpec)
    at: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class ParameterSpec:
    """A run parameter.

    Attributes:
        type: `int`, `float`, `str`, `bool`, or the name of another plain type as a user writes it.
        default: Its default; `required` says whether there is one.
        required: Whether a run must give it.
        description: From the docstring or YAML.
    """

    type: str
    default: Any = None
    required: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class TypeSpec:
    """An artifact type, as much of it as is needed to check wiring without its code.

    Attributes:
        bases: Names of the artifact types that it is a subclass of, the nearest first.
        properties: Name to `int`, `float` or `text`.
    """

    bases: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PipelineSpec:
    """A compiled pipeline.

    Attributes:
        pipeline: Its name.
        params: Run parameters by name.
        build: Build arguments that the definition was compiled with.
        sources: Digest of the project's files that the pipeline reaches (see `penstock.sources`).
        types: Artifact types used, by name.
        nodes: In an order in which each stands after those that it reads from.
        enable_cache: Whether nodes may be served from the cache.
        beam_pipeline_args: For the Beam pipelines inside all components.
    """

    pipeline: str
    params: Mapping[str, ParameterSpec]
    build: Mapping[str, Any]
    sources: str
    types: Mapping[str, TypeSpec]
    nodes: tuple[NodeSpec, ...]
    enable_cache: bool = True
    beam_pipeline_args: tuple[str, ...] = ()

    def node(self, node_id: str) -> NodeSpec:
        """The node with this id.

        Raises:
            KeyError: There is none.
        """
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)


def source_files(node: NodeSpec) -> Sequence[str]:
    """Files of user code that a node names: those of its parameters, and the one that defines its component."""
    found: dict[str, None] = {}
    for value in node.params.values():
        if isinstance(value, Mapping) and "$source" in value:
            found[str(value["$source"])] = None
    kind, _, file = node.component.origin.partition(":")
    if kind == "project":
        found[file] = None
    return list(found)


def upstream(node: NodeSpec) -> Sequence[str]:
    """Ids of the nodes that a node reads from, each once, in the order of its inputs and parameters."""
    found: dict[str, None] = {}
    for wired in node.inputs.values():
        for source in [*wired.sources, *([wired.query.of] if wired.query else [])]:
            found[source.split(".")[0]] = None
    for value in node.params.values():
        if isinstance(value, Mapping) and "$value" in value:
            found[str(value["$value"]).split(".")[0]] = None
    return list(found)
