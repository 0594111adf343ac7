"""A run from its definition to its end on this machine."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.dsl.collector import collector_paused
from penstock.errors import UsageError
from penstock.ir.compiler import reached_sources
from penstock.ir.definition import Definition
from penstock.ir.model import PipelineSpec, upstream
from penstock.metadata.liveness import this_owner
from penstock.metadata.records import ExecutionRecord, RunRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.context import RunContext
from penstock.orchestration.layout import Layout
from penstock.orchestration.node import serve_cached_nodes
from penstock.orchestration.observer import Observer
from penstock.orchestration.planner import NodePlan, Planner, select_nodes
from penstock.orchestration.signals import stopped_by_signals
from penstock.orchestration.workers.pool import WorkerPool
from penstock.sources.snapshot import take_snapshot

__all__ = ["RunOptions", "RunResult", "default_parallelism", "forecast_run", "run_pipeline"]


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a run is made.

    Attributes:
        params: Values of run parameters.
        start: First node of a partial run, or None.
        end: Last node of a partial run, or None.
        no_cache: Nodes that are not served from the cache.
        parallelism: How many nodes may run at the same time.
    """

    params: Mapping[str, Any]
    start: str | None = None
    end: str | None = None
    no_cache: Collection[str] = ()
    parallelism: int


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended.

    Attributes:
        run: The run.
        executions: Its nodes, in the order of the spec.
        signal: The signal that ended it, or None.
    """

    run: RunRecord
    executions: Sequence[ExecutionRecord]
    signal: int | None


def default_parallelism() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def forecast_run(definition: Definition, options: RunOptions, *, store: MetadataStore) -> list[NodePlan]:
    """What `run_pipeline` would do now. Sources are read where they lie; nothing is written.

    Raises:
        PenstockError: The definition's files or data are missing or wrong.
        UsageError: A partial run starts behind nodes that are not cached.
    """
    planner = _planner(definition, options, store, project=definition.folder)
    return _forecast(planner, definition.spec, options)


def run_pipeline(
    definition: Definition,
    options: RunOptions,
    *,
    layout: Layout,
    store: MetadataStore,
    observer: Observer,
    announce: Callable[[RunRecord, Sequence[NodePlan]], None],
) -> RunResult:
    """Runs a pipeline on this machine.

    Args:
        definition: The definition.
        options: How.
        layout: The root.
        store: The store.
        observer: Who is told.
        announce: Called with the run and its forecast before the first node.

    Raises:
        PenstockError: Bad input found before a node ran (nothing is recorded then), or the store or disk failed.
    """
    spec = definition.spec
    files = reached_sources(definition.folder, spec.nodes)
    take_snapshot(definition.folder, files, layout.root, expected=spec.sources)
    planner = _planner(definition, options, store, project=layout.snapshot(spec.sources))
    plan = _forecast(planner, spec, options)
    owner = this_owner()
    run = store.create_run(
        pipeline=spec.pipeline,
        spec_digest=layout.write_spec(spec),
        params=options.params,
        upstream={node.id: upstream(node) for node in spec.nodes},
        created_by=getpass.getuser(),
        excluded={line.node: line.reason for line in plan if line.action == "excluded"},
        owner=owner,
    )
    with WorkerPool() as workers:
        context = RunContext(
            spec=spec,
            run=run,
            layout=layout,
            base=definition.folder,
            store=store,
            owner=owner,
            planner=planner,
            workers=workers,
            observer=observer,
        )
        with stopped_by_signals(context) as received:
            try:
                announce(run, plan)
                if serve_cached_nodes(context, plan) and not context.cancelled.is_set():
                    _warm(context, plan)
                    with collector_paused():
                        from penstock.orchestration.beam.runner import LocalBeamRunner  # noqa: PLC0415 - Beam takes 3 s

                    LocalBeamRunner().execute(context, parallelism=options.parallelism)
            except BaseException:
                workers.close()
                store.interrupt_run(run.id)
                raise
        run = store.interrupt_run(run.id) if received else store.finish_run(run.id)
    return RunResult(run=run, executions=store.executions(run.id), signal=received[0] if received else None)


def _planner(definition: Definition, options: RunOptions, store: MetadataStore, *, project: Path) -> Planner:
    return Planner(
        definition.spec,
        kinds=definition.kinds,
        params=options.params,
        store=store,
        project=project,
        base=definition.folder,
        no_cache=options.no_cache,
    )


def _forecast(planner: Planner, spec: PipelineSpec, options: RunOptions) -> list[NodePlan]:
    plan = planner.forecast(_selected(spec, options))
    _check_start(spec, plan, options.start)
    return plan


def _selected(spec: PipelineSpec, options: RunOptions) -> set[str] | None:
    if options.start is None and options.end is None:
        return None
    return select_nodes(spec, options.start, options.end)


def _check_start(spec: PipelineSpec, plan: Sequence[NodePlan], start: str | None) -> None:
    if start is None:
        return
    before: set[str] = set()
    pending = [start]
    while pending:
        for up in upstream(spec.node(pending.pop())):
            if up not in before:
                before.add(up)
                pending.append(up)
    stale = [line for line in plan if line.node in before and line.action != "cached"]
    if stale:
        raise UsageError(
            f"--from {start} needs everything before it in the cache, but {stale[0].node} would run",
            received="; ".join(f"{line.node}: {line.reason}" for line in stale),
            hint=f"run without --from, or --from {stale[0].node}",
        )


def _warm(context: RunContext, plan: Sequence[NodePlan]) -> None:
    """Starts loading libraries for the nodes to come, while this process still loads Beam."""
    for line in plan:
        if line.action == "run":
            context.workers.warm(context.planner.kinds[line.node].worker)
