"""`penstock components`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import rich_click as click

from penstock.cli.table import print_json, print_rows

__all__ = ["components"]


@click.group()
def components() -> None:
    """List the components that are installed, or show the contract of one."""


@components.command("ls")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def list_components(*, as_json: bool) -> None:
    """List components: the standard ones, and those of installed packages."""
    found = _all()
    if as_json:
        print_json([_contract(name, origin, kind) for name, (origin, kind) in found.items()])
        return
    print_rows([(name, origin, _summary(kind)) for name, (origin, kind) in found.items()])


@components.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show_component(*, name: str, as_json: bool) -> None:
    """Show inputs, outputs and parameters of a component."""
    from penstock.errors import UnknownNameError

    found = _all()
    if name not in found:
        raise UnknownNameError(f'unknown component "{name}"', name=name, known=found)
    origin, kind = found[name]
    contract = _contract(name, origin, kind)
    if as_json:
        print_json(contract)
        return
    click.echo(f"{name} ({origin}, version {kind.version})\n")
    click.echo(inspect.cleandoc(kind.__doc__ or "") + "\n")
    for title in ("inputs", "outputs", "parameters"):
        if contract[title]:
            click.echo(f"{title}:")
            print_rows([(f"  {field['name']}", field["type"], _needed(field)) for field in contract[title]])


def _all() -> dict[str, tuple[str, Any]]:
    from penstock.dsl.registry import STANDARD, load_component, packaged

    found: dict[str, tuple[str, Any]] = {}
    for name in STANDARD:
        found[name] = ("standard", load_component(name, "standard", "."))
    for name, point in packaged().items():
        origin = f"package:{point.dist.name if point.dist else point.module}"
        found[name] = (origin, load_component(name, origin, "."))
    return found


def _needed(field: Mapping[str, Any]) -> str:
    if "required" not in field:
        return ""
    return "required" if field["required"] else field.get("default", "optional")


def _summary(kind: Any) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\n")[0]


def _contract(name: str, origin: str, kind: Any) -> dict[str, Any]:
    from penstock.dsl.contract import MISSING
    from penstock.dsl.values import describe_type

    contract = kind.contract
    return {
        "name": name,
        "origin": origin,
        "version": kind.version,
        "summary": _summary(kind),
        "inputs": [
            {
                "name": field.name,
                "type": f"list[{field.type.type_name()}]" if field.many else field.type.type_name(),
                "required": not field.optional,
            }
            for field in contract.inputs.values()
        ],
        "outputs": [{"name": field.name, "type": field.type.type_name()} for field in contract.outputs.values()],
        "parameters": [
            {
                "name": field.name,
                "type": describe_type(field.annotation),
                "required": field.default is MISSING,
                "default": None if field.default is MISSING else repr(field.default),
            }
            for field in contract.parameters.values()
        ],
    }
