"""Where things lie below a root: specs, snapshots of sources, and a folder for every attempt."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import PenstockError, StorageError
from penstock.ir.model import PipelineSpec
from penstock.ir.serialization import spec_digest, spec_to_json

__all__ = ["AttemptFolder", "Layout", "disk_errors", "storage_error"]

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,  # a file where a folder should be
        errno.EIO,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


@dataclass(frozen=True)
class AttemptFolder:
    """The folder of one attempt: a folder an output, and `.attempt` for everything else.

    Attributes:
        path: `<root>/artifacts/<pipeline>/<node>/<attempt id>`.
    """

    path: Path

    @property
    def work(self) -> Path:
        """Working directory of the executor; log, progress and result lie here."""
        return self.path / ".attempt"

    @property
    def log(self) -> Path:
        """Everything that the attempt printed."""
        return self.work / "node.log"

    def output(self, channel: str) -> Path:
        """Folder of an output."""
        return self.path / channel


@dataclass(frozen=True)
class Layout:
    """A root folder.

    Attributes:
        root: Absolute path.
    """

    root: Path

    def prepare(self) -> None:
        """Makes the root, readable for its owner only.

        Raises:
            StorageError: It cannot be made or written.
        """
        with disk_errors(str(self.root)):
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = self.root / f".probe-{os.getpid()}"
            probe.write_bytes(b"penstock")
            probe.unlink()

    @property
    def default_store(self) -> str:
        """URL of the store that lies in the root."""
        return f"sqlite:///{self.root / 'metadata.db'}"

    @property
    def launcher_log(self) -> Path:
        """What libraries said in launching processes; nodes have logs of their own."""
        return self.root / "launcher.log"

    def attempt(self, pipeline: str, node: str, attempt_id: str) -> AttemptFolder:
        """The folder of an attempt."""
        return AttemptFolder(self.root / "artifacts" / pipeline / node / attempt_id)

    def snapshot(self, sources: str) -> Path:
        """The snapshot of the sources with this digest."""
        return self.root / "sources" / sources.removeprefix("sha256:")

    def spec_file(self, digest: str) -> Path:
        """The file of the spec with this digest."""
        return self.root / "specs" / f"{digest.removeprefix('sha256:')}.json"

    def write_spec(self, spec: PipelineSpec) -> str:
        """Keeps a spec beside the store, and returns its digest."""
        digest = spec_digest(spec)
        path = self.spec_file(digest)
        with disk_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_name(f".{path.name}.{os.getpid()}")
            temporary.write_text(spec_to_json(spec), encoding="utf-8")
            temporary.replace(path)
        return digest


@contextlib.contextmanager
def disk_errors(at: str, *, option: str = "--root DIR") -> Iterator[None]:
    """Turns what the operating system says of a disk into a StorageError that says what to do.

    Args:
        at: What is being written.
        option: What a user gives to have it written elsewhere.
    """
    try:
        yield
    except OSError as error:
        found = storage_error(error, at, option=option)
        if found is None:
            raise
        raise found from error


def storage_error(error: OSError, at: str | None = None, *, option: str = "--root DIR") -> StorageError | None:
    """What an error of the operating system means for who gave a folder to write to; None if it is not about one.

    Args:
        error: The error.
        at: What was being written. Without it, a missing file is not taken for a folder that could not be made.
        option: What a user gives to have it written elsewhere.
    """
    cannot_make = error.errno == errno.ENOENT and at is not None  # a folder in /proc
    if isinstance(error, PenstockError) or not (cannot_make or error.errno in _FULL | _REFUSED):
        return None
    return StorageError(
        f"cannot write: {os.strerror(error.errno or 0)}",
        at=error.filename if isinstance(error.filename, str) else at,
        hint=f"free some space, or give another place: {option}"
        if error.errno in _FULL
        else f"give a place that can be written: {option}",
    )
