"""The arguments that name a pipeline and give it values, shared by `run`, `plan` and `compile`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import rich_click as click

from penstock.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from penstock.ir.definition import Definition
    from penstock.orchestration.run import RunOptions

__all__ = ["definition_arguments", "read_definition", "run_options", "selection_options"]

F = TypeVar("F", bound=Callable[..., object])


def definition_arguments(command: F) -> F:
    """Adds `PIPELINE` and `--build` to a command."""
    argument = click.argument("pipeline", metavar="PIPELINE", type=click.Path(path_type=Path))
    build = click.option("--build", "build", multiple=True, metavar="NAME=VALUE", help="A build argument.")
    return argument(build(command))


def selection_options(command: F) -> F:
    """Adds the options that say what of a pipeline runs, and with which values."""
    for option in reversed(
        (
            click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Value of a run parameter."),
            click.option("--from", "start", metavar="NODE", help="Start here; all before it must be cached."),
            click.option("--to", "end", metavar="NODE", help="Stop after this node."),
            click.option(
                "--no-cache",
                "no_cache",
                multiple=True,
                is_flag=False,
                flag_value="*",
                metavar="[NODE]",
                help="Do not serve this node, or any, from the cache.",
            ),
        )
    ):
        command = option(command)
    return command


def read_definition(pipeline: Path, build: Sequence[str]) -> Definition:
    """Loads a definition from a file or folder."""
    from penstock.ir.definition import load_definition

    return load_definition(pipeline, build=_pairs(build, "--build"))


def run_options(
    definition: Definition,
    *,
    given: Sequence[str],
    start: str | None,
    end: str | None,
    no_cache: Sequence[str],
    parallelism: int | None = None,
) -> RunOptions:
    """The options of a run, checked against the definition.

    Raises:
        UnknownNameError: A node or parameter that the pipeline does not have.
    """
    from penstock.ir.parameters import resolve_params
    from penstock.orchestration.run import RunOptions, default_parallelism

    nodes = [node.id for node in definition.spec.nodes]
    for name in (start, end, *no_cache):
        if name not in (None, "*", *nodes):
            raise UnknownNameError(
                f'pipeline "{definition.spec.pipeline}" has no node "{name}"', name=str(name), known=nodes
            )
    return RunOptions(
        params=resolve_params(definition.spec, _pairs(given, "--set")),
        start=start,
        end=end,
        no_cache=nodes if "*" in no_cache else no_cache,
        parallelism=parallelism or default_parallelism(),
    )


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} is not a pair", received=text, expected="NAME=VALUE")
        pairs[name] = value
    return pairs
