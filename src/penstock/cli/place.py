"""Which root and which store a command works on."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import rich_click as click

from penstock.cli.node_line import shown_interruption
from penstock.errors import NotFoundError, PenstockError
from penstock.metadata.records import RunState

if TYPE_CHECKING:
    from penstock.ir.definition import Definition
    from penstock.metadata.store import MetadataStore
    from penstock.orchestration.layout import Layout

__all__ = ["Place", "existing_place", "forecast_store", "place_of", "place_options", "shown_path"]

F = TypeVar("F", bound=Callable[..., object])

_DEFAULT_ROOT = ".penstock"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A root, and the URL of the store that belongs to it.

    Attributes:
        root: Absolute path.
        store_url: URL of the store.
        options: What a next command must say to find the same place from the working directory; "" if nothing.
    """

    root: Path
    store_url: str
    options: str

    @property
    def layout(self) -> Layout:
        """The root's layout."""
        from penstock.orchestration.layout import Layout

        return Layout(self.root)

    @contextmanager
    def open_store(self) -> Iterator[MetadataStore]:
        """Opens the store, and closes it at the end of the block.

        Runs whose process died are ended in it first, and named to the user: no command meets a store that still
        believes in them.
        """
        from penstock.metadata.liveness import is_alive
        from penstock.metadata.sql.engine import open_store

        store = open_store(self.store_url)
        try:
            for run, nodes in store.recover(is_alive):
                if run.state is RunState.INTERRUPTED:
                    click.echo(shown_interruption(run.number, nodes), err=True)
            yield store
        except PenstockError as error:
            if error.hint is not None and error.hint.startswith("penstock "):
                error.hint += self.options  # who raised it cannot know what finds this place again
            raise
        finally:
            store.close()


def place_options(command: F) -> F:
    """Adds `--root` and `--store` to a command."""
    root = click.option("--root", metavar="DIR", envvar="PENSTOCK_ROOT", help="Folder of artifacts and store.")
    store = click.option("--store", metavar="URL", envvar="PENSTOCK_STORE", help="URL of the metadata store.")
    return root(store(command))


def place_of(definition: Definition, root: str | None, store: str | None) -> Place:
    """The place of a definition: `--root`, else penstock.yaml's, else the pipeline's, else `.penstock` beside it."""
    configured = definition.project.root or definition.root or definition.folder / _DEFAULT_ROOT
    return _place(Path(root).absolute() if root else configured, store or definition.project.store)


def existing_place(root: str | None, store: str | None) -> Place:
    """The place that a command without a definition means.

    It is `--root`, else that of a penstock.yaml here or above, else `.penstock` here.

    Raises:
        NotFoundError: There is no store.
    """
    from penstock.ir.project import find_project

    project = find_project(Path.cwd())
    found = Path(root).absolute() if root else project.root or Path.cwd() / _DEFAULT_ROOT
    place = _place(found, store or project.store)
    if place.store_url.startswith("sqlite:") and not _sqlite_file(place.store_url).exists():
        near = [] if root else sorted(str(file.parent) for file in Path().glob(f"*/{_DEFAULT_ROOT}/metadata.db"))
        found_some = f"there is one in {', '.join(near[:3])}; say which: --root {shlex.quote(near[0])}" if near else ""
        raise NotFoundError(
            "no metadata store",
            at=str(place.root),
            hint=found_some or "a run makes one; where it is not .penstock in this folder, say where: --root DIR",
        )
    return place


@contextmanager
def forecast_store(place: Place) -> Iterator[MetadataStore]:
    """The place's store, or, where there is none yet, an empty one that is thrown away: a forecast writes nothing."""
    with ExitStack() as stack:
        if place.store_url.startswith("sqlite:") and not _sqlite_file(place.store_url).exists():
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            place = Place(root=place.root, store_url=f"sqlite:///{folder}/metadata.db", options="")
        yield stack.enter_context(place.open_store())


def _place(root: Path, store: str | None) -> Place:
    from penstock.orchestration.layout import Layout

    root = root.absolute()
    options = ""
    if root != Path.cwd() / _DEFAULT_ROOT and not os.environ.get("PENSTOCK_ROOT"):
        options = f" --root {shlex.quote(shown_path(root))}"
    if store and not os.environ.get("PENSTOCK_STORE"):
        options += f" --store {shlex.quote(store)}"
    return Place(root=root, store_url=store or Layout(root).default_store, options=options)


def shown_path(path: str | Path) -> str:
    """A path as a user would type it: relative below the working directory."""
    here = Path.cwd()
    return str(Path(path).relative_to(here) if Path(path).is_relative_to(here) else path)


def _sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
