"""A definition: from what the user names on the command line to the compiled spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.dsl.component import Component
from penstock.errors import NotFoundError, PenstockError, UnknownNameError, UsageError
from penstock.ir.model import PipelineSpec
from penstock.ir.project import PROJECT_FILE, ProjectConfig, find_project
from penstock.ir.python_reader import read_python
from penstock.ir.references import relative_to_folder
from penstock.ir.yaml_reader import read_yaml_definition

__all__ = ["Definition", "find_definition", "load_definition"]

_NAMES = ("pipeline.py", "pipeline.yaml", "pipeline.yml")


@dataclass(frozen=True, kw_only=True)
class Definition:
    """A loaded definition.

    Attributes:
        spec: The compiled pipeline.
        folder: Where relative paths start from, absolute.
        file: The definition's file, absolute.
        root: Folder of artifacts and store as the pipeline itself says, absolute; None when it does not.
        project: The project file.
        kinds: Component class of each node, by id.
    """

    spec: PipelineSpec
    folder: Path
    file: Path
    root: Path | None
    project: ProjectConfig
    kinds: Mapping[str, type[Component]]


def load_definition(path: Path, *, build: Mapping[str, str] | None = None) -> Definition:
    """Loads and compiles a definition.

    Args:
        path: A `.py`, a `.yaml` or `.yml`, or a folder; see `find_definition`.
        build: Build arguments as text, by name (`--build name=text`).

    Raises:
        DefinitionError: The definition is wrong; the message says where, with file names relative to its folder.
        NotFoundError: The file, or one that it names, is not there.
        UsageError: The file cannot be a definition.
    """
    file = find_definition(path)
    folder = file.parent
    try:
        if file.suffix == ".py":
            spec, pipeline = read_python(file, build or {})
        else:
            if build:
                name = next(iter(build))
                raise UnknownNameError(
                    f'no build argument "{name}"',
                    name=name,
                    known=(),
                    at=file.name,
                    hint="only Python definitions have them",
                )
            spec, pipeline = read_yaml_definition(file)
        project = find_project(folder)
    except PenstockError as error:
        if error.at is not None:
            error.at = relative_to_folder(error.at, folder)
        raise
    root = folder / pipeline.root if pipeline.root is not None else None
    kinds = {node.id: type(node) for node in pipeline.components}
    return Definition(spec=spec, folder=folder, file=file, root=root, project=project, kinds=kinds)


def find_definition(path: Path) -> Path:
    """The definition's file, absolute.

    A folder stands for its `pipeline.py`, or else its `pipeline.yaml`; where both are there, the YAML one is run by
    naming it.

    Raises:
        NotFoundError: There is none.
        UsageError: The file is of another kind.
    """
    path = path.resolve()
    if path.is_dir():
        for name in _NAMES:
            if (path / name).is_file():
                return path / name
        others = sorted(
            p.name for p in path.iterdir() if p.suffix in {".py", ".yaml", ".yml"} and p.name != PROJECT_FILE
        )
        raise NotFoundError(
            "the folder has no pipeline definition",
            at=str(path),
            expected="pipeline.py or pipeline.yaml",
            hint=f"name the file: {', '.join(others)}" if others else "`penstock init` makes one",
        )
    if not path.is_file():
        raise NotFoundError("there is no such file or folder", at=str(path))
    if path.suffix not in {".py", ".yaml", ".yml"}:
        raise UsageError(
            "not a pipeline definition", at=str(path), expected="a .py or .yaml file, or a folder with one"
        )
    return path
