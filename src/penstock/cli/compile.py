"""`penstock compile`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import rich_click as click

from penstock.cli.definition import definition_arguments, read_definition

__all__ = ["compile_command"]


@click.command("compile")
@definition_arguments
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", help="How to write it.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file.")
def compile_command(
    *, pipeline: Path, build: Sequence[str], form: Literal["json", "yaml"], output: Path | None
) -> None:
    """Compile PIPELINE to its spec: plain, versioned data."""
    from penstock.ir.serialization import spec_to_json, spec_to_yaml
    from penstock.orchestration.layout import disk_errors

    definition = read_definition(pipeline, build)
    text = spec_to_json(definition.spec) if form == "json" else spec_to_yaml(definition.spec)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    with disk_errors(str(output), option="-o FILE"):
        output.write_text(text, encoding="utf-8")
    click.echo(str(output))
