"""Decides for each node whether it runs or comes from the cache, and says why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from penstock.dsl.component import Component
from penstock.dsl.registry import load_object
from penstock.errors import UsageError
from penstock.ir.model import NodeSpec, PipelineSpec, upstream
from penstock.ir.parameters import substitute
from penstock.metadata.records import ArtifactRecord, CachePart, ExecutionRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.binding import bind_with_outputs
from penstock.orchestration.external_data import ExternalData
from penstock.orchestration.integrity import glance
from penstock.orchestration.keys import differences, key_of, node_parts
from penstock.orchestration.resolver import fill_values, resolve_inputs

__all__ = ["Decision", "NodePlan", "Planner", "select_nodes"]

Action = Literal["cached", "run", "excluded"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do with a node whose inputs are known.

    Attributes:
        key: Its cache key.
        parts: What the key is made of.
        hit: The execution whose outputs serve it; None when it must run.
        reason: Why it runs, or what a confirmed effect says.
        inputs: Its artifacts by input, also those whose value is a parameter (`param <name>`).
        params: Its parameters with values filled in.
        resolution: What its queries resolved to.
        data: External data that it reads, by parameter.
    """

    key: str
    parts: Sequence[CachePart]
    hit: ExecutionRecord | None
    reason: str
    inputs: Mapping[str, Sequence[ArtifactRecord]]
    params: Mapping[str, Any]
    resolution: Mapping[str, Sequence[str]]
    data: Mapping[str, ExternalData]


@dataclass(frozen=True, kw_only=True)
class NodePlan:
    """A line of a plan.

    Attributes:
        node: Id of the node.
        action: What will happen to it.
        reason: Why, or what a confirmed effect says.
        made_in: For a cached one, the number of the run that made it.
        decision: For a cached one, what was decided about it.
    """

    node: str
    action: Action
    reason: str
    made_in: int | None = None
    decision: Decision | None = field(default=None, repr=False)

    def as_plain(self) -> dict[str, str | int | None]:
        """What a person or a program reads of it."""
        return {"node": self.node, "action": self.action, "reason": self.reason, "made_in": self.made_in}


