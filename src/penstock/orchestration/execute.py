"""What happens inside a worker process: from a plain request to filled, verified and digested outputs.

No store is reachable from here. The request and the result are plain data (see the dataclasses), so that they can cross
any boundary between processes and machines.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from penstock.dsl.artifact import Artifact, PropertyValue
from penstock.dsl.collector import collector_paused
from penstock.dsl.component import Component
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.registry import load_component, load_object
from penstock.dsl.tree import TreeDigest
from penstock.dsl.values import check_value
from penstock.errors import ArtifactError

__all__ = ["ArtifactData", "ExecuteRequest", "OutputResult", "bind_node", "execute", "subtype"]

A = TypeVar("A", bound=Artifact)


@dataclass(frozen=True, kw_only=True)
class ArtifactData:
    """An artifact as plain data: what an executor's Artifact is made of."""

    id: str
    type: str
    uri: str
    digest: str | None = None
    identity: str | None = None
    properties: Mapping[str, PropertyValue] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExecuteRequest:
    """Everything a worker needs to run one attempt.

    Attributes:
        node_id: Id of the node.
        component: Name of its component.
        origin: Where the component comes from, as in the spec.
        project: Folder of the snapshot of the project's sources.
        base: Folder of the definition.
        params: Parameters as plain data; references are replaced, paths are absolute.
        inputs: Artifacts by input.
        outputs: Artifacts to fill, by output; `uri` is a folder that does not exist yet.
        attempt_dir: Folder of the attempt; becomes the working directory.
        beam_pipeline_args: For the Beam pipelines inside the component.
    """

    node_id: str
    component: str
    origin: str
    project: str
    base: str
    params: Mapping[str, Any]
    inputs: Mapping[str, Sequence[ArtifactData]]
    outputs: Mapping[str, ArtifactData]
    attempt_dir: str
    beam_pipeline_args: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class OutputResult:
    """An output that was filled: what the store will know of it."""

    channel: str
    id: str
    type: str
    uri: str
    digest: str
    identity: str
    bytes: int
    properties: Mapping[str, PropertyValue]


def execute(request: ExecuteRequest, kind: type[Component] | None = None) -> list[OutputResult]:
    """Runs the executor of a node in this process, in the attempt's folder, and describes what it made.

    Args:
        request: What to run.
        kind: The component's class where the caller has it; else it is loaded by name from the snapshot.

    Raises:
        Exception: Whatever the executor raises.
        ArtifactError: An output is missing or not of its type.
    """
    kind = kind or load_component(request.component, request.origin, request.project)
    node = bind_node(kind, request)
    attempt_dir = Path(request.attempt_dir)
    for data in request.outputs.values():
        Path(data.uri).mkdir(parents=True)
    (attempt_dir / "temp").mkdir(exist_ok=True)
    os.chdir(attempt_dir)
    with collector_paused():
        executor = load_object(kind.executor) if isinstance(kind.executor, str) else kind.executor
    context = ExecutionContext(
        node_id=request.node_id,
        temp_dir="temp",
        project=request.project,
        base=request.base,
        beam_pipeline_args=request.beam_pipeline_args,
        progress_file=str(attempt_dir / "progress.jsonl"),
    )
    executor().run(node, context)
    return [_describe(name, getattr(node, name), kind) for name in request.outputs]


def bind_node(kind: type[Component], request: ExecuteRequest) -> Any:
    """The node as its executor sees it: artifacts in the input and output fields, values in the parameters."""
    fields: dict[str, Any] = {}
    for name, records in request.inputs.items():
        declared = kind.contract.inputs[name]
        artifacts = [_artifact(data, declared.type) for data in records]
        fields[name] = artifacts if declared.many else (artifacts[0] if artifacts else None)
    for name, data in request.outputs.items():
        fields[name] = _artifact(data, kind.contract.outputs[name].type)
    for name, value in request.params.items():
        fields[name] = check_value(value, kind.contract.parameters[name].annotation)
    return kind.bound(**fields)


def _artifact(data: ArtifactData, declared: type[Artifact]) -> Artifact:
    return subtype(declared, data.type)(
        data.uri, id=data.id, digest=data.digest, identity=data.identity, properties=dict(data.properties)
    )


def subtype(declared: type[A], name: str) -> type[A]:
    """The type of that name among the declared one and its subclasses, which its own code may have brought in."""
    pending = [declared]
    for kind in pending:
        if kind.type_name() == name:
            return kind
        pending.extend(kind.__subclasses__())
    return declared


def _describe(name: str, artifact: Artifact, kind: type[Component]) -> OutputResult:
    try:
        artifact.verify()
        tree = TreeDigest.of(artifact.uri)
        _check_properties(artifact)
    except ArtifactError as error:
        error.message = f'{kind.component_name()}, output "{name}": {error.message}'
        raise
    return OutputResult(
        channel=name,
        id=artifact.id or "",
        type=artifact.type_name(),
        uri=artifact.uri,
        digest=tree.digest,
        identity=artifact.compute_identity(tree),
        bytes=tree.bytes,
        properties=artifact.properties,
    )


def _check_properties(artifact: Artifact) -> None:
    declared = artifact.property_types()
    for name, value in artifact.properties.items():
        if declared[name] == "float" and type(value) is int:
            setattr(artifact, name, float(value))
        elif type(value) is not _PROPERTY_TYPES[declared[name]]:
            raise ArtifactError(f'property "{name}"', received=repr(value), expected=declared[name])


_PROPERTY_TYPES = {"int": int, "float": float, "text": str}
