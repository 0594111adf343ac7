"""CsvExampleGen's work: a Beam pipeline whose elements are files, each read twice and never held."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton

from penstock.components.csv_example_gen.component import CsvExampleGen
from penstock.dsl.execution import ExecutionContext
from penstock.errors import DataError, PenstockError
from penstock.examples.config import SplitConfig
from penstock.examples.csv_reader import read_header, read_text
from penstock.examples.csv_types import ColumnType, encode, widen
from penstock.examples.files import InputFile, find_files
from penstock.examples.generate import SaveReports, error_report, finish, first_error, load_reports, sums_report
from penstock.examples.split import check_splits, write_splits

__all__ = ["CsvExampleGenExecutor"]


class CsvExampleGenExecutor:
    """Types first, over all rows of all files; then records, file by file."""

    def run(self, node: CsvExampleGen, context: ExecutionContext) -> None:
        """Fills `node.examples`.

        Raises:
            DataError: The input is not what can be read; see the component.
            DefinitionError: The configs cannot be followed.
        """
        files = find_files(node.input_base, node.input_config, folder_pattern="*.csv")
        config = check_splits(node.output_config, files)
        reports = os.path.join(context.temp_dir, "reports.json")  # noqa: PTH118 - Beam's side takes text
        with context.beam_pipeline() as pipeline:
            # Reshuffle lets a runner with several workers spread the files.
            elements = pipeline | "Files" >> beam.Create(files) | "Spread" >> beam.Reshuffle()
            scans = elements | "Scan" >> beam.ParDo(_Scan(node.null_values))
            plan = AsSingleton(scans | "AllScans" >> beam.combiners.ToList() | "Plan" >> beam.Map(_merge))
            written = elements | "Write" >> beam.ParDo(_Write(node.examples.uri, node.null_values, config), plan)
            _ = written | "Report" >> SaveReports(reports)
        finish(node.examples, load_reports(reports), files, config, context)


class _Scan(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    """A file to what is known of it: header, types and number of rows."""

    def __init__(self, null_values: Sequence[str]) -> None:
        self._null_values = null_values

    def process(self, file: InputFile) -> Iterator[Mapping[str, Any]]:
        try:
            header = read_header(file.path)
            types = [ColumnType.MISSING] * len(header)
            rows = 0
            for batch in read_text(file.path, header, self._null_values):
                types = [widen(known, column) for known, column in zip(types, batch.columns, strict=True)]
                rows += batch.num_rows
            yield {"index": file.index, "path": file.path, "header": header, "types": types, "rows": rows}
        except PenstockError as error:
            yield error_report(file.index, error)


def _merge(scans: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The types over all files, or the error that ends the work before anything is written."""
    if error := first_error(scans):
        return error_report(0, error)
    first, *others = sorted(scans, key=lambda scan: int(scan["index"]))
    types = dict(zip(first["header"], first["types"], strict=True))
    for scan in others:
        if sorted(scan["header"]) != sorted(first["header"]):
            lacking = sorted(set(first["header"]) - set(scan["header"]))
            added = sorted(set(scan["header"]) - set(first["header"]))
            error = DataError(
                f"the header differs from that of {Path(first['path']).name}",
                at=f"{scan['path']}:1",
                received="; ".join(
                    [f"without {', '.join(lacking)}"] * bool(lacking) + [f"with {', '.join(added)}"] * bool(added)
                ),
                expected=",".join(first["header"]),
            )
            return error_report(scan["index"], error)
        for name, kind in zip(scan["header"], scan["types"], strict=True):
            types[name] = max(types[name], kind)
    return {"types": types, "rows": {scan["index"]: scan["rows"] for scan in scans}}


class _Write(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    """A file to shards; only their sums go on."""

    def __init__(self, uri: str, null_values: Sequence[str], config: SplitConfig | None) -> None:
        self._uri = uri
        self._null_values = null_values
        self._config = config

    def process(self, file: InputFile, plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        if "error" in plan:
            yield plan
            return
        try:
            sums = write_splits(self._records(file, plan), self._uri, file, self._config)
            yield sums_report(file.index, sums)
        except PenstockError as error:
            yield error_report(file.index, error)

    def _records(self, file: InputFile, plan: Mapping[str, Any]) -> Iterator[list[bytes]]:
        changed = DataError("the file changed while it was read", at=file.path, hint="run again when it is complete")
        rows = 0
        header = list(read_header(file.path))
        if any(name not in plan["types"] for name in header):
            raise changed
        for batch in read_text(file.path, header, self._null_values):
            rows += batch.num_rows
            try:
                yield from encode(batch, plan["types"])
            except ValueError as error:
                raise changed from error
        if rows != plan["rows"][file.index]:
            raise changed
