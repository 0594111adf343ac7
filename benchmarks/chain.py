"""What a node costs: chains and fans of 100 do-nothing nodes, isolated, digested, committed and logged.

The time is taken from the end of the first node, which all others follow, to the end of the last one, so that starting
Python, Beam and the fork server does not count. The floor is the least that isolation and durability can cost here:
fork a process, wait for it, and commit a row to SQLite with a full fsync, as often as there are nodes.

Usage: python -m benchmarks.chain
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from pathlib import Path

from benchmarks.process import penstock, run
from benchmarks.runs import node_times

__all__ = ["measure"]

NODES = 100

DEFINITION = '''
from penstock import Component, Input, Output, Pipeline, output
from penstock.artifacts import Integer


class Start(Component):
    """Makes a number."""
    worker = "{worker}"
    number: Output[Integer] = output()

    class executor:
        def run(self, node, context):
            node.number.value = 0


class Step(Component):
    """Hands a number on."""
    worker = "{worker}"
    before: Input[Integer]
    position: int
    number: Output[Integer] = output()

    class executor:
        def run(self, node, context):
            node.number.value = node.position


def create_pipeline(shape: str = "chain") -> Pipeline:
    nodes = [Start()]
    for position in range(1, {nodes}):
        before = nodes[-1 if shape == "chain" else 0]
        nodes.append(Step(before=before.number, position=position).with_id(f"step_{{position}}"))
    return Pipeline(shape, nodes)
'''


def floor() -> float:
    """Milliseconds for a fork, its end and a commit."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE done (node INTEGER)")
        start = time.perf_counter()
        for node in range(NODES):
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            database.execute("INSERT INTO done VALUES (?)", (node,))
        return (time.perf_counter() - start) / NODES * 1000


def milliseconds_a_node(folder: Path, shape: str) -> float:
    """Runs the definition once and reads the times of its nodes."""
    run(penstock("run", str(folder / "pipeline.py"), "--build", f"shape={shape}"))
    ends = [end for _, end in node_times(folder / ".penstock").values()]
    return (max(ends) - min(ends)).total_seconds() / (NODES - 1) * 1000


def measure() -> dict[str, float]:
    """Milliseconds a node, by what was measured."""
    found = {"floor": floor()}
    for worker in ("light", "tensorflow"):
        for shape in ("chain", "fan"):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "pipeline.py").write_text(DEFINITION.format(worker=worker, nodes=NODES))
                found[f"{shape}, {worker} server"] = milliseconds_a_node(folder, shape)
                found[f"{shape}, cached"] = milliseconds_a_node(folder, shape)
    return found


if __name__ == "__main__":
    results = measure()
    for what, figure in results.items():
        print(f"{what:<28} {figure:6.1f} ms a node   {figure / results['floor']:5.1f} x floor")
