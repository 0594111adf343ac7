"""A digest of a folder's or a file's bytes that streams, and says which file differs."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import StorageError

__all__ = ["FileDigest", "TreeDigest"]

_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class FileDigest:
    """One file of a tree: its path with `/` relative to the top ("" for a single file), size in bytes and sha256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeDigest:
    """The files of a tree in the order of their paths. Empty folders and file modes do not count."""

    files: tuple[FileDigest, ...]

    @classmethod
    def of(cls, top: str | os.PathLike[str]) -> TreeDigest:
        """Reads every file below `top` (or the file `top` itself) in blocks of 1 MiB.

        Raises:
            StorageError: A file cannot be read, or a symbolic link is in the tree (its target could change unseen).
        """
        root = Path(top)
        return cls(files=tuple(_digest_file(path, name) for name, path in sorted(_walk(root))))

    @property
    def digest(self) -> str:
        """`sha256:` of the list of paths, sizes and digests."""
        total = hashlib.sha256()
        for file in self.files:
            total.update(f"{file.path}\0{file.size}\0{file.sha256}\n".encode())
        return f"sha256:{total.hexdigest()}"

    @property
    def bytes(self) -> int:
        """Sum of the sizes of all files, in bytes."""
        return sum(file.size for file in self.files)

    def below(self, folder: str) -> TreeDigest:
        """Returns the part below a folder as a tree of its own, paths relative to that folder."""
        prefix = f"{folder}/"
        return TreeDigest(
            files=tuple(
                FileDigest(path=file.path.removeprefix(prefix), size=file.size, sha256=file.sha256)
                for file in self.files
                if file.path.startswith(prefix)
            )
        )

    def without(self, left_out: Callable[[str], bool]) -> TreeDigest:
        """Returns the tree without the files whose path `left_out` says yes to."""
        return TreeDigest(files=tuple(file for file in self.files if not left_out(file.path)))


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    if root.is_symlink():
        raise StorageError("a symbolic link cannot be digested", at=str(root))
    if not root.is_dir():
        yield "", root
        return
    for folder, folders, names in os.walk(root):
        for name in [*folders, *names]:
            path = Path(folder, name)
            if path.is_symlink():
                raise StorageError("a symbolic link cannot be digested", at=str(path))
        for name in names:
            path = Path(folder, name)
            yield path.relative_to(root).as_posix(), path


def _digest_file(path: Path, name: str) -> FileDigest:
    total = hashlib.sha256()
    size = 0
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                total.update(block)
                size += len(block)
    except OSError as error:
        raise StorageError(f"cannot read: {error.strerror}", at=str(path)) from error
    return FileDigest(path=name, size=size, sha256=total.hexdigest())
