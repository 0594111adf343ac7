"""`penstock plan`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from penstock.cli.definition import definition_arguments, read_definition, run_options, selection_options
from penstock.cli.node_line import shown_counts
from penstock.cli.place import forecast_store, place_of, place_options
from penstock.cli.table import print_json, print_rows

__all__ = ["plan"]


@click.command()
@definition_arguments
@selection_options
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plan(
    *,
    pipeline: Path,
    build: Sequence[str],
    given: Sequence[str],
    start: str | None,
    end: str | None,
    no_cache: Sequence[str],
    root: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Show what `run` would do with PIPELINE, and why; nothing is run or written."""
    definition = read_definition(pipeline, build)
    options = run_options(definition, given=given, start=start, end=end, no_cache=no_cache)
    place = place_of(definition, root, store)

    from penstock.orchestration.run import forecast_run

    with forecast_store(place) as opened:
        lines = forecast_run(definition, options, store=opened)
    if as_json:
        nodes = [
            {"node": line.node, "action": line.action, "reason": line.reason, "made_in": line.made_in} for line in lines
        ]
        print_json({"pipeline": definition.spec.pipeline, "nodes": nodes})
        return
    click.echo(f"{definition.spec.pipeline} · {shown_counts(lines)}")
    rows = []
    for line in lines:
        made_in = f"run {line.made_in}" if line.made_in is not None else ""
        rows.append((f"  {line.node}", line.action, "   ".join(part for part in (made_in, line.reason) if part)))
    print_rows(rows)
