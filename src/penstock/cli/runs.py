"""`penstock runs`."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

from penstock.cli.place import existing_place, place_options
from penstock.cli.table import print_json, print_rows, shown_seconds, shown_time

__all__ = ["runs"]


@click.group()
def runs() -> None:
    """List runs, or show the nodes of one."""


@runs.command("ls")
@place_options
@click.option("--pipeline", help="Only of this pipeline.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_runs(*, root: str | None, store: str | None, pipeline: str | None, limit: int, as_json: bool) -> None:
    """List runs, newest first."""
    with existing_place(root, store).open_store() as opened:
        found = opened.runs(pipeline=pipeline, limit=limit)
    if as_json:
        print_json([asdict(run) for run in found])
        return
    rows = [("RUN", "PIPELINE", "STATE", "STARTED", "TOOK")]
    for run in found:
        took = shown_seconds((run.ended_at - run.created_at).total_seconds()) if run.ended_at else ""
        rows.append((str(run.number), run.pipeline, run.state, shown_time(run.created_at), took))
    print_rows(rows)


@runs.command("show")
@click.argument("run")
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_run(*, run: str, root: str | None, store: str | None, as_json: bool) -> None:
    """Show the nodes of RUN (its number or id), their outputs, and why they ran."""
    with existing_place(root, store).open_store() as opened:
        record = opened.run(int(run) if run.isdecimal() else run)
        executions = opened.executions(record.id)
        outputs = {execution.node: opened.outputs(execution.id) for execution in executions}
    if as_json:
        nodes = [
            {
                **asdict(execution),
                "outputs": {name: [asdict(a) for a in found] for name, found in outputs[execution.node].items()},
            }
            for execution in executions
        ]
        print_json({**asdict(record), "nodes": nodes})
        return
    click.echo(f"{record.pipeline} · run {record.number} · {record.state} · {shown_time(record.created_at)}")
    for name, value in record.params.items():
        click.echo(f"  {name} = {value!r}")
    rows = []
    for execution in executions:
        text = execution.note or execution.reason
        if execution.reused_run is not None:
            text = f"run {execution.reused_run}   {execution.note}".rstrip()
        rows.append((f"  {execution.node}", str(execution.state), text))
        for name, found in outputs[execution.node].items():
            rows += [("", "", f"{name}: {artifact.type} {artifact.id}") for artifact in found]
        if execution.error:
            rows += [("", "", line) for line in execution.error.splitlines()]
    print_rows(rows)
