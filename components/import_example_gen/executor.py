"""ImportExampleGen's work: a Beam pipeline whose elements are files; only sums leave a step."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import apache_beam as beam

from penstock.components.import_example_gen.component import ImportExampleGen
from penstock.dsl.execution import ExecutionContext
from penstock.errors import PenstockError
from penstock.examples.config import SplitConfig
from penstock.examples.files import InputFile, find_files
from penstock.examples.generate import SaveReports, error_report, finish, load_reports, sums_report
from penstock.examples.reader import read_examples
from penstock.examples.split import check_splits, write_splits

__all__ = ["ImportExampleGenExecutor"]


class ImportExampleGenExecutor:
    """Reads, checks and writes each file in one pass."""

    def run(self, node: ImportExampleGen, context: ExecutionContext) -> None:
        """Fills `node.examples`.

        Raises:
            DataError: A file is not a TFRecord, is damaged, or holds something else than tf.Examples.
            DefinitionError: The configs cannot be followed.
        """
        files = find_files(node.input_base, node.input_config, folder_pattern="*")
        config = check_splits(node.output_config, files)
        reports = os.path.join(context.temp_dir, "reports.json")  # noqa: PTH118 - Beam's side takes text
        with context.beam_pipeline() as pipeline:
            # Reshuffle lets a runner with several workers spread the files.
            elements = pipeline | "Files" >> beam.Create(files) | "Spread" >> beam.Reshuffle()
            written = elements | "Write" >> beam.ParDo(_Write(node.examples.uri, config))
            _ = written | "Report" >> SaveReports(reports)
        finish(node.examples, load_reports(reports), files, config, context)


class _Write(beam.DoFn):  # type: ignore[misc]  # Beam is untyped here
    """A file to shards."""

    def __init__(self, uri: str, config: SplitConfig | None) -> None:
        self._uri = uri
        self._config = config

    def process(self, file: InputFile) -> Iterator[Mapping[str, Any]]:
        try:
            yield sums_report(file.index, write_splits(read_examples(file.path), self._uri, file, self._config))
        except PenstockError as error:
            yield error_report(file.index, error)
