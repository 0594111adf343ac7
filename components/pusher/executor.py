"""Publishes a model, after asking its blessings and its destination."""

from __future__ import annotations

import json
from pathlib import Path

from penstock.artifacts import InfraBlessing, ModelBlessing
from penstock.components.pusher.component import Pusher
from penstock.components.pusher.destination import Destination
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import saved_model_identity
from penstock.dsl.tree import TreeDigest
from penstock.errors import ArtifactError

__all__ = ["PusherExecutor"]


class PusherExecutor:
    """Does the work of a Pusher."""

    def run(self, node: Pusher, context: ExecutionContext) -> None:
        """Publishes `node.model` and writes `pushed.json`, or writes why it did not.

        Raises:
            ArtifactError: The model's bytes are no longer those that were published and judged.
            StorageError: The destination cannot be written.
        """
        tree = TreeDigest.of(node.model.uri)
        identity = node.model.compute_identity(tree)
        if node.model.identity is not None and node.model.identity != identity:
            raise ArtifactError(
                "the model's files changed after they were published",
                at=node.model.uri,
                received=identity,
                expected=node.model.identity,
                hint="run the node that made it again: penstock run --no-cache NODE",
            )
        refusal = _refusal(node, identity)
        if refusal is not None:
            _write(node, identity, reason=refusal)
            context.report(note=f"not pushed: {refusal}")
            return
        destination = Destination(node.push_destination.filesystem.base_directory, context.base)
        serving_identity = saved_model_identity(tree.below("Format-Serving"))
        with destination.locked(lambda: context.report(note=f"waiting for another push to {destination.name}")):
            version = destination.newest()
            published = version is None or version.identity() != serving_identity
            if version is None or published:
                # The working directory is the attempt's folder, and its name the attempt's id.
                version = destination.publish(node.model.serving_uri, Path.cwd().name)
        shown = destination.show(version.number)
        node.pushed_model.pushed = 1
        node.pushed_model.pushed_version = str(version.number)
        node.pushed_model.pushed_destination = shown
        _write(node, identity, serving_identity=serving_identity)
        context.report(note=shown if published else f"already {shown}")


def _refusal(node: Pusher, identity: str) -> str | None:
    """Why the blessings forbid to push, or None."""
    blessings: list[tuple[str, ModelBlessing | InfraBlessing | None]] = [
        ("blessed", node.model_blessing),
        ("infra-blessed", node.infra_blessing),
    ]
    for word, blessing in blessings:
        if blessing is None:
            continue
        if not blessing.blessed:
            reasons = _reasons(blessing)
            return f"not {word} ({'; '.join(reasons)})" if reasons else f"not {word}"
        if blessing.model_identity != identity:
            return f"{blessing.type_name()} is about another model"
    return None


def _reasons(blessing: ModelBlessing | InfraBlessing) -> list[str]:
    path = Path(blessing.uri, "blessing.json")
    if not path.is_file():
        return []
    return [str(reason) for reason in json.loads(path.read_text(encoding="utf-8")).get("reasons", [])]


def _write(node: Pusher, identity: str, *, serving_identity: str = "", reason: str = "") -> None:
    pushed = node.pushed_model
    pushed.model_identity = identity
    record = {
        "pushed": bool(pushed.pushed),
        "version": pushed.pushed_version,
        "destination": pushed.pushed_destination,
        "model_identity": identity,
        "serving_identity": serving_identity,
        "reason": reason,
    }
    Path(pushed.uri, "pushed.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
