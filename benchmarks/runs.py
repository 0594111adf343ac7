"""Reads the times of a run's nodes through the command line."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from benchmarks.process import penstock, run

__all__ = ["node_times"]


def node_times(root: Path) -> dict[str, tuple[datetime, datetime]]:
    """Start and end of each node of the newest run below a root."""
    newest = json.loads(run(penstock("runs", "ls", "--root", str(root), "--limit", "1", "--json")).output)[0]
    shown = json.loads(run(penstock("runs", "show", str(newest["number"]), "--root", str(root), "--json")).output)
    return {
        node["node"]: (datetime.fromisoformat(node["started_at"]), datetime.fromisoformat(node["ended_at"]))
        for node in shown["nodes"]
    }
