"""Arrow columns to canonical tf.Example records, a batch at a time.

tfx-bsl's encoder writes map entries in random order, and a feature without a value for every null; putting that right
with protobuf, record by record, takes three times as long as all of this. Here the bytes of a column are laid out at
once, and Arrow joins the columns. What comes out is protobuf's deterministic form (a test holds them together).

The layout (https://protobuf.dev/programming-guides/encoding): an Example is `0A n` and its map entries; an entry is
`0A n`, `0A n` key, `12 n` Feature; a Feature is `0A|12|1A n` BytesList|FloatList|Int64List; a list is `0A n` values,
numbers packed.
"""

# pyarrow.compute makes its functions when it is imported, which pyright cannot see.
# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["encode_examples"]

# Rows that are in Python's hands at a time.
_ROWS = 8192
_VARINT_STEPS = np.array([1 << (7 * step) for step in range(1, 10)], dtype=np.uint64)
_VARINT_SHIFTS = np.arange(0, 70, 7, dtype=np.uint64)
_TAGS = {pa.binary(): b"\x0a", pa.float32(): b"\x12", pa.int64(): b"\x1a"}

Array = np.ndarray[Any, Any]  # shape and dtype are said where it is used


def encode_examples(columns: Mapping[str, pa.Array], rows: int) -> Iterator[list[bytes]]:
    """Yields the records of some columns, thousands at a time, in the order of the rows.

    Args:
        columns: Feature name to values of type int64, float32 or binary; null where the feature is absent.
        rows: How many rows there are, also where there is no column.
    """
    # protobuf sorts keys by their UTF-8 bytes, and puts one that begins another behind it; no UTF-8 holds 0xff.
    ordered = sorted(((name.encode(), column) for name, column in columns.items()), key=lambda pair: pair[0] + b"\xff")
    for start in range(0, rows, _ROWS):
        size = min(_ROWS, rows - start)
        lengths = np.zeros(size, dtype=np.int64)
        pieces: list[pa.Array] = []
        for key, column in ordered:
            part = column.slice(start, size)
            payload, payload_lengths = _payload(part)
            prefixes, prefix_lengths = _by_length(
                payload_lengths, lambda n, k=key, t=_TAGS[part.type]: _prefix(k, t, n)
            )
            present = part.is_valid()
            if part.null_count:
                prefixes = pc.if_else(present, prefixes, b"")
                payload = pc.fill_null(payload, b"") if payload.null_count else pc.if_else(present, payload, b"")
                mask = present.to_numpy(zero_copy_only=False)
                lengths += np.where(mask, prefix_lengths + payload_lengths, 0)
            else:
                lengths += prefix_lengths + payload_lengths
            pieces += (prefixes, payload)
        heads, _ = _by_length(lengths, lambda n: b"\x0a" + _varint(n))
        yield pc.binary_join_element_wise(heads, *pieces, b"").to_pylist()


def _prefix(key: bytes, tag: bytes, length: int) -> bytes:
    """Everything of a map entry before the value's bytes."""
    values = b"\x0a" + _varint(length)
    inner = length + len(values)
    feature = tag + _varint(inner) + values
    feature_length = inner + len(feature) - len(values)
    head = b"\x0a" + _varint(len(key)) + key + b"\x12" + _varint(feature_length)
    return b"\x0a" + _varint(len(head) + feature_length) + head + feature


def _varint(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    data.append(number)
    return bytes(data)


def _by_length(lengths: Array, make: Any) -> tuple[pa.Array, Array]:
    """For each length the bytes that `make` gives for it, and how many these are; made once a distinct length."""
    # Few lengths among many rows, none beyond a row's few MiB: counting beats sorting.
    distinct = np.flatnonzero(np.bincount(lengths))
    places = np.searchsorted(distinct, lengths)
    made = [make(int(length)) for length in distinct]
    sizes = np.array([len(item) for item in made], dtype=np.int64)
    return pa.array(made, pa.binary()).take(pa.array(places)), sizes[places]


def _payload(column: pa.Array) -> tuple[pa.Array, Array]:
    """The bytes of a column's values, and their lengths; a null's are of no meaning."""
    if column.type == pa.binary():
        return column, pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    numbers = pc.fill_null(column, 0).to_numpy()
    if column.type == pa.float32():
        lengths = np.full(len(column), 4, dtype=np.int64)
        return _binary(numbers.astype("<f4").view(np.uint8), lengths), lengths
    # int64 as protobuf has it: two's complement in 64 bits, so that negative numbers take ten bytes.
    unsigned = numbers.astype(np.int64).view(np.uint64)
    lengths = np.searchsorted(_VARINT_STEPS, unsigned, side="right").astype(np.int64) + 1
    width = int(lengths.max(initial=1))
    groups = ((unsigned[:, None] >> _VARINT_SHIFTS[:width]) & np.uint64(127)).astype(np.uint8)
    place = np.arange(width)
    groups[place < lengths[:, None] - 1] |= 128
    return _binary(groups[place < lengths[:, None]], lengths), lengths


def _binary(data: Array, lengths: Array) -> pa.Array:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(pa.binary(), len(lengths), [None, pa.py_buffer(offsets), pa.py_buffer(data)])
