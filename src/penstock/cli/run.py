"""`penstock run`."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

import rich_click as click
from click.core import ParameterSource

from penstock.cli.definition import definition_arguments, read_definition, run_options, selection_options
from penstock.cli.place import place_of, place_options
from penstock.errors import GateRefusedError

__all__ = ["run"]

_SAID_AGAIN = ("build", "given", "start", "end", "root", "store", "parallelism")


@click.command()
@definition_arguments
@selection_options
@place_options
@click.option("--parallelism", type=click.IntRange(1, 256), help="Nodes at the same time (default: cores).")
@click.option("--strict", is_flag=True, help="Exit with 3 when a gate refused, such as a model that is not blessed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@click.pass_context
def run(
    context: click.Context,
    *,
    pipeline: Path,
    build: Sequence[str],
    given: Sequence[str],
    start: str | None,
    end: str | None,
    no_cache: Sequence[str],
    root: str | None,
    store: str | None,
    parallelism: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Run PIPELINE: a .py file, a .yaml file, or a folder with one."""
    definition = read_definition(pipeline, build)
    options = run_options(definition, given=given, start=start, end=end, no_cache=no_cache, parallelism=parallelism)
    place = place_of(definition, root, store)
    place.layout.prepare()
    # What libraries say in this process (nodes have logs of their own) must not land between the screen's lines.
    logging.basicConfig(filename=place.layout.launcher_log, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.captureWarnings(capture=True)

    from penstock.cli.screen import screen_for
    from penstock.orchestration.outcome import summarize
    from penstock.orchestration.run import run_pipeline

    with place.open_store() as opened, screen_for(as_json=as_json) as screen:
        result = run_pipeline(
            definition,
            options,
            layout=place.layout,
            store=opened,
            observer=screen,
            announce=screen.run_started,
        )
        summary = summarize(result, opened, base=definition.folder)
        screen.run_ended(summary, place=place, again=_again(context))
    if result.signal is not None:
        context.exit(128 + result.signal)
    if summary.failed:
        context.exit(1)
    if strict and summary.refused:
        raise GateRefusedError(summary.refused[0], hint="run without --strict to end with 0 all the same")


def _again(context: click.Context) -> str:
    """The command that does the same once more; what is set in the environment need not be said again."""
    words = ["penstock", "run", str(context.params["pipeline"])]
    for parameter in context.command.params:
        name = parameter.name or ""
        if name in _SAID_AGAIN and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            value = context.params[name]
            for text in value if parameter.multiple else (value,):
                words += [parameter.opts[0], str(text)]
    return shlex.join(words)
