"""Finds component classes by name: standard ones, those of installed packages (by entry point), and the project's."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.dsl.component import Component, snake_case
from penstock.dsl.function_component import ComponentFactory, FunctionComponent
from penstock.dsl.user_code import load_module
from penstock.errors import UnknownNameError

__all__ = ["STANDARD", "components_in", "load_component", "load_object", "origin_of", "packaged"]

STANDARD = ("CsvExampleGen", "Evaluator", "ImportExampleGen", "Pusher", "Trainer", "Transform")
"""Names of the standard components; each lives in `penstock.components.<snake_case>.component`."""


def load_component(name: str, origin: str, project: str | Path) -> type[Component]:
    """The class of a component.

    Args:
        name: Its name.
        origin: `standard`, `package:<distribution>` or `project:<file>`, as in the spec.
        project: The project's folder, or the snapshot of it.

    Raises:
        UnknownNameError: There is no component of that name.
    """
    kind, _, place = origin.partition(":")
    if kind == "standard" and name in STANDARD:
        module = importlib.import_module(f"penstock.components.{snake_case(name)}.component")
        return as_component(getattr(module, name))
    if kind == "package" and name in packaged():
        return as_component(packaged()[name].load())
    known = components_in(load_module(place, project)) if kind == "project" else {}
    if name in known:
        return known[name]
    raise UnknownNameError(f'unknown component "{name}" ({origin})', name=name, known=known or [*STANDARD, *packaged()])


def as_component(found: Any) -> type[Component]:
    """The component class behind what a user's file holds: a class, or what `@component` left."""
    return found.component if isinstance(found, ComponentFactory) else found


def components_in(module: ModuleType) -> Mapping[str, type[Component]]:
    """The components that a module itself defines."""
    found = {}
    for value in vars(module).values():
        if isinstance(value, ComponentFactory) or (inspect.isclass(value) and issubclass(value, Component)):
            kind = as_component(value)
            if kind.__module__ == module.__name__:
                found[kind.component_name()] = kind
    return found


@cache
def packaged() -> Mapping[str, EntryPoint]:
    """Components of installed packages."""
    return {point.name: point for point in entry_points(group="penstock.components")}


def origin_of(kind: type[Component], project: str | Path) -> str:
    """Where a component comes from, as it stands in the spec."""
    if kind.__module__.startswith("penstock.components."):
        return "standard"
    for point in packaged().values():
        if point.value.partition(":")[0] == kind.__module__ and point.dist is not None:
            return f"package:{point.dist.name}"
    file = Path(source_file(kind)).resolve()
    project = Path(project).resolve()
    return f"project:{file.relative_to(project) if file.is_relative_to(project) else file}"


def source_file(kind: type[Component]) -> str:
    """The file that defines a component."""
    subject: Any = kind.function if issubclass(kind, FunctionComponent) else kind
    return inspect.getsourcefile(subject) or ""


def load_object(reference: str) -> Any:
    """`"package.module:name"` to the object."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
