"""Reads CSV files as text columns, in bounded memory, and says which line is wrong when one is."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from penstock.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader  # the type's only name

__all__ = ["read_header", "read_text"]

# A row (with its quoted newlines) must fit into a block; memory is a few blocks.
_BLOCK = 4 << 20


def read_header(path: str) -> list[str]:
    """Column names of a CSV file: its first line that is not blank.

    Raises:
        DataError: The file is empty, holds nothing but a header, is not UTF-8, or a column's name is missing,
            repeated, or holds a NUL.
    """
    try:
        # utf-8-sig: a byte order mark is no part of the first name.
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = (row for row in _python_rows(file) if row)
            names = next(rows, None)
            has_rows = _has_row(rows)
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except OSError as error:
        raise DataError(f"cannot read: {error.strerror}", at=path) from error
    except csv.Error as error:
        raise DataError(f"the header is not readable as CSV: {error}", at=path) from error
    if names is None:
        raise DataError("the file is empty", at=path, expected="a header and rows")
    repeated = sorted({name for name in names if names.count(name) > 1 and name})
    if repeated:
        raise DataError(
            f"the header repeats {', '.join(map(repr, repeated))}",
            at=f"{path}:1",
            expected="a name of its own for each column",
            hint="rename one of them",
        )
    if "" in names:
        raise DataError(
            f"column {names.index('') + 1} has no name",
            at=f"{path}:1",
            received=",".join(names),
            expected="a name for each column",
            hint="pandas writes its index so: to_csv(index=False)",
        )
    if any("\0" in name for name in names):
        # tfx-bsl, which Transform and Evaluator read with, ends a feature's name at the first NUL.
        raise DataError("a column's name holds a NUL", at=f"{path}:1", received=repr(names), expected="text")
    if not has_rows:
        raise DataError("the file has a header and no rows", at=path, hint="remove it, or leave it out by a pattern")
    return names


def _python_rows(file: TextIO, *, strict: bool = False) -> Reader:
    # Python refuses fields beyond 128 KiB unless told; Arrow takes them up to a block.
    csv.field_size_limit(max(_BLOCK, csv.field_size_limit()))
    return csv.reader(file, strict=strict)


def _has_row(rows: Iterator[list[str]]) -> bool:
    try:
        return next(rows, None) is not None
    except csv.Error:
        return True  # whatever is wrong with that row, it is there, and reading it will tell


def read_text(path: str, header: Sequence[str], null_values: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Streams a CSV file as record batches whose columns are all strings.

    Args:
        path: A file that `read_header` has accepted.
        header: Its column names.
        null_values: Texts that mean a missing value, beside the empty one; quoted or not.

    Raises:
        DataError: A row has too many or too few fields, is not UTF-8, is longer than 4 MiB, or a quote is never closed.
    """
    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    try:
        reader = arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                null_values=["", *null_values],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
        last = None
        for batch in reader:
            if batch.num_rows:
                last = batch
                yield batch
    except pa.ArrowInvalid as error:
        raise _explain(path, header, str(error), ragged) from error
    if last is not None and "\n" in (last.column(last.num_columns - 1)[-1].as_py() or ""):
        _check_last_quote(path)


def _explain(path: str, header: Sequence[str], message: str, ragged: Sequence[Any]) -> DataError:
    if "UTF8" in message or "UTF-8" in message:
        return _not_utf8(path)
    if "straddling" in message:
        return DataError(
            f"a row is longer than {_BLOCK >> 20} MiB",
            at=path,
            hint="most often a quote is opened and never closed",
        )
    if ragged:
        line, fields = _ragged_line(path, len(header)) or (ragged[0].number, ragged[0].actual_columns)
        return DataError(
            "a row does not fit the header",
            at=f"{path}:{line}" if line is not None else path,
            received=f"{fields} fields",
            expected=f"{len(header)}",
            hint="quote fields that hold a comma",
        )
    return DataError(f"not readable as CSV: {message}", at=path)


def _ragged_line(path: str, fields: int) -> tuple[int, int] | None:
    """Line (from 1) and number of fields of the first row that does not fit; None when Python's reader sees none."""
    with Path(path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = _python_rows(file)
        start = 1
        try:
            for row in rows:
                if row and len(row) != fields:
                    return start, len(row)
                start = rows.line_num + 1
        except csv.Error:
            return None
    return None


def _check_last_quote(path: str) -> None:
    """Arrow takes the end of the file for the end of a quote that was never closed; the rows between would be lost."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = _python_rows(file, strict=True)
        start = 1
        try:
            for _ in rows:
                start = rows.line_num + 1
        except csv.Error as error:
            if "unexpected end" in str(error):
                raise DataError(
                    "a quote is opened and never closed",
                    at=f"{path}:{start}",
                    hint='close it, or write a quote inside a field as ""',
                ) from None


def _not_utf8(path: str) -> DataError:
    with Path(path).open("rb") as file:
        for line, data in enumerate(file, 1):
            try:
                data.decode()
            except UnicodeDecodeError as error:
                return DataError(
                    "not UTF-8",
                    at=f"{path}:{line}",
                    received=f"byte 0x{data[error.start]:02x} at column {error.start + 1}",
                    expected="UTF-8",
                    hint="convert it, such as: iconv -f latin1 -t utf-8",
                )
    return DataError("not UTF-8", at=path, hint="convert it, such as: iconv -f latin1 -t utf-8")
