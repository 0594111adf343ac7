"""`penstock init`."""

from __future__ import annotations

import shlex
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import rich_click as click

from penstock.errors import UnknownNameError, UsageError

__all__ = ["init"]

_SKIPPED = shutil.ignore_patterns("__pycache__", "__init__.py", ".penstock", "serving", "*.pyc")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "template", default="penguins", show_default=True, help="A shipped pipeline.")
def init(*, folder: Path, template: str) -> None:
    """Start a project in FOLDER from a shipped pipeline."""
    from penstock.orchestration.layout import disk_errors

    shipped = files("penstock.pipelines")
    names = [entry.name for entry in shipped.iterdir() if entry.is_dir() and not entry.name.startswith(("_", "."))]
    if template not in names:
        raise UnknownNameError(f'no shipped pipeline "{template}"', name=template, known=names)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", hint="name a folder that does not exist yet")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", hint="name a folder that does not exist yet")
    with disk_errors(str(folder), option="FOLDER"), as_file(shipped / template) as source:
        shutil.copytree(source, folder, ignore=_SKIPPED, dirs_exist_ok=True)
        for path in folder.rglob("*.yaml"):
            path.write_text(_without_schema(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        click.echo(f"  {path}")
    click.echo(f"next: penstock run {shlex.quote(str(folder))}")


def _without_schema(text: str) -> str:
    """Without the editor's pointer to the schema, which is a path inside Penstock's own repository."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# yaml-language-server:"))
