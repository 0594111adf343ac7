"""Columns of numbers or bytes to tf.Example records, for components that write Examples of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from penstock.errors import DataError
from penstock.examples.canonical import canonical

__all__ = ["encode_columns"]


def encode_columns(columns: Mapping[str, NDArray[Any]]) -> list[bytes]:
    """Encodes one record a row; the same columns always give the same bytes.

    Args:
        columns: Feature name to array `[rows]` or `[rows, values]`: integers, floats (stored as float32), `bytes` or
            `str` (stored as UTF-8).

    Returns:
        A serialized tf.Example a row.

    Raises:
        DataError: Columns of different length, or of another type.

    Example:
        >>> import numpy as np
        >>> len(encode_columns({"pixel": np.zeros([3, 4], "float32"), "label": np.array([1, 2, 3])}))
        3
    """
    rows = {name: len(column) for name, column in columns.items()}
    if len(set(rows.values())) > 1:
        raise DataError("columns of different length", received=", ".join(f"{k}: {v} rows" for k, v in rows.items()))
    arrays = [_lists(name, column.reshape(len(column), -1)) for name, column in columns.items()]
    return canonical(RecordBatchToExamplesEncoder().encode(pa.RecordBatch.from_arrays(arrays, list(columns))))


def _lists(name: str, column: NDArray[Any]) -> pa.ListArray:
    kinds = {"i": pa.int64(), "u": pa.int64(), "b": pa.int64(), "f": pa.float32(), "S": pa.binary(), "U": pa.binary()}
    values = column.ravel()
    if values.dtype.kind not in kinds:
        raise DataError(f'feature "{name}"', received=str(values.dtype), expected="integers, floats, bytes or str")
    if values.dtype.kind == "U":
        values = np.char.encode(values, "utf-8")
    offsets = np.arange(0, column.size + 1, column.shape[1] or 1, dtype="int32")
    flat = pa.array(values.tolist() if values.dtype.kind == "S" else values, kinds[values.dtype.kind], safe=True)
    return pa.ListArray.from_arrays(pa.array(offsets), flat)
