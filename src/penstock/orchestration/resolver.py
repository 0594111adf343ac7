"""Finds the artifacts that a node reads, and the values that it takes from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from penstock.dsl.artifact import ValueArtifact
from penstock.errors import DataError
from penstock.ir.model import NodeSpec
from penstock.metadata.records import ArtifactRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.execute import subtype

__all__ = ["Outputs", "fill_values", "resolve_inputs"]

Outputs = Mapping[str, Mapping[str, Sequence[ArtifactRecord]]]
"""Node to output to artifacts, of the nodes that have ended."""


def resolve_inputs(
    node: NodeSpec, outputs: Outputs, store: MetadataStore, earlier: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[ArtifactRecord]], dict[str, list[str]]]:
    """The artifacts of each input, and what the queries among them resolved to.

    Args:
        node: The node.
        outputs: Of the nodes that it reads from.
        store: Where queries are answered.
        earlier: What an earlier attempt's queries resolved to; used again, so that a retry sees the same.

    Raises:
        DataError: A required input has no artifact, because what makes it was left out of the run.
    """
    inputs: dict[str, list[ArtifactRecord]] = {}
    resolution: dict[str, list[str]] = {}
    for name, wired in node.inputs.items():
        if wired.query is None:
            found = [artifact for source in wired.sources for artifact in _of(source, outputs)]
            if wired.max is None:
                # Spans first, then the order of publishing, so that "one or more" are always in the same order.
                found.sort(key=lambda artifact: (int(artifact.properties.get("span", 0)), artifact.seq))
        elif name in earlier:
            found = [store.artifact(artifact_id) for artifact_id in earlier[name]]
        else:
            candidate = _of(wired.query.of, outputs)
            baseline = store.baseline_model(candidate[0].identity) if candidate else None
            found = [baseline] if baseline else []
        if wired.query is not None:
            resolution[name] = [artifact.id for artifact in found]
        if len(found) < wired.min:
            raise DataError(
                f'node "{node.id}", input "{name}" has no artifact',
                at=node.at,
                expected=f"what {', '.join(wired.sources)} makes",
                hint="the node that makes it was left out of this run, and nothing of it is cached",
            )
        inputs[name] = found
    return inputs, resolution


def _of(source: str, outputs: Outputs) -> list[ArtifactRecord]:
    node, _, channel = source.partition(".")
    return list(outputs.get(node, {}).get(channel, ()))


def fill_values(params: Mapping[str, Any], outputs: Outputs) -> tuple[dict[str, Any], dict[str, list[ArtifactRecord]]]:
    """Replaces `{"$value": "node.output"}` by the value of that artifact.

    Returns:
        The parameters, and the artifacts that values were read from, by `param <name>`.

    Raises:
        DataError: A value would be taken for a reference.
    """
    filled, read = dict(params), {}
    for name, value in params.items():
        if isinstance(value, Mapping) and "$value" in value:
            artifact = _of(value["$value"], outputs)[0]
            found = subtype(ValueArtifact, artifact.type)(artifact.uri).value
            if isinstance(found, Mapping) and any(key.startswith("$") for key in found):
                raise DataError(
                    f'parameter "{name}": the value of {value["$value"]} looks like a reference',
                    received=", ".join(found),
                    expected='an object whose keys do not begin with "$"',
                )
            filled[name] = found
            read[f"param {name}"] = [artifact]
    return filled, read
