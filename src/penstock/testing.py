"""Runs one component in a test, without a pipeline, a store or a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from penstock.dsl.artifact import Artifact
from penstock.dsl.component import Component
from penstock.dsl.execution import read_progress
from penstock.dsl.function_component import ComponentFactory
from penstock.dsl.keras_choice import choose_keras
from penstock.dsl.registry import as_component, origin_of
from penstock.dsl.values import check_value
from penstock.errors import UnknownNameError
from penstock.orchestration.execute import ArtifactData, ExecuteRequest, execute

__all__ = ["NodeResult", "run_node"]


@dataclass(frozen=True, kw_only=True)
class NodeResult:
    """What a component made.

    Attributes:
        outputs: Artifacts by output, with `digest` and `identity`; they can be inputs of the next `run_node`.
        progress: Everything that the executor reported, in order.
        attempt_dir: The attempt's folder.
    """

    outputs: Mapping[str, Any]
    progress: Sequence[Mapping[str, Any]]
    attempt_dir: Path


def run_node(
    component: type[Component] | ComponentFactory,
    inputs: Mapping[str, Artifact | Sequence[Artifact]] | None = None,
    params: Mapping[str, Any] | None = None,
    *,
    project: str | os.PathLike[str] | None = None,
    beam_pipeline_args: Sequence[str] = (),
) -> NodeResult:
    """Runs a component in this process and returns its verified and digested outputs.

    The environment is the one that a worker gives the component, `tf.keras` included.

    Args:
        component: The class, or the function under `@component`.
        inputs: Artifacts by input.
        params: Parameters by name, as in a pipeline; code and data paths relative to `project`.
        project: Folder that relative paths and user imports start from; the working directory when None.
        beam_pipeline_args: For the Beam pipelines inside the component.

    Raises:
        Exception: Whatever the executor raises.
        ArtifactError: An output is missing or not of its type.

    Example:
        >>> from penstock import component
        >>> from penstock.testing import run_node
        >>> @component
        ... def double(x: int) -> int:
        ...     return 2 * x
        >>> run_node(double, params={"x": 21}).outputs["output"].value
        42
    """
    kind = as_component(component)
    base = Path(project or ".").resolve()
    attempt_dir = Path(mkdtemp(prefix="penstock-node-"))
    given = {}
    for name, value in (params or {}).items():
        if name not in kind.contract.parameters:
            raise UnknownNameError(
                f'{kind.component_name()} has no parameter "{name}"', name=name, known=kind.contract.parameters
            )
        field = kind.contract.parameters[name]
        checked = check_value(value, field.annotation)
        is_path = (field.source is not None or field.data) and isinstance(checked, str)
        given[name] = str(base / checked) if is_path else checked
    request = ExecuteRequest(
        node_id=kind.component_name(),
        component=kind.component_name(),
        origin=origin_of(kind, base),
        project=str(base),
        base=str(base),
        params=given,
        inputs={name: [_data(a) for a in _as_list(value)] for name, value in (inputs or {}).items()},
        outputs={
            name: ArtifactData(id=name, type=field.type.type_name(), uri=str(attempt_dir / name))
            for name, field in kind.contract.outputs.items()
        },
        attempt_dir=str(attempt_dir),
        beam_pipeline_args=beam_pipeline_args,
    )
    with chdir(attempt_dir), _environment(kind.environment(given)):
        results = execute(request, kind)
    outputs = {
        result.channel: kind.contract.outputs[result.channel].type(
            result.uri,
            id=result.id,
            digest=result.digest,
            identity=result.identity,
            properties=dict(result.properties),
        )
        for result in results
    }
    progress, _ = read_progress(attempt_dir / "progress.jsonl", 0)
    return NodeResult(outputs=outputs, progress=progress, attempt_dir=attempt_dir)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What a worker sets for the component, as long as it runs; afterwards all is as it was, `tf.keras` too."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    choose_keras()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        choose_keras()


def _as_list(value: Artifact | Sequence[Artifact]) -> list[Artifact]:
    return [value] if isinstance(value, Artifact) else list(value)


def _data(artifact: Artifact) -> ArtifactData:
    return ArtifactData(
        id=artifact.id or "given",
        type=artifact.type_name(),
        uri=str(Path(artifact.uri).resolve()),
        digest=artifact.digest,
        identity=artifact.identity,
        properties=artifact.properties,
    )
