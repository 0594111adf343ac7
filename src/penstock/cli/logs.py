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
    with existing_place(root, store).open_store() as opened:
        record = opened.run(int(run) if run.isdecimal() else run)
        found = {execution.node: execution for execution in opened.executions(record.id)}
    if node not in found:
        raise UnknownNameError(f'run {record.number} has no node "{node}"', name=node, known=found)
    execution = found[node]
    if execution.log_uri is None or not Path(execution.log_uri).exists():
        reused = execution.reused_run
        raise NotFoundError(
            f"{node} of run {record.number} has no log: it was {execution.state}",
            hint=f"penstock logs {reused} {node}" if reused is not None else None,
        )
    with Path(execution.log_uri).open(encoding="utf-8", errors="replace") as file:
        for line in file:
            click.echo(line, nl=False)