class Planner:
    """Plans the nodes of one pipeline against one store.

    Args:
        spec: The compiled pipeline.
        kinds: Component class of each node, by id.
        params: Values of its run parameters.
        store: Where the cache is.
        project: Folder of the project's sources, or of the snapshot of them.
        base: Folder of the definition.
        no_cache: Nodes that are not served from the cache.
    """

    def __init__(
        self,
        spec: PipelineSpec,
        *,
        kinds: Mapping[str, type[Component]],
        params: Mapping[str, Any],
        store: MetadataStore,
        project: Path,
        base: Path,
        no_cache: Collection[str] = (),
    ) -> None:
        self.kinds = kinds
        self._spec = spec
        self._params = params
        self._store = store
        self._project = project
        self._base = base
        self._no_cache = no_cache
        self._data: dict[str, ExternalData] = {}

    def decide(
        self,
        node: NodeSpec,
        outputs: Mapping[str, Mapping[str, Sequence[ArtifactRecord]]],
        earlier: Mapping[str, Sequence[str]] | None = None,
    ) -> Decision:
        """Decides about a node whose upstream has ended.

        Args:
            node: The node.
            outputs: Artifacts of the nodes that it reads from, by node and output.
            earlier: What an earlier attempt's queries resolved to.

        Raises:
            NotFoundError: External data is missing.
            DataError: A required input has no artifact.
        """
        inputs, resolution = resolve_inputs(node, outputs, self._store, earlier or {})
        params, values_read = fill_values(substitute(node.params, self._params), outputs)
        data = self._read_data(params)
        parts = node_parts(node, self.kinds[node.id], params=params, inputs=inputs, data=data, project=self._project)
        key = key_of(parts)
        hit = self._store.cached(key)
        reason = self._reason_to_run(node, parts, hit)
        if hit is not None and not reason and node.effect:
            # An effect is never served on the store's word: the destination itself must still say so.
            confirmed = self._confirm(node, params, inputs, hit)
            reason, hit = (confirmed, hit) if confirmed else ("its effect must be made sure of", None)
        elif reason:
            hit = None
        return Decision(
            key=key,
            parts=parts,
            hit=hit,
            reason=reason,
            inputs={**inputs, **values_read},
            params=params,
            resolution=resolution,
            data=data,
        )

    def forecast(self, selected: Collection[str] | None = None) -> list[NodePlan]:
        """What a run would do now, without doing it. Behind a node that will run, keys are not known yet.

        Args:
            selected: Nodes that take part; all when None.
        """
        plans: list[NodePlan] = []
        outputs: dict[str, Mapping[str, Sequence[ArtifactRecord]]] = {}
        for node in self._spec.nodes:
            if selected is not None and node.id not in selected:
                plans.append(NodePlan(node=node.id, action="excluded", reason="not asked for"))
                continue
            unknown = [up for up in upstream(node) if up not in outputs and (selected is None or up in selected)]
            if unknown:
                plans.append(NodePlan(node=node.id, action="run", reason=self._reason_behind(node, unknown)))
                continue
            decision = self.decide(node, outputs)
            if decision.hit is None:
                plans.append(NodePlan(node=node.id, action="run", reason=decision.reason))
                continue
            outputs[node.id] = self._store.outputs(decision.hit.id)
            made_in = self._store.run(decision.hit.run_id).number
            plans.append(
                NodePlan(node=node.id, action="cached", reason=decision.reason, made_in=made_in, decision=decision)
            )
        return plans

    def _read_data(self, params: Mapping[str, Any]) -> dict[str, ExternalData]:
        found = {}
        for name, value in params.items():
            if isinstance(value, Mapping) and "$data" in value:
                path = str(self._base / value["$data"])
                if path not in self._data:
                    self._data[path] = ExternalData.read(path)
                found[name] = self._data[path]
        return found

    def _reason_to_run(self, node: NodeSpec, parts: Sequence[CachePart], hit: ExecutionRecord | None) -> str:
        """Why the node runs; "" when the cache serves it."""
        if node.id in self._no_cache or not (self._spec.enable_cache and node.options.cache):
            return "cache is off"
        if hit is None:
            last = self._store.last_execution(self._spec.pipeline, node.id)
            if last is None:
                return "first run"
            changed = differences(self._store.cache_parts(last.id), parts)
            return _list(changed) if changed else "not in the cache"
        for artifacts in self._store.outputs(hit.id).values():
            for artifact in artifacts:
                if problem := glance(artifact):
                    return f"cached {artifact.type} is {problem}"
        return ""

    def _reason_behind(self, node: NodeSpec, unknown: Sequence[str]) -> str:
        """The reason of a node whose inputs are not known yet: its own changes, or that it follows."""
        follows = f"follows {_list(unknown)} (cached if its output turns out the same)"
        last = self._store.last_execution(self._spec.pipeline, node.id)
        if last is None:
            return "first run"
        params = {
            name: value
            for name, value in substitute(node.params, self._params).items()
            if not (isinstance(value, Mapping) and "$value" in value)
        }
        parts = node_parts(
            node, self.kinds[node.id], params=params, inputs={}, data=self._read_data(params), project=self._project
        )
        known = {part.name for part in parts}
        before = [p for p in self._store.cache_parts(last.id) if not p.name.startswith("input ") and p.name in known]
        changed = differences(before, parts)
        return f"{_list(changed)}; follows {_list(unknown)}" if changed else follows

    def _confirm(
        self,
        node: NodeSpec,
        params: Mapping[str, Any],
        inputs: Mapping[str, Sequence[ArtifactRecord]],
        hit: ExecutionRecord,
    ) -> str | None:
        kind = self.kinds[node.id]
        if kind.confirm is None:
            return None
        bound = bind_with_outputs(
            kind,
            params=params,
            inputs=inputs,
            outputs=self._store.outputs(hit.id),
            project=self._project,
            base=self._base,
        )
        confirmed: str | None = load_object(kind.confirm)(bound, str(self._base))
        return confirmed


def select_nodes(spec: PipelineSpec, start: str | None, end: str | None) -> set[str]:
    """Nodes of a partial run: everything that `end` needs, as far as it is needed by or follows `start`.

    Raises:
        UsageError: No such nodes, or `end` does not follow `start`.
    """
    needs = {node.id: set(upstream(node)) for node in spec.nodes}
    for node in spec.nodes:  # in an order in which upstream stands first
        needs[node.id] |= {far for near in upstream(node) for far in needs[near]}
    selected = set(needs) if end is None else needs[end] | {end}
    if start is None:
        return selected
    following = {node for node in selected if node == start or start in needs[node]}
    if not following:
        raise UsageError(f'"{end}" does not follow "{start}"', hint="swap --from and --to?")
    return following | {up for node in following for up in needs[node]}


def _list(phrases: Sequence[str]) -> str:
    shown = ", ".join(phrases[:3])
    return f"{shown} and {len(phrases) - 3} more" if len(phrases) > 3 else shown
