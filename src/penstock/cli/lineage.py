"""`penstock lineage`."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

from penstock.cli.place import existing_place, place_options
from penstock.cli.table import print_json, print_rows

__all__ = ["lineage"]


@click.command()
@click.argument("artifact")
@place_options
@click.option("--up/--down", default=True, help="What it was made of (the default), or what was made of it.")
@click.option("--depth", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many steps.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def lineage(*, artifact: str, root: str | None, store: str | None, up: bool, depth: int, as_json: bool) -> None:
    """Show what ARTIFACT was made of, or what was made of it."""
    from penstock.orchestration.lineage import trace

    with existing_place(root, store).open_store() as opened:
        steps = trace(opened, artifact, up=up, depth=depth)
    if as_json:
        print_json([{"depth": step.depth, **asdict(step.artifact)} for step in steps])
        return
    rows = []
    for step in steps:
        made = step.artifact
        by = f"{made.pipeline} run {made.run_number} {made.node}.{made.channel}" if made.node else "imported"
        rows.append((f"{'  ' * step.depth}{made.type}", made.id, by))
    print_rows(rows)
