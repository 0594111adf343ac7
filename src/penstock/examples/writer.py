"""Writes records as gzip TFRecord shards whose bytes depend on the records alone, and sums them on the way."""

from __future__ import annotations

import functools
import hashlib
import struct
import uuid
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import google_crc32c

from penstock.dsl.tfrecord import RecordSum
from penstock.errors import StorageError

__all__ = ["SHARD_BYTES", "UNFINISHED", "ExampleWriter", "Shard", "frame", "masked_crc32c", "remove_unfinished"]

SHARD_BYTES = 64 << 20
"""Compressed bytes after which a shard is closed and the next one begins."""

UNFINISHED = ".unfinished-"
"""Files that begin so are not, or not yet, part of the examples."""

_LENGTH = struct.Struct("<Q")
_CRC = struct.Struct("<I")
# Examples compress 2% better at level 6, which takes three times as long.
_LEVEL = 3
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# One compress call for about this many bytes: small calls cost more than the compression of a record.
_BLOCK = 1 << 18


def masked_crc32c(data: bytes) -> int:
    """TFRecord's checksum: CRC-32C, rotated right by 15 bits, plus a constant (tensorflow/core/lib/hash/crc32c.h)."""
    crc: int = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@functools.lru_cache(maxsize=1 << 16)
def _header(length: int) -> bytes:
    packed = _LENGTH.pack(length)
    return packed + _CRC.pack(masked_crc32c(packed))


def frame(record: bytes) -> bytes:
    """A record as it stands in a TFRecord file: length, its checksum, the record, its checksum."""
    return b"%b%b%b" % (_header(len(record)), record, _CRC.pack(masked_crc32c(record)))


def remove_unfinished(folder: str | Path) -> None:
    """Removes what writers that were killed have left in a folder."""
    for path in Path(folder).glob(f"{UNFINISHED}*"):
        path.unlink()


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A complete shard: its path, and the sha256 (hex) of its bytes."""

    path: Path
    sha256: str


class ExampleWriter:
    """Writes serialized tf.Example records to `<folder>/<prefix>-<number>.gz`.

    A shard appears under its name only when it is complete. The same records in the same order give the same bytes:
    gzip headers carry no time and no name. Writers that work side by side in one folder need different prefixes.

    Args:
        folder: Folder of a split, `<uri>/Split-<name>`; made if it is not there.
        prefix: Beginning of the shards' names.
        shard_bytes: Compressed bytes after which the next shard begins.

    Attributes:
        sum: Count and sum of everything that was written.
        shards: The shards that are complete.

    Example:
        >>> import tempfile
        >>> with ExampleWriter(tempfile.mkdtemp()) as writer:
        ...     writer.write([b"one", b"two"])
        >>> writer.sum.count
        2
    """

    def __init__(self, folder: str | Path, *, prefix: str = "data", shard_bytes: int = SHARD_BYTES) -> None:
        self.sum = RecordSum()
        self.shards: list[Shard] = []
        self._folder = Path(folder)
        self._prefix = prefix
        self._shard_bytes = shard_bytes
        self._file: BinaryIO | None = None
        self._unfinished = self._folder / f"{UNFINISHED}{uuid.uuid4().hex}"
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._zipped_bytes = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot write examples: {error.strerror}", at=str(self._folder)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def write(self, records: Iterable[bytes]) -> None:
        """Appends serialized records.

        Raises:
            StorageError: The disk refused.
        """
        records = list(records)
        self.write_digested(records, [hashlib.sha256(record).digest() for record in records])

    def write_digested(self, records: Sequence[bytes], digests: Sequence[bytes]) -> None:
        """Appends serialized records whose sha256 the caller already has.

        Args:
            records: Serialized records.
            digests: The sha256 of each, 32 bytes.

        Raises:
            StorageError: The disk refused.
        """
        self.sum.add_digests(digests)
        for record in records:
            framed = frame(record)
            self._pending.append(framed)
            self._pending_bytes += len(framed)
            if self._pending_bytes >= _BLOCK:
                self._flush()

    def close(self) -> None:
        """Completes the last shard.

        Raises:
            StorageError: The disk refused.
        """
        self._flush()
        self._finish_shard()

    def abort(self) -> None:
        """Drops the shard that is not complete; complete ones stay."""
        self._pending.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
        self._unfinished.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._pending:
            return
        block = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        try:
            if self._file is None:
                self._file = self._unfinished.open("wb")
                self._zip = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
                self._digest = hashlib.sha256()
                self._zipped_bytes = 0
            self._put(self._file, self._zip.compress(block))
        except OSError as error:
            self.abort()
            raise StorageError(f"cannot write examples: {error.strerror}", at=str(self._folder)) from error
        if self._zipped_bytes >= self._shard_bytes:
            self._finish_shard()

    def _finish_shard(self) -> None:
        if self._file is None:
            return
        path = self._folder / f"{self._prefix}-{len(self.shards):05d}.gz"
        try:
            self._put(self._file, self._zip.flush())
            self._file.close()
            self._unfinished.rename(path)
        except OSError as error:
            self.abort()
            raise StorageError(f"cannot write examples: {error.strerror}", at=str(path)) from error
        self._file = None
        self.shards.append(Shard(path=path, sha256=self._digest.hexdigest()))

    def _put(self, file: BinaryIO, zipped: bytes) -> None:
        self._digest.update(zipped)
        self._zipped_bytes += file.write(zipped)
