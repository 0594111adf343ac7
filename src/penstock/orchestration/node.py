"""The one entry: a claimed node is planned, then served from the cache or executed, and committed.

The local runner, `penstock node` on a cluster, and a test all come through here.
"""

from __future__ import annotations

from collections.abc import Sequence

from penstock.errors import PenstockError, StaleAttemptError, StorageError, StoreBusyError
from penstock.ir.model import upstream
from penstock.metadata.records import Claim, ExecutionRecord
from penstock.orchestration.context import RunContext
from penstock.orchestration.launcher import launch
from penstock.orchestration.planner import Decision, NodePlan

__all__ = ["run_node", "serve_cached_nodes"]


def run_node(context: RunContext, claim: Claim) -> None:
    """Brings a claimed node to its end. Its failure is committed and told to the observer, not raised.

    Args:
        context: The run.
        claim: The claim, from `store.claim` or `store.claim_next`.

    Raises:
        PenstockError: The store or the disk failed rather than the node (exit codes from 4): the run cannot go on.
    """
    store = context.store
    try:
        node = context.spec.node(claim.node)
        outputs = {up: store.outputs(store.execution(claim.run_id, up).id) for up in upstream(node)}
        decision = context.planner.decide(node, outputs, claim.resolution)
        if decision.hit is not None:
            _serve(context, claim, decision, decision.hit)
        elif launch(context, node, claim, decision) is not None:
            _tell(context, [claim.node])
    except StaleAttemptError:
        return  # a newer attempt, or the one who cancelled, answers for the node now
    except PenstockError as error:
        try:
            skipped = store.fail(claim, error=str(error))
        except StaleAttemptError:
            return
        _tell(context, [claim.node, *skipped])
        if isinstance(error, StorageError):
            raise StorageError(  # the node's line has the error itself; this is what it means for the run
                "the run was stopped, because the disk refused to be written",
                at=str(context.layout.root),
                hint="free some space, or give another place: --root DIR",
            ) from error
        if error.exit_code >= StoreBusyError.exit_code:
            raise


def serve_cached_nodes(context: RunContext, plan: Sequence[NodePlan]) -> int:
    """Commits what a forecast found in the cache, without any worker. Returns how many nodes have not ended."""
    for line in plan:
        decision = line.decision
        if decision is None or decision.hit is None:
            continue
        claim = context.store.claim(context.run.id, line.node, context.owner)
        if claim is None:
            continue
        try:
            _serve(context, claim, decision, decision.hit)
        except StaleAttemptError:
            run_node(context, claim)  # what the forecast found is gone from the store: decide anew
    return context.store.unfinished(context.run.id)


def _serve(context: RunContext, claim: Claim, decision: Decision, hit: ExecutionRecord) -> None:
    context.store.publish_cached(
        claim,
        key=decision.key,
        made_by=hit.id,
        inputs={name: [artifact.id for artifact in found] for name, found in decision.inputs.items()},
        parts=decision.parts,
        resolution=decision.resolution,
        reason=decision.reason,
        note=decision.reason or hit.note,
    )
    _tell(context, [claim.node])


def _tell(context: RunContext, nodes: Sequence[str]) -> None:
    context.observer.nodes_ended(context.run, [context.store.execution(context.run.id, node) for node in nodes])
