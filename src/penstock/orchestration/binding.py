"""Turns records of the store into the plain data that a worker binds to a component's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock.dsl.component import Component
from penstock.metadata.records import ArtifactRecord
from penstock.orchestration.execute import ArtifactData, ExecuteRequest, bind_node

__all__ = ["artifact_data", "bind_with_outputs", "executor_params"]


def artifact_data(record: ArtifactRecord) -> ArtifactData:
    """An artifact of the store as a worker gets it."""
    return ArtifactData(
        id=record.id,
        type=record.type,
        uri=record.uri,
        digest=record.digest,
        identity=record.identity,
        properties=record.properties,
    )


def executor_params(kind: type[Component], params: Mapping[str, Any], project: Path, base: Path) -> dict[str, Any]:
    """Parameters with references to code and data replaced by absolute paths (`path:function` for a CodeRef)."""
    found = {}
    for name, value in params.items():
        if isinstance(value, Mapping) and "$source" in value:
            path = str(project / value["$source"])
            source = kind.contract.parameters[name].source
            found[name] = path if source is not None and source.entry else f"{path}:{value['entry']}"
        elif isinstance(value, Mapping) and "$data" in value:
            found[name] = str(base / value["$data"])
        else:
            found[name] = value
    return found


def bind_with_outputs(
    kind: type[Component],
    *,
    params: Mapping[str, Any],
    inputs: Mapping[str, Sequence[ArtifactRecord]],
    outputs: Mapping[str, Sequence[ArtifactRecord]],
    project: Path,
    base: Path,
) -> Any:
    """A node whose output fields hold what an earlier execution made."""
    request = ExecuteRequest(
        node_id="",
        component=kind.component_name(),
        origin="",
        project=str(project),
        base=str(base),
        params=executor_params(kind, params, project, base),
        inputs={name: [artifact_data(a) for a in found] for name, found in inputs.items()},
        outputs={name: artifact_data(found[0]) for name, found in outputs.items()},
        attempt_dir="",
    )
    return bind_node(kind, request)
