"""What ExampleGens share: errors that cross a Beam pipeline, and the end of the work."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam

import penstock.errors
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import Examples
from penstock.dsl.tfrecord import RecordSum, identity_of_splits
from penstock.errors import DataError, PenstockError
from penstock.examples.config import SplitConfig
from penstock.examples.files import InputFile
from penstock.examples.writer import remove_unfinished

__all__ = ["SaveReports", "error_report", "finish", "first_error", "load_reports", "sums_report"]

Report = Mapping[str, Any]
"""About one input file, as JSON: its `index`, and `error` or what the step has to say."""


def error_report(index: int, error: PenstockError) -> Report:
    """An error as data, for Beam turns an exception into text."""
    return {"index": index, "error": {"kind": type(error).__name__, **error.__dict__}}


def sums_report(index: int, sums: Mapping[str, RecordSum]) -> Report:
    """What was written from a file."""
    return {"index": index, "sums": {split: str(total) for split, total in sums.items()}}


def first_error(reports: Iterable[Report]) -> PenstockError | None:
    """The error of the first file that has one."""
    failed = [report for report in reports if "error" in report]
    if not failed:
        return None
    parts = dict(min(failed, key=lambda report: int(report["index"]))["error"])
    kind = getattr(penstock.errors, parts.pop("kind"))
    error: PenstockError = kind(parts.pop("message"), **parts)
    return error


class SaveReports(beam.PTransform):  # type: ignore[misc]  # Beam is untyped here
    """Writes a small PCollection of reports to a JSON file, for `load_reports` after the pipeline has run.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links

    def expand(self, input_or_inputs: Any) -> Any:  # PCollections; Beam's own types differ by release
        """Returns nothing that is of use."""
        return input_or_inputs | beam.combiners.ToList() | beam.Map(_save, self._path)


def load_reports(path: str) -> list[Report]:
    """What `SaveReports` wrote.

    Raises:
        PenstockError: The first error among them.
    """
    reports: list[Report] = json.loads(Path(path).read_text(encoding="utf-8"))
    if error := first_error(reports):
        raise error
    return reports


def finish(
    examples: Examples,
    reports: Sequence[Report],
    files: Sequence[InputFile],
    config: SplitConfig | None,
    context: ExecutionContext,
) -> None:
    """Adds up what was written, and fills in the artifact.

    Args:
        examples: The output, its files written.
        reports: A `sums_report` for each file.
        files: The input files.
        config: How records were split by hash; None where the files were in splits.
        context: Is told the counts.

    Raises:
        DataError: A split is empty.
    """
    names = [split.name for split in config.splits] if config else list(dict.fromkeys(file.split for file in files))
    sums = {name: RecordSum() for name in names}
    for report in reports:
        for split, text in report["sums"].items():
            sums[split].merge(RecordSum.parse(text))
    rows = sum(total.count for total in sums.values())
    for name in names:
        if not sums[name].count:
            raise DataError(
                f'split "{name}" is empty after splitting',
                at=str(Path(files[0].path).parent),
                received=f"{rows:,} rows, " + ", ".join(f"{split}: {total.count:,}" for split, total in sums.items()),
                expected="at least one row in each split" + (f" ({_buckets(config)})" if config else ""),
                hint="give more rows, or change hash_buckets in output_config" if config else None,
            )
        remove_unfinished(Path(examples.uri, f"Split-{name}"))
    examples.splits = names
    examples.identity = identity_of_splits(sums)
    counts = ", ".join(f"{split} {total.count:,}" for split, total in sums.items())
    context.report(note=f"{rows:,} rows: {counts}")


def _buckets(config: SplitConfig) -> str:
    return "hash buckets " + ", ".join(f"{split.name}: {split.hash_buckets}" for split in config.splits)


def _save(reports: Sequence[Report], path: str) -> None:
    Path(path).write_text(json.dumps(reports), encoding="utf-8")
