"""`penstock.yaml`: what holds for every pipeline of a project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock.errors import DefinitionError, UnknownNameError
from penstock.ir.yaml_syntax import YamlMap, YamlScalar, read_yaml_file

__all__ = ["PROJECT_FILE", "ProjectConfig", "find_project"]

PROJECT_FILE = "penstock.yaml"
_KEYS = ("root", "store")


@dataclass(frozen=True, kw_only=True)
class ProjectConfig:
    """The project file.

    Attributes:
        file: Where it is; None when there is none.
        root: Folder of artifacts and store, absolute; None when it does not say.
        store: Database URL as it stands there; None when it does not say.
    """

    file: Path | None = None
    root: Path | None = None
    store: str | None = None


def find_project(folder: Path) -> ProjectConfig:
    """Reads the `penstock.yaml` of a folder, or of the nearest folder above it that has one.

    Args:
        folder: The definition's folder, absolute.

    Raises:
        DefinitionError: It is not what a project file can be.
    """
    file = next((f for f in (place / PROJECT_FILE for place in (folder, *folder.parents)) if f.is_file()), None)
    if file is None:
        return ProjectConfig()
    tree = read_yaml_file(file)
    if not isinstance(tree, YamlMap):
        raise DefinitionError("a project file", at=f"{file.name}:{tree.line}", expected=f"keys {', '.join(_KEYS)}")
    values: dict[str, str | None] = dict.fromkeys(_KEYS)
    for key, node in tree.items.items():
        at = f"{file.name}:{tree.key_lines[key]}"
        if key not in _KEYS:
            raise UnknownNameError(f'unknown key "{key}"', name=key, known=_KEYS, at=at)
        if not isinstance(node, YamlScalar) or not isinstance(node.value, str):
            raise DefinitionError(f'"{key}"', at=at, received=repr(node.plain()), expected="a text")
        values[key] = node.value
    root = values["root"]
    return ProjectConfig(file=file, root=file.parent / root if root else None, store=values["store"])
