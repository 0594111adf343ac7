"""Reads TFRecord files that others have written: every checksum is verified, and every record is a tf.Example."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from penstock.errors import DataError
from penstock.examples.canonical import canonical, is_example
from penstock.examples.writer import masked_crc32c

__all__ = ["read_examples", "read_verified"]

_BLOCK = 1 << 20
_HEADER = struct.Struct("<QI")
_CRC = struct.Struct("<I")


def read_examples(path: str) -> Iterator[list[bytes]]:
    """Yields batches of the canonical records of a TFRecord file of tf.Examples.

    Raises:
        DataError: The file is damaged or not a TFRecord, or a record is not a tf.Example.
    """
    done = 0
    for records in read_verified(path):
        if not all(map(is_example, records)):
            place = next(index for index, record in enumerate(records, done + 1) if not is_example(record))
            raise DataError(
                f"record {place} is not a tf.Example",
                at=path,
                expected="serialized tf.Example messages, with no field but `features`",
            )
        yield canonical(records)
        done += len(records)


def read_verified(path: str) -> Iterator[list[bytes]]:
    """Yields batches of the records of a TFRecord file, gzip or plain, and verifies both checksums of each.

    Raises:
        DataError: The file is cut short, damaged, or not a TFRecord.
    """
    done = 0
    try:
        with _open(path) as file:
            data = b""
            while block := file.read(max(_BLOCK, _lacking(data))):
                data += block
                records, used = _records(data, path, done)
                data = data[used:]
                done += len(records)
                if records:
                    yield records
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot be read after record {done}: {error}", at=path) from error
    if data:
        raise DataError(f"cut short in record {done + 1}", at=path, hint="copy the file again, or write it again")


def _open(path: str) -> BinaryIO:
    with Path(path).open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb") if zipped else Path(path).open("rb"))


def _lacking(data: bytes) -> int:
    """How many bytes the record at the beginning of `data` lacks; its length has been verified."""
    if len(data) < _HEADER.size:
        return 0
    return int(_HEADER.unpack_from(data)[0]) + _HEADER.size + _CRC.size - len(data)


def _records(data: bytes, path: str, done: int) -> tuple[list[bytes], int]:
    """The complete records at the beginning of `data`, and how many bytes they take."""
    records: list[bytes] = []
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, length_crc = _HEADER.unpack_from(data, offset)
        place = done + len(records) + 1
        if masked_crc32c(data[offset : offset + 8]) != length_crc:
            raise DataError(
                f"record {place}: wrong checksum of the length",
                at=path,
                expected="a TFRecord file" if place == 1 else None,
                hint="this is not a TFRecord file" if place == 1 else "the file is damaged: copy it again",
            )
        end = offset + _HEADER.size + length
        if end + _CRC.size > len(data):
            break
        record = data[offset + _HEADER.size : end]
        if masked_crc32c(record) != _CRC.unpack_from(data, end)[0]:
            raise DataError(f"record {place}: wrong checksum", at=path, hint="the file is damaged: copy it again")
        records.append(record)
        offset = end + _CRC.size
    return records, offset
