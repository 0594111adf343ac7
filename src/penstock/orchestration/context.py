"""What a process needs to work on a run: the spec, the store, the root, the workers, and who listens."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from penstock.ir.model import PipelineSpec
from penstock.metadata.records import Owner, RunRecord
from penstock.metadata.store import MetadataStore
from penstock.orchestration.layout import Layout
from penstock.orchestration.observer import Observer
from penstock.orchestration.planner import Planner
from penstock.orchestration.workers.pool import WorkerPool

__all__ = ["RunContext"]


@dataclass(kw_only=True)
class RunContext:
    """A run as one process sees it. Nothing in here decides who may run a node: that is the store's to say.

    Attributes:
        spec: The compiled pipeline.
        run: The run.
        layout: The root.
        base: Folder of the definition; external data and destinations are relative to it.
        store: The metadata store.
        owner: This process, as it signs its claims.
        workers: Where executors run.
        observer: Who is told what happens.
        planner: Decides about nodes.
        cancelled: Set when this process shall claim nothing more.
    """

    spec: PipelineSpec
    run: RunRecord
    layout: Layout
    base: Path
    store: MetadataStore
    owner: Owner
    planner: Planner
    workers: WorkerPool
    observer: Observer
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def project(self) -> Path:
        """The snapshot of the project's sources that everything is imported from."""
        return self.layout.snapshot(self.spec.sources)
