"""Types of CSV columns, found by reading all values, and the way from text to tf.Example records.

A value's type is TFX's: what Python's `int` reads and int64 holds is an INT (`007`, `+5`, `1_000`, with spaces
around), what `float` reads is a FLOAT (`1e5`, `inf`, `nan`), all else is BYTES (`0x1F`, and integers beyond int64,
whose digits a float would lose). A column has the widest type of its values, INT < FLOAT < BYTES; dates and booleans
are text. A column without a value is in no record.

Arrow's casts do the work where they agree with Python; cells that they refuse are read by Python one at a time.
"""

# pyarrow.compute makes its functions when it is imported, which pyright cannot see.
# pyright: reportAttributeAccessIssue=false
from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from penstock.examples.encoder import encode_examples

__all__ = ["ColumnType", "encode", "widen"]

_INT64 = range(-(1 << 63), 1 << 63)
_SHORT_INT = r"^-?[0-9]{1,18}$"
_LONG_INT = r"^[-+]?[0-9]{19,}$"


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
    return max(known, _type_of(values, known)) if len(values) else known


def _type_of(values: pa.StringArray, known: ColumnType) -> ColumnType:
    if not _arrow_reads_more(values):
        if known is not ColumnType.FLOAT and _cast(values, pa.int64()) is not None:
            return ColumnType.INT
        # Arrow takes `+5` for a float only; where a float was seen, that makes no difference.
        unsigned = known is ColumnType.FLOAT or b"+" not in _text(values)
        if unsigned and not _has_long_int(values) and _cast(values, pa.float64()) is not None:
            return ColumnType.FLOAT
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
    data = _text(values)
    return b"x" in data or b"X" in data or b"(" in data


def _text(values: pa.StringArray) -> bytes:
    """All characters of a column; of more than these rows where it is a slice."""
    data = values.buffers()[2]
    return bytes(data.to_pybytes()) if data is not None else b""


def _has_long_int(values: pa.StringArray) -> bool:
    """Whether there may be an integer beyond int64, which Arrow takes for a float."""
    longest = pc.max(pc.binary_length(values)).as_py()
    return longest > 18 and bool(pc.any(pc.match_substring_regex(values, _LONG_INT)).as_py())


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
    columns = {
        name: _values(column, types[name])
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if types[name] is not ColumnType.MISSING
    }
    yield from encode_examples(columns, batch.num_rows)


def _values(column: pa.StringArray, kind: ColumnType) -> pa.Array:
    if kind is ColumnType.BYTES:
        return pc.cast(column, pa.binary())
    arrow_type, read = (pa.int64(), int) if kind is ColumnType.INT else (pa.float64(), float)
    numbers = None if _arrow_reads_more(column) else _cast(column, arrow_type)
    if numbers is None:
        cells = column.to_pylist()
        numbers = pa.array([None if cell is None else read(cell.encode()) for cell in cells], arrow_type)
    # tf.Example holds floats of 32 bits; beyond their range they become infinite, as with TFX.
    return numbers if kind is ColumnType.INT else pc.cast(numbers, pa.float32(), safe=False)
