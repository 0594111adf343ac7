"""The components that a definition in YAML can name: registered ones, and those of the project files that it lists."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock.dsl.component import Component
from penstock.dsl.registry import STANDARD, as_component, components_in, load_component, packaged
from penstock.dsl.user_code import load_module
from penstock.errors import DefinitionError, NotFoundError, PenstockError, UnknownNameError

__all__ = ["ComponentNames"]


class ComponentNames:
    """Names and their classes; a standard or packaged class is imported when it is asked for.

    Args:
        files: Project files with components, each with its place in the definition.
        folder: The definition's folder.

    Raises:
        NotFoundError: A file is not there.
        DefinitionError: A file raises when it is imported, holds no component, or one whose name is taken.
    """

    def __init__(self, files: Sequence[tuple[str, str]], folder: Path) -> None:
        self._project: dict[str, type[Component]] = {}
        self._folder = folder
        for file, at in files:
            for name, kind in self._load(file, at).items():
                if name in self.known:
                    raise DefinitionError(f'{file}: there is a component "{name}" already', at=at)
                self._project[name] = kind

    def _load(self, file: str, at: str) -> dict[str, type[Component]]:
        if not file.endswith(".py"):
            raise DefinitionError(
                "components", at=at, received=repr(file), expected="files of the project, such as cards.py"
            )
        if not (self._folder / file).is_file():
            raise NotFoundError(f'there is no file "{file}"', at=at, expected="a file in the definition's folder")
        try:
            found = dict(components_in(load_module(file, self._folder)))
        except PenstockError as error:
            error.at = error.at or at
            raise
        if not found:
            raise DefinitionError(f"{file} defines no component", at=at)
        return found

    @property
    def known(self) -> list[str]:
        """All names."""
        return [*STANDARD, *packaged(), *self._project]

    def find(self, name: str, at: str) -> type[Component]:
        """The class of a name.

        Raises:
            UnknownNameError: There is none.
            DefinitionError: It is a path, not a name.
        """
        if name in self._project:
            return self._project[name]
        if name in STANDARD:
            return load_component(name, "standard", self._folder)
        if name in packaged():
            return as_component(packaged()[name].load())
        if "." in name or ":" in name or "/" in name:
            raise DefinitionError(
                "a component is named, not imported",
                at=at,
                received=repr(name),
                expected="the name of a registered component",
                hint="list the project file that defines it under `components:`, and name it here",
            )
        hint = f"`penstock components ls` lists all {len(self.known)}."
        raise UnknownNameError(f'unknown component "{name}"', name=name, known=self.known, at=at, hint=hint)
