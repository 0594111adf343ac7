"""Runs one attempt: a folder of its own, a worker process, verified outputs, one commit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from penstock import errors
from penstock.errors import ArtifactError, NodeFailedError, PenstockError, StaleAttemptError, StorageError
from penstock.ir.model import NodeSpec
from penstock.metadata.ids import new_id
from penstock.metadata.records import ArtifactRecord, Claim, NewArtifact
from penstock.orchestration.binding import artifact_data, executor_params
from penstock.orchestration.context import RunContext
from penstock.orchestration.execute import ArtifactData, ExecuteRequest, OutputResult
from penstock.orchestration.layout import AttemptFolder, disk_errors
from penstock.orchestration.planner import Decision
from penstock.orchestration.workers.outcome import WorkerError, WorkerOutcome

__all__ = ["launch"]


def launch(context: RunContext, node: NodeSpec, claim: Claim, decision: Decision) -> Sequence[ArtifactRecord] | None:
    """Executes a claimed node and publishes what it made.

    Args:
        context: The run.
        node: The node.
        claim: The right to run it.
        decision: Its key, inputs and parameters.

    Returns:
        The published artifacts; None when this process was told to stop and ended the worker.

    Raises:
        PenstockError: The node failed; its outputs are removed, its log stays.
        StaleAttemptError: Another attempt has taken its place; nothing was published.
    """
    folder = context.layout.attempt(context.spec.pipeline, node.id, claim.attempt_id)
    with disk_errors(str(folder.path)):
        folder.work.mkdir(parents=True, mode=0o700)
    context.store.record_key(
        claim, key=decision.key, reason=decision.reason, log_uri=str(folder.log), resolution=decision.resolution
    )
    context.observer.node_started(context.run, node.id, decision.reason)
    try:
        outcome, note = _execute(context, node, decision, folder)
        if outcome.cancelled:
            _remove_outputs(node, folder)
            return None
        _check(outcome, decision)
    except Exception:
        _remove_outputs(node, folder)
        raise
    shutil.rmtree(folder.work / "temp", ignore_errors=True)
    try:
        return context.store.publish(
            claim,
            inputs={name: [artifact.id for artifact in found] for name, found in decision.inputs.items()},
            outputs=[_new_artifact(made) for made in outcome.outputs or ()],
            parts=decision.parts,
            cacheable=True,
            note=note,
        )
    except (ArtifactError, StaleAttemptError):
        # Nothing was written, for certain. After any other error the commit may have happened unheard.
        _remove_outputs(node, folder)
        raise


def _new_artifact(made: OutputResult) -> NewArtifact:
    return NewArtifact(
        id=made.id,
        channel=made.channel,
        type=made.type,
        uri=made.uri,
        digest=made.digest,
        identity=made.identity,
        bytes=made.bytes,
        properties=made.properties,
    )


def _execute(
    context: RunContext, node: NodeSpec, decision: Decision, folder: AttemptFolder
) -> tuple[WorkerOutcome, str]:
    """Runs the executor in a worker, and keeps the last note that it reported: what it says of its result."""
    kind = context.planner.kinds[node.id]
    params = executor_params(kind, decision.params, context.project, context.base)
    request = ExecuteRequest(
        node_id=node.id,
        component=node.component.name,
        origin=node.component.origin,
        project=str(context.project),
        base=str(context.base),
        params=params,
        inputs={
            name: [artifact_data(artifact) for artifact in found]
            for name, found in decision.inputs.items()
            if name in node.inputs
        },
        outputs={
            name: ArtifactData(id=new_id(), type=type_, uri=str(folder.output(name)))
            for name, type_ in node.outputs.items()
        },
        attempt_dir=str(folder.work),
        beam_pipeline_args=[*context.spec.beam_pipeline_args, *node.options.beam_pipeline_args],
    )
    note = ""

    def told(progress: Mapping[str, Any]) -> None:
        nonlocal note
        note = str(progress.get("note") or note)
        context.observer.node_progress(context.run, node.id, progress)

    outcome = context.workers.run(
        request, kind=kind.worker, env=kind.environment(params), log_path=folder.log, on_progress=told
    )
    return outcome, note


def _check(outcome: WorkerOutcome, decision: Decision) -> None:
    """Raises what went wrong, in the worker or in the data under it."""
    if outcome.error is not None:
        raise _failure(outcome.error)
    for data in decision.data.values():
        data.check_unchanged()


def _failure(error: WorkerError) -> PenstockError:
    """The worker's error as one of ours; the exit code of a full disk is kept, any other failure is the node's."""
    known = getattr(errors, error.type, None)
    if known is None:
        named = [error.type, error.message] if error.traceback else [error.message]
        message = ": ".join(part for part in named if part)
        message += f"   ({error.at})" if error.at else ""
    else:
        message = error.message  # it says its own place and hint
    return StorageError(message) if error.exit_code == StorageError.exit_code else NodeFailedError(message)


def _remove_outputs(node: NodeSpec, folder: AttemptFolder) -> None:
    """Partial outputs go; the log, which tells why, stays."""
    for name in node.outputs:
        shutil.rmtree(folder.output(name), ignore_errors=True)
    shutil.rmtree(folder.work / "temp", ignore_errors=True)
