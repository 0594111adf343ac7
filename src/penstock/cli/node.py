"""`penstock node`: one node of a run, wherever the process stands."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from penstock.cli.place import Place

__all__ = ["node"]


@click.command()
@click.option("--spec", "spec_uri", required=True, type=click.Path(path_type=Path), help="The spec, below the root.")
@click.option("--run", "run", required=True, help="The run's id or number.")
@click.option("--node", "node_id", required=True, help="The node.")
@click.option("--base", type=click.Path(path_type=Path), default=Path(), help="Folder that data paths start from.")
@click.option("--root", type=click.Path(path_type=Path), help="The root (default: two folders above the spec).")
@click.option("--store", metavar="URL", help="The store (default: the root's).")
@click.pass_context
def node(
    context: click.Context,
    *,
    spec_uri: Path,
    run: str,
    node_id: str,
    base: Path,
    root: Path | None,
    store: str | None,
) -> None:
    """Claim NODE of RUN, execute it in a child process and publish it: what an engine's task calls."""
    from penstock.cli.screen import screen_for
    from penstock.metadata.records import ExecutionState
    from penstock.orchestration.layout import Layout
    from penstock.orchestration.single import run_single_node

    layout = Layout((root or spec_uri.absolute().parent.parent).absolute())
    place = Place(root=layout.root, store_url=store or layout.default_store, options="")
    with place.open_store() as opened, screen_for(as_json=False) as screen:
        execution = run_single_node(
            spec_uri, run=run, node=node_id, base=base.absolute(), layout=layout, store=opened, observer=screen
        )
    if execution.state is ExecutionState.FAILED:
        context.exit(1)
