"""Data outside the store that a node reads: found, digested, and checked again when the node has read it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.dsl.tree import TreeDigest
from penstock.errors import DataError, NotFoundError

__all__ = ["ExternalData"]

Stats = tuple[tuple[str, int, int, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class ExternalData:
    """What a path of external data held when it was digested.

    Attributes:
        path: File, folder or glob, absolute.
        digest: Digest of the files' paths below it and their bytes.
        shown: How many files and bytes, for a person.
        stats: Path, size, mtime, ctime and inode of each file at that time; tells cheaply that nothing has changed.
    """

    path: str
    digest: str
    shown: str
    stats: Stats

    @classmethod
    def read(cls, path: str) -> ExternalData:
        """Digests the data at a path: symbolic links are followed, and what is hidden in a folder is not data.

        Raises:
            NotFoundError: There is nothing.
        """
        stats = _stats(path)
        if not stats:
            raise NotFoundError("no data", at=path, expected="a file, a folder with files, or a glob that matches some")
        trees = [(name, TreeDigest.of(Path(name).resolve())) for name in (row[0] for row in stats)]
        top = _top(path)
        total = TreeDigest(
            files=tuple(
                type(file)(path=os.path.relpath(name, top), size=file.size, sha256=file.sha256)
                for name, tree in trees
                for file in tree.files
            )
        )
        shown = f"{len(stats)} file{'s' if len(stats) != 1 else ''}, {total.bytes:,} bytes"
        return cls(path=path, digest=total.digest, shown=shown, stats=stats)

    def check_unchanged(self) -> None:
        """Makes sure that what was read since is what was digested.

        Raises:
            DataError: The data changed meanwhile.
        """
        if _stats(self.path) != self.stats and ExternalData.read(self.path).digest != self.digest:
            raise DataError(
                "external data changed while the node read it; nothing was published",
                at=self.path,
                hint="run again when the data is complete",
            )


def _is_pattern(path: str) -> bool:
    """What is there is meant as it stands, whatever signs its name has."""
    return glob.has_magic(path) and not Path(path).exists()


def _top(path: str) -> Path:
    """The folder that names of files are taken relative to: never a part of the digest itself."""
    if _is_pattern(path):
        fixed = Path(path)
        while glob.has_magic(str(fixed)):
            fixed = fixed.parent
        return fixed
    return Path(path) if Path(path).is_dir() else Path(path).parent


def _stats(path: str) -> Stats:
    if _is_pattern(path):
        names = [name for name in glob.iglob(path, recursive=True) if Path(name).is_file()]  # noqa: PTH207 - absolute
    elif Path(path).is_dir():
        names = list(_files_below(Path(path)))
    else:
        names = [path] if Path(path).is_file() else []
    rows = []
    for name in sorted(names):
        try:
            stat = Path(name).stat()
        except FileNotFoundError as error:
            raise DataError("external data was removed while it was read", at=name, hint="run again") from error
        rows.append((name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    return tuple(rows)


def _files_below(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """The files that a component may find in a folder, as it finds them: through links, and not the hidden ones."""
    real = os.path.realpath(folder)
    if real in above:  # a link that leads back to where it stands
        return
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _files_below(entry, above | {real})
        elif entry.is_file():
            yield str(entry)
