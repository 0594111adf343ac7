"""A folder of numbered model versions, as TensorFlow Serving watches it: what it holds, and how a version gets in."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from penstock.dsl.standard_artifacts import saved_model_identity
from penstock.dsl.tree import TreeDigest
from penstock.errors import StorageError

__all__ = ["Destination", "Version"]

_LOCK = ".penstock.lock"
_STAGING = ".penstock-"
# TensorFlow Serving reads versions as int64 and passes over folders beyond that.
_GREATEST = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version at a destination.

    Attributes:
        number: Its number.
        path: Its folder.
    """

    number: int
    path: Path

    def identity(self) -> str | None:
        """Identity of the SavedModel in it, from its bytes; None where they cannot be read or are not plain files."""
        try:
            return saved_model_identity(TreeDigest.of(self.path))
        except StorageError:
            return None


class Destination:
    """A folder of versions.

    Args:
        base_directory: The folder, relative to `base` or absolute.
        base: The definition's folder.
    """

    def __init__(self, base_directory: str, base: str) -> None:
        self.name = base_directory.rstrip("/") or "/"
        self.path = Path(base, base_directory)

    def show(self, number: int) -> str:
        """A version as a user reads it: `serving/3`."""
        return f"{self.name}/{number}"

    def newest(self) -> Version | None:
        """The version that a server would choose: the folder with the greatest number."""
        folders = [(number, path) for number, path in self._numbers().items() if path.is_dir()]
        if not folders:
            return None
        number, path = max(folders)
        return Version(number=number, path=path)

    def publish(self, serving: str | os.PathLike[str], staging_name: str) -> Version:
        """Makes a SavedModel the next version; call it under `locked`.

        The number is taken by the rename that makes the version visible, so an attempt that dies before has used none.

        Args:
            serving: Folder of the SavedModel.
            staging_name: Names this attempt's staging folder.

        Raises:
            StorageError: The destination cannot be written, or what arrived there is not what was sent.
        """
        staging = self.path / f"{_STAGING}{staging_name}"
        with _storage_errors(self.path):
            try:
                _copy_durably(Path(serving), staging)
                if TreeDigest.of(staging).digest != TreeDigest.of(serving).digest:
                    raise StorageError("the copy differs from the model", at=str(staging))
                return self._make_visible(staging)
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    @contextmanager
    def locked(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Holds the destination for one publisher at a time, and removes what dead ones left behind.

        The kernel drops the lock with its holder, so nobody ever unlocks by hand.

        Args:
            on_wait: Called once if another publisher holds it.

        Raises:
            StorageError: The destination cannot be created or written.
        """
        with _storage_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            with _storage_errors(self.path):
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    on_wait()
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                for stale in self.path.glob(f"{_STAGING}*"):
                    shutil.rmtree(stale)
            yield
        finally:
            os.close(descriptor)

    def _numbers(self) -> dict[int, Path]:
        if not self.path.is_dir():
            return {}
        with _storage_errors(self.path):
            names = [path for path in self.path.iterdir() if path.name.isascii() and path.name.isdigit()]
        return {int(path.name): path for path in names if int(path.name) <= _GREATEST}

    def _make_visible(self, staging: Path) -> Version:
        while True:
            number = max(self._numbers(), default=0) + 1
            if number > _GREATEST:
                raise StorageError("there is no greater version number left", at=str(self.path))
            target = self.path / str(number)
            try:
                staging.rename(target)
            except OSError:
                if not os.path.lexists(target):
                    raise
                continue  # somebody who does not know our lock has just taken this number
            _sync(self.path)
            return Version(number=number, path=target)


def _copy_durably(source: Path, target: Path) -> None:
    """Copies a folder and syncs all of it, so that a power cut after the rename cannot leave an empty version."""
    for folder, _, names in os.walk(source):
        copied = target / Path(folder).relative_to(source)
        copied.mkdir()
        for name in names:
            shutil.copyfile(Path(folder, name), copied / name)
            _sync(copied / name)
    for folder, _, _ in os.walk(target):
        _sync(Path(folder))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"cannot push: {error.strerror or error}",
            at=str(error.filename or path),
            hint="give push_destination.filesystem.base_directory a folder with space that can be written",
        ) from error
