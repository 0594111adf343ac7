"""Runs all measurements and prints the README's table; `--write` puts it there. Takes about ten minutes.

Usage: python -m benchmarks [--write]
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import chain, csv_example_gen, parallel, penguins, startup

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->"


def table() -> str:
    """A Markdown table: what, figure, ratio to its floor, the command."""
    rows = [("what", "measured", "against its floor", "command `python -m`"), ("---",) * 4]
    seconds = startup.measure()
    for what in ("import of the language", "penstock --help"):
        command = "benchmarks.startup"
        rows.append(
            (what, f"{seconds[what] * 1000:.0f} ms", f"{seconds[what] / seconds['python']:.1f} x python", command)
        )
    runs = penguins.measure()
    for what in ("cold", "cached"):
        ratio = runs[what].seconds / runs["script"].seconds
        against = f"{ratio:.2f} x a script of the same libraries ({runs['script'].seconds:.1f} s)"
        rows.append((f"penguins, {what}", f"{runs[what].seconds:.1f} s", against, "benchmarks.penguins"))
    nodes = chain.measure()
    for what, figure in nodes.items():
        if what != "floor":
            against = f"{figure / nodes['floor']:.1f} x fork, wait and commit ({nodes['floor']:.1f} ms)"
            rows.append((f"100 nodes: {what}", f"{figure:.1f} ms a node", against, "benchmarks.chain"))
    for shape, (took, floor) in parallel.measure().items():
        rows.append(
            (
                f"{shape}, two at a time",
                f"{took:.2f} s",
                f"{took / floor:.2f} x its critical path",
                "benchmarks.parallel",
            )
        )
    rows += csv_example_gen.rows()
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main() -> None:
    text = table()
    print(text)
    if "--write" in sys.argv:
        readme = README.read_text(encoding="utf-8")
        before, rest = readme.split(BEGIN)
        README.write_text(before + BEGIN + text + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
