"""The penguins pipeline, cold and cached, against a script that calls the same libraries with no orchestrator.

Usage: python -m benchmarks.penguins
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.process import Measured, penstock, run

__all__ = ["measure"]

HERE = Path(__file__).parent
PIPELINE = HERE.parent / "pipelines" / "penguins"
ROUNDS = 3


def measure() -> dict[str, Measured]:
    """The fastest of three rounds; in each, floor, cold and cached take turns, so that noise falls on all of them."""
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as name:
        for number in range(ROUNDS):
            folder = Path(name, str(number))
            shutil.copytree(PIPELINE, folder / "penguins", ignore=shutil.ignore_patterns(".penstock", "serving"))
            _keep(found, "script", run([sys.executable, str(HERE / "penguins_by_hand.py"), str(folder / "by-hand")]))
            _keep(found, "cold", run(penstock("run", str(folder / "penguins"))))
            _keep(found, "cached", run(penstock("run", str(folder / "penguins"))))
    return found


def _keep(found: dict[str, Measured], name: str, measured: Measured) -> None:
    if name not in found or measured.seconds < found[name].seconds:
        found[name] = measured


if __name__ == "__main__":
    results = measure()
    for what, measured in results.items():
        ratio = measured.seconds / results["script"].seconds
        print(f"{what:<8} {measured.seconds:6.1f} s   {ratio:5.2f} x the script   {measured.peak_mb:5.0f} MB")
