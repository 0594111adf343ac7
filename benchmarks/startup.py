"""How long a command that does nothing takes, against starting Python.

Usage: python -m benchmarks.startup
"""

from __future__ import annotations

import sys

from benchmarks.process import best, penstock

__all__ = ["measure"]

IMPORTS = "from penstock import Pipeline; from penstock.components import CsvExampleGen, Transform, Trainer, Evaluator"


def measure() -> dict[str, float]:
    """Seconds of each, the fastest of ten."""
    floor = best(10, [sys.executable, "-c", "pass"]).seconds
    return {
        "python": floor,
        "import of the language": best(10, [sys.executable, "-c", IMPORTS]).seconds - floor,
        "penstock --help": best(10, penstock("--help")).seconds,
    }


if __name__ == "__main__":
    for what, seconds in measure().items():
        print(f"{what:<24} {seconds * 1000:5.0f} ms")
