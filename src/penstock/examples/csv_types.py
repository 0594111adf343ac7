"""Types of CSV columns, found by reading all values, and the way from text to tf.Example records.

A value's type is TFX's: what Python's `int` reads and int64 holds is an INT (`007`, `+5`, `1_000`, with spaces around),
what `float` reads is a FLOAT (`1e5`, `inf`, `nan`), all else is BYTES (`0x1F`, and integers beyond int64, whose digits a
float would lose). A column has the widest type of its values, INT < FLOAT < BYTES; dates and booleans are text. A column
without a value is in no record.

Arrow's casts do the work where they agree with Python; cells that they refuse are read by Python one at a time.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from penstock.examples.canonical import EMPTY, canonical

__all__ = ["ColumnType", "encode", "widen"]

_INT64 = range(-(1 << 63), 1 << 63)
_SHORT_INT = r"^-?[0-9]{1,18}$"
_LONG_INT = r"^[-+]?[0-9]{19,}$"
# Rows that are in Python's hands at a time.
_ROWS = 4096


class ColumnType(enum.IntEnum):
    """Type of a column, from narrow to wide."""

    MISSING = 0
    INT = 1
    FLOAT = 2
    BYTES = 3


def widen(known: ColumnType, column: pa.StringArray) -> ColumnType:
    """The type of a column after some more of its values.

    Args:
        known: The type so far.
        column: Text; null where missing.
    """
    if known is ColumnType.BYTES:
        return known
    values = column.drop_null()
    return max(known, _type_of(values)) if len(values) else known


def _type_of(values: pa.StringArray) -> ColumnType:
    if not _arrow_reads_more(values):
        if _cast(values, pa.int64()) is not None:
            return ColumnType.INT
        if _cast(values, pa.float64()) is not None:
            long_ints = values.filter(pc.match_substring_regex(values, _LONG_INT)) if _longest(values) > 18 else []
            return max((_type_of_value(value.as_py()) for value in long_ints), default=ColumnType.FLOAT)
    short = pc.match_substring_regex(values, _SHORT_INT)
    widest = ColumnType.INT
    for value in values.filter(pc.invert(short)):
        widest = max(widest, _type_of_value(value.as_py()))
        if widest is ColumnType.BYTES:
            break
    return widest


def _type_of_value(value: str) -> ColumnType:
    # As bytes: Python reads other scripts' digits in a str, which TFX does not take for numbers.
    data = value.encode()
    try:
        return ColumnType.INT if int(data) in _INT64 else ColumnType.BYTES
    except ValueError:
        pass
    try:
        float(data)
    except ValueError:
        return ColumnType.BYTES
    return ColumnType.FLOAT


def _arrow_reads_more(values: pa.StringArray) -> bool:
    """Whether there may be hexadecimal integers or `nan(...)`, which Arrow takes for numbers and Python does not."""
    data = values.buffers()[2].to_pybytes() if len(values) else b""
    return b"x" in data or b"X" in data or b"(" in data


def _longest(values: pa.StringArray) -> int:
    return int(pc.max(pc.binary_length(values)).as_py())


def _cast(values: pa.StringArray, kind: pa.DataType) -> pa.Array | None:
    try:
        return pc.cast(values, kind)
    except pa.ArrowInvalid:
        return None


def encode(batch: pa.RecordBatch, types: Mapping[str, ColumnType]) -> Iterator[list[bytes]]:
    """Canonical tf.Example records of a batch of text; a missing value's feature is absent.

    Args:
        batch: Columns of text.
        types: Type of each column, as `widen` found it over all values.

    Yields:
        Some thousand records at a time, in the order of the rows.

    Raises:
        ValueError: A value is not of its column's type.
    """
    names = [name for name in batch.schema.names if types[name] is not ColumnType.MISSING]
    if not names:
        yield [EMPTY] * batch.num_rows
        return
    encoder = RecordBatchToExamplesEncoder()
    features = pa.RecordBatch.from_arrays([_feature(batch.column(name), types[name]) for name in names], names)
    for start in range(0, batch.num_rows, _ROWS):
        part = features.slice(start, _ROWS)
        absent = {
            name: pc.indices_nonzero(column.is_null()).to_pylist()
            for name, column in zip(names, part.columns, strict=True)
            if column.null_count
        }
        yield canonical(encoder.encode(part), absent)


def _feature(column: pa.StringArray, kind: ColumnType) -> pa.ListArray:
    """A column as lists of one value, or null, in the types that tfx-bsl's encoder takes."""
    values = column.drop_null()
    missing = column.is_null()
    ends = pc.cumulative_sum(pc.cast(pc.invert(missing), pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, _numbers(values, kind), mask=missing)


def _numbers(values: pa.StringArray, kind: ColumnType) -> pa.Array:
    if kind is ColumnType.BYTES:
        return pc.cast(values, pa.binary())
    arrow_type, read = (pa.int64(), int) if kind is ColumnType.INT else (pa.float64(), float)
    numbers = None if _arrow_reads_more(values) else _cast(values, arrow_type)
    if numbers is None:
        numbers = pa.array([read(value.encode()) for value in values.to_pylist()], arrow_type)
    # tf.Example holds floats of 32 bits; beyond their range they become infinite, as with TFX.
    return numbers if kind is ColumnType.INT else pc.cast(numbers, pa.float32(), safe=False)
