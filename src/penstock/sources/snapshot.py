"""Snapshot: the project's files that a run reaches, copied under their digest: an edit during the run is harmless."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

from penstock.dsl.tree import FileDigest, TreeDigest
from penstock.errors import DataError, StorageError
from penstock.sources.imports import imported_files
from penstock.sources.project import Project

__all__ = ["reached_files", "sources_digest", "take_snapshot"]


def reached_files(folder: Path, roots: Sequence[Path]) -> tuple[str, ...]:
    """The files that importing or calling anything in `roots` may execute, `roots` included.

    Args:
        folder: The definition's folder; imports start from it.
        roots: Files, absolute or relative to the folder. One that is not Python (YAML) stands for itself.

    Returns:
        POSIX paths relative to the folder, sorted.

    Raises:
        NotFoundError: A root is not there.
        DefinitionError: A root lies outside the folder, or a reached file is not valid Python.
    """
    project = Project(folder)
    pending = [project.relative(root) for root in roots]
    reached: set[str] = set()
    while pending:
        file = pending.pop()
        if file not in reached:
            reached.add(file)
            if file.endswith(".py"):
                pending.extend(imported_files(project, file))
    return tuple(sorted(reached))


def sources_digest(folder: Path, files: Iterable[str]) -> str:
    """`sha256:` of the paths and bytes of files.

    Args:
        folder: The definition's folder.
        files: Relative POSIX paths, in any order.

    Raises:
        StorageError: A file cannot be read.
    """
    return _digest(_read(folder, files))


def take_snapshot(folder: Path, files: Iterable[str], root: Path, *, expected: str | None = None) -> Path:
    """Copies files to `<root>/sources/<digest>/`, whole or not at all; what is already there is checked and used again.

    Every file is read once: what is written is what was digested.

    Args:
        folder: The definition's folder.
        files: Relative POSIX paths, as `reached_files` returns them; none is fine.
        root: The pipeline's root.
        expected: Digest that the files had when the definition was compiled; None to take them as they are.

    Returns:
        Folder of the snapshot. Folders have mode 0700, files 0600.

    Raises:
        DataError: The files are not those of `expected` any more.
        StorageError: The disk refused.
    """
    content = _read(folder, files)
    digest = _digest(content)
    if expected is not None and digest != expected:
        raise DataError(
            "the project's files changed while the run started",
            at=str(folder),
            received=digest,
            expected=expected,
            hint="run the same command again",
        )
    target = root / "sources" / digest.removeprefix("sha256:")
    try:
        if target.is_dir():
            _complete(target, content)
        else:
            _publish(target, content)
    except OSError as error:
        raise StorageError(f"cannot write the snapshot of the sources: {error.strerror}", at=str(target)) from error
    return target


def _read(folder: Path, files: Iterable[str]) -> Mapping[str, bytes]:
    content = {}
    for name in sorted(set(files)):
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts:
            raise ValueError(f"not a path below the folder: {name!r}")
        try:
            content[name] = (folder / name).read_bytes()
        except OSError as error:
            raise StorageError(f"cannot read: {error.strerror}", at=str(folder / name)) from error
    return content


def _digest(content: Mapping[str, bytes]) -> str:
    files = (FileDigest(path=name, size=len(data), sha256=sha256(data).hexdigest()) for name, data in content.items())
    return TreeDigest(files=tuple(files)).digest


def _publish(target: Path, content: Mapping[str, bytes]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        for name, data in content.items():
            _write(temporary / name, data)
        for folder in [*(path for path in temporary.rglob("*") if path.is_dir()), temporary]:
            _sync_folder(folder)
        try:
            temporary.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            _complete(target, content)  # another run of the same sources was quicker
        _sync_folder(target.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _complete(target: Path, content: Mapping[str, bytes]) -> None:
    """Puts back, one rename each, what somebody removed from a snapshot or edited in it."""
    for name, data in content.items():
        path = target / name
        if path.is_symlink() or not path.is_file() or path.read_bytes() != data:
            with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as temporary:
                _write(Path(temporary, "file"), data)
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                Path(temporary, "file").replace(path)
            _sync_folder(path.parent)


def _write(path: Path, data: bytes) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
