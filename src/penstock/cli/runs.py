"""`penstock runs`."""

from __future__ import annotations

from dataclasses import asdict

import rich_click as click

from penstock.cli.node_line import error_lines, shown_result, shown_state, shown_took
from penstock.cli.place import existing_place, place_options
from penstock.cli.table import print_json, print_rows, shown_seconds, shown_time
from penstock.metadata.records import ExecutionState, RunRecord

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
    title = ("RUN", "PIPELINE", "STATE", "STARTED", "TOOK")
    lines = [(str(run.number), run.pipeline, run.state, shown_time(run.created_at), _took(run)) for run in found]
    print_rows([title, *lines])


@runs.command("show")
@click.argument("run")
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_run(*, run: str, root: str | None, store: str | None, as_json: bool) -> None:
    """Show the nodes of RUN (its number or id), their outputs, and why they ran."""
    place = existing_place(root, store)
    with place.open_store() as opened:
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
    _print_title(record)
    rows = []
    for execution in executions:
        rows.append((f"  {execution.node}", shown_state(execution), shown_took(execution), shown_result(execution)))
        if execution.state is ExecutionState.FAILED:
            rows += [("", "", "", line) for line in error_lines(execution)[1:]]
            rows.append(("", "", "", f"log: penstock logs {record.number} {execution.node}{place.options}"))
        for name, found in outputs[execution.node].items():
            rows += [("", "", "", f"{name}: {artifact.type} {artifact.id}") for artifact in found]
    print_rows(rows)


def _print_title(run: RunRecord) -> None:
    parts = [run.pipeline, f"run {run.number}", str(run.state), shown_time(run.created_at), _took(run)]
    click.echo(" · ".join(part for part in parts if part))
    for name, value in run.params.items():
        click.echo(f"  {name} = {value!r}")


def _took(run: RunRecord) -> str:
    return shown_seconds((run.ended_at - run.created_at).total_seconds()) if run.ended_at else ""
