"""The TFRecord container: framing, and the identity of a set of records. No TensorFlow needed to read or write it."""

from __future__ import annotations

import gzip
import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from penstock.errors import DataError

__all__ = ["RecordSum", "examples_identity", "identity_of_splits", "read_records"]

_HEADER = struct.Struct("<QI")
_MODULUS = 1 << 256


class RecordSum:
    """Count, and sum mod 2^256 of the sha256, of records: the same for any order and any split into shards."""

    def __init__(self, count: int = 0, total: int = 0) -> None:
        self.count = count
        self.total = total

    def add(self, record: bytes) -> None:
        """Counts one record."""
        self.add_digests([hashlib.sha256(record).digest()])

    def add_digests(self, digests: Sequence[bytes]) -> None:
        """Counts records by their sha256, 32 bytes each."""
        self.count += len(digests)
        self.total = (self.total + sum(map(int.from_bytes, digests))) % _MODULUS

    def merge(self, other: RecordSum) -> None:
        """Adds what another one has counted."""
        self.count += other.count
        self.total = (self.total + other.total) % _MODULUS

    def __str__(self) -> str:
        return f"{self.count}:{self.total:064x}"

    @classmethod
    def parse(cls, text: str) -> RecordSum:
        """The sum that `str` gave as this text."""
        count, total = text.split(":")
        return cls(int(count), int(total, 16))


def identity_of_splits(sums: Mapping[str, RecordSum]) -> str:
    """Identity of Examples whose records were summed while they were written."""
    text = "\n".join(f"{split} {sums[split]}" for split in sorted(sums))
    return f"records:{hashlib.sha256(text.encode()).hexdigest()}"


def examples_identity(split_folders: Mapping[str, str]) -> str:
    """Identity of the Examples in these folders, by reading every record.

    Args:
        split_folders: Split name to the folder with its TFRecord files, gzip or plain.

    Raises:
        DataError: A file is cut short or not a TFRecord.
    """
    sums = {}
    for split, folder in split_folders.items():
        sums[split] = RecordSum()
        for path in sorted(Path(folder).iterdir()):
            for record in read_records(path):
                sums[split].add(record)
    return identity_of_splits(sums)


def read_records(path: Path) -> Iterator[bytes]:
    """Yields the records of a TFRecord file, gzip or plain. Lengths are checked, CRCs are not (gzip has its own).

    Raises:
        DataError: The file is cut short or not a TFRecord.
    """
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    try:
        with cast(BinaryIO, gzip.open(path, "rb") if zipped else path.open("rb")) as file:
            while header := file.read(_HEADER.size):
                if len(header) < _HEADER.size:
                    raise DataError("cut short in a record's header", at=str(path))
                length = _HEADER.unpack(header)[0]
                # A corrupt length would ask for exabytes of memory.
                record = file.read(min(length, 1 << 31))
                if len(record) < length or len(file.read(4)) < 4:
                    raise DataError("cut short in a record, or not a TFRecord", at=str(path))
                yield record
    except (OSError, EOFError) as error:
        raise DataError(f"not a readable TFRecord: {error}", at=str(path)) from error
