"""The local runner: the DAG as an Apache Beam job, whose elements claim ready nodes from the store.

Beam's local runner takes independent transforms one after another, but works on elements of one transform at the same
time. So the job is N elements, N being the parallelism, and each is a loop: claim the next ready node, run it, until
none is left. Which node an element gets is decided in the store alone, so the same job makes sense on a Beam cluster.
docs/decisions/0003-beam-runner-shape.md has the measurements.
"""

from __future__ import annotations

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from penstock.orchestration.beam import claim_loop
from penstock.orchestration.context import RunContext

__all__ = ["LocalBeamRunner"]


class LocalBeamRunner:
    """Runs a run's nodes in child processes of this one."""

    def execute(self, context: RunContext, *, parallelism: int) -> None:
        """See `Runner.execute`."""
        # FnApiRunner by name: DirectRunner in Beam 2.77 first tries to fetch a binary from the network.
        options = PipelineOptions(
            flags=[], runner="FnApiRunner", direct_running_mode="multi_threading", direct_num_workers=parallelism
        )
        with claim_loop.opened(context), beam.Pipeline(options=options) as pipeline:
            (
                pipeline
                | "Slots" >> beam.Create(range(parallelism))
                # Elements that are fused to Create would share one bundle and so one thread.
                | "Spread" >> beam.Reshuffle()
                | "ClaimLoop" >> beam.ParDo(claim_loop.ClaimLoop(context.run.id))
            )
