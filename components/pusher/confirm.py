"""Whether an earlier push still holds at its destination, asked while a run is planned."""

from __future__ import annotations

import json
from pathlib import Path

from penstock.components.pusher.component import Pusher
from penstock.components.pusher.destination import Destination

__all__ = ["confirm"]


def confirm(node: Pusher, base: str) -> str | None:
    """Looks at the destination, never at the store's word about it.

    Args:
        node: The node with its artifacts; `pushed_model` is what an earlier execution with the same inputs made.
        base: The definition's folder.

    Returns:
        `already serving/3` when the destination's newest version still holds what was pushed, `not pushed: ...` when
        the blessings refused (they are inputs, so they still do), or None when it must be pushed.
    """
    record = Path(node.pushed_model.uri, "pushed.json")
    if not record.is_file():
        return None
    earlier = json.loads(record.read_text(encoding="utf-8"))
    if not earlier["pushed"]:
        return f"not pushed: {earlier['reason']}"
    destination = Destination(node.push_destination.filesystem.base_directory, base)
    newest = destination.newest()
    if newest is None or newest.identity() != earlier["serving_identity"]:
        return None
    return f"already {destination.show(newest.number)}"
