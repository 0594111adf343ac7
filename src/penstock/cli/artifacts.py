"""`penstock artifacts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import rich_click as click

from penstock.cli.place import existing_place, place_options
from penstock.cli.table import print_json, print_rows, shown_bytes, shown_number, shown_time
from penstock.errors import ArtifactError, UsageError

__all__ = ["artifacts"]


@click.group()
def artifacts() -> None:
    """List artifacts, show one, or verify their bytes."""


@artifacts.command("ls")
@place_options
@click.option("--type", "type_", metavar="TYPE", help="Only of this type, such as Model.")
@click.option("--property", "properties", multiple=True, metavar="NAME=VALUE", help="Only with this property.")
@click.option("--node", help="Only made by this node.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_artifacts(
    *,
    root: str | None,
    store: str | None,
    type_: str | None,
    properties: Sequence[str],
    node: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List artifacts, newest first."""
    wanted = dict(_property(text) for text in properties)
    with existing_place(root, store).open_store() as opened:
        found = opened.artifacts(type=type_, properties=wanted, node=node, limit=limit)
    if as_json:
        print_json([asdict(artifact) for artifact in found])
        return
    rows = [("ID", "TYPE", "RUN", "MADE BY", "SIZE", "URI")]
    for artifact in found:
        made_by = f"{artifact.node}.{artifact.channel}" if artifact.node else ""
        run = str(artifact.run_number or "")
        rows.append((artifact.id, artifact.type, run, made_by, shown_bytes(artifact.bytes), artifact.uri))
    print_rows(rows)


@artifacts.command("show")
@click.argument("artifact")
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_artifact(*, artifact: str, root: str | None, store: str | None, as_json: bool) -> None:
    """Show ARTIFACT (its id, or the beginning of it)."""
    with existing_place(root, store).open_store() as opened:
        record = opened.artifact(artifact)
    if as_json:
        print_json(asdict(record))
        return
    made_by = f"{record.pipeline}, run {record.run_number}, {record.node}.{record.channel}" if record.node else ""
    rows = [
        ("type", record.type),
        ("id", record.id),
        ("made by", made_by),
        ("at", shown_time(record.created_at)),
        ("uri", record.uri),
        ("size", shown_bytes(record.bytes)),
        ("digest", record.digest),
        ("identity", record.identity),
        *((name, str(value)) for name, value in record.properties.items()),
    ]
    print_rows(rows)


@artifacts.command("verify")
@click.argument("ids", nargs=-1, metavar="[ARTIFACT]...")
@place_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_artifacts(*, ids: Sequence[str], root: str | None, store: str | None, as_json: bool) -> None:
    """Digest the bytes of ARTIFACTs (all, when none is named) and compare with the store."""
    from penstock.orchestration.integrity import verify

    place = existing_place(root, store)
    with place.open_store() as opened:
        records = [opened.artifact(name) for name in ids] if ids else opened.artifacts(limit=None)
    problems = {record.id: problem for record in records if (problem := verify(record))}
    if as_json:
        print_json({"verified": len(records), "problems": problems})
    elif not problems:
        click.echo(f"{shown_number(len(records), 'artifact')}: all as they were published")
    if problems:
        first = next(iter(problems))
        raise ArtifactError(
            f"{len(problems)} of {shown_number(len(records), 'artifact')} not as published",
            received="\n           ".join(f"{name}: {problem}" for name, problem in problems.items()),
            hint=f"what was made of it: penstock lineage {first} --down{place.options}",
        )


def _property(text: str) -> tuple[str, int | float | str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError("--property is not a pair", received=text, expected="NAME=VALUE")
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value
