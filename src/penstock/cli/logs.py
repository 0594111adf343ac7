"""`penstock logs`."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from penstock.cli.place import existing_place, place_options
from penstock.errors import NotFoundError, UnknownNameError

__all__ = ["logs"]


@click.command()
@click.argument("run")
@click.argument("node")
@place_options
def logs(*, run: str, node: str, root: str | None, store: str | None) -> None:
    """Print what NODE of RUN wrote: its output, the libraries' logs, and its traceback if it failed."""
    place = existing_place(root, store)
    with place.open_store() as opened:
        record = opened.run(int(run) if run.isdecimal() else run)
        found = {execution.node: execution for execution in opened.executions(record.id)}
        if node not in found:
            raise UnknownNameError(f'run {record.number} has no node "{node}"', name=node, known=found)
        execution = found[node]
        if execution.reused is not None:
            execution = opened.executions_by_id([execution.reused])[execution.reused]
            click.echo(f"{node} was cached; this is the log of run {found[node].reused_run}", err=True)
    if execution.log_uri is None:
        why = f": {execution.reason}" if execution.reason else ""
        raise NotFoundError(
            f"{node} of run {record.number} has no log, because it did not run",
            received=f"it is {execution.state}{why}",
            hint=f"penstock runs show {record.number}{place.options}",
        )
    if not Path(execution.log_uri).exists():
        raise NotFoundError("the log is gone", at=execution.log_uri)
    with Path(execution.log_uri).open(encoding="utf-8", errors="replace") as file:
        for line in file:
            click.echo(line, nl=False)
