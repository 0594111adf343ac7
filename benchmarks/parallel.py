"""Whether independent nodes run at the same time: two branches of 5 s sleeps, and an unbalanced diamond.

The time is taken from the start of the first node to the end of the last one; the floor is the critical path, the
sum of the sleeps on the longest way.

Usage: python -m benchmarks.parallel
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.process import penstock, run
from benchmarks.runs import node_times

__all__ = ["measure"]

DEFINITION = """
import time

from penstock import Input, Pipeline, component
from penstock.artifacts import Integer


@component
def start(seconds: float) -> int:
    time.sleep(seconds)
    return 0


@component
def step(before: Input[list[Integer]], seconds: float) -> int:
    time.sleep(seconds)
    return 0


def create_pipeline(shape: str = "branches") -> Pipeline:
    if shape == "branches":
        return Pipeline("branches", [start(seconds=5.0).with_id("a"), start(seconds=5.0).with_id("b")])
    first = start(seconds=0.5)
    long = step(before=first.outputs["output"], seconds=3.0).with_id("long")
    short = [step(before=first.outputs["output"], seconds=0.5).with_id("short_0")]
    for number in range(1, 4):
        short.append(step(before=short[-1].outputs["output"], seconds=0.5).with_id(f"short_{number}"))
    last = step(before=[long.outputs["output"], short[-1].outputs["output"]], seconds=0.5).with_id("last")
    return Pipeline("diamond", [first, long, *short, last])
"""
CRITICAL_PATH = {"branches": 5.0, "diamond": 4.0}


def measure() -> dict[str, tuple[float, float]]:
    """Shape to its seconds and its critical path, with two nodes at a time."""
    found = {}
    for shape, floor in CRITICAL_PATH.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "pipeline.py").write_text(DEFINITION)
            run(penstock("run", str(folder), "--build", f"shape={shape}", "--parallelism", "2"))
            times = [moment for node in node_times(folder / ".penstock").values() for moment in node]
            found[shape] = ((max(times) - min(times)).total_seconds(), floor)
    return found


if __name__ == "__main__":
    for shape, (seconds, floor) in measure().items():
        print(f"{shape:<10} {seconds:5.2f} s   {seconds / floor:.2f} x its critical path of {floor} s")
