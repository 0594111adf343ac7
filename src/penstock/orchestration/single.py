"""One node of an existing run, in a process that was started for it: what a cluster's task does."""

from __future__ import annotations

from pathlib import Path

from penstock.dsl.registry import load_component
from penstock.errors import InterruptedNodeError, NotFoundError, UnknownNameError, UsageError
from penstock.ir.project_imports import project_imports
from penstock.ir.serialization import spec_digest, spec_from_json
from penstock.metadata.liveness import this_owner
from penstock.metadata.records import TERMINAL, ExecutionRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.context import RunContext
from penstock.orchestration.layout import Layout
from penstock.orchestration.node import run_node
from penstock.orchestration.observer import Observer
from penstock.orchestration.planner import Planner
from penstock.orchestration.signals import stopped_by_signals
from penstock.orchestration.workers.pool import WorkerPool

__all__ = ["run_single_node"]


def run_single_node(
    spec_file: Path, *, run: str, node: str, base: Path, layout: Layout, store: MetadataStore, observer: Observer
) -> ExecutionRecord:
    """Claims a node, runs it and publishes it; one that has already ended is left as it is.

    Args:
        spec_file: The run's spec.
        run: Its id or number.
        node: The node.
        base: Folder that paths of data and destinations start from.
        layout: The root.
        store: The store.
        observer: Who is told.

    Raises:
        UnknownNameError: No such node.
        UsageError: The spec is not the run's, or the node cannot be claimed: what it reads has not ended, or another
            process runs it.
    """
    if not spec_file.is_file():
        raise NotFoundError("no such spec", at=str(spec_file), expected="a file below the root's specs folder")
    spec = spec_from_json(spec_file.read_text(encoding="utf-8"), at=str(spec_file))
    names = [known.id for known in spec.nodes]
    if node not in names:
        raise UnknownNameError(f'pipeline "{spec.pipeline}" has no node "{node}"', name=node, known=names)
    record = store.run(int(run) if run.isdecimal() else run)
    if spec_digest(spec) != record.spec_digest:
        raise UsageError(
            f"run {record.number} was made with another spec",
            at=str(spec_file),
            received=spec_digest(spec),
            expected=record.spec_digest,
        )
    owner = this_owner()
    claim = store.claim(record.id, node, owner)
    if claim is None:
        execution = store.execution(record.id, node)
        if execution.state in TERMINAL:
            observer.nodes_ended(record, [execution])
            return execution
        raise UsageError(
            f'node "{node}" of run {record.number} cannot be claimed',
            received=f"it is {execution.state}",
            expected="ready: everything that it reads has ended, and no other process runs it",
        )
    with WorkerPool() as workers:
        project = layout.snapshot(spec.sources)
        with project_imports(project):
            kinds = {n.id: load_component(n.component.name, n.component.origin, project) for n in spec.nodes}
        planner = Planner(spec, kinds=kinds, params=record.params, store=store, project=project, base=base)
        context = RunContext(
            spec=spec,
            run=record,
            layout=layout,
            base=base,
            store=store,
            owner=owner,
            planner=planner,
            workers=workers,
            observer=observer,
        )
        with stopped_by_signals(context) as received:
            run_node(context, claim)
    if received:
        # The claim is this process's own: when that is gone, the next command gives the node back.
        raise InterruptedNodeError(received[0], at=f"run {record.number}, node {node}")
    store.finish_run(record.id)  # the last node ends the run; before it, nothing happens
    return store.execution(record.id, node)
