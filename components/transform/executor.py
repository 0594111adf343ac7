"""Analyses and transforms Examples with tensorflow_transform over Beam.

Every stage that needs the data reads it again: a collection that feeds two stages would be held in memory whole.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow_transform.beam as tft_beam
from apache_beam.pvalue import PCollection
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io
from tfx_bsl.public.tfxio import TensorAdapterConfig, TFExampleRecord

from penstock.components.transform.analysis import AnalyzerCache, analyze
from penstock.components.transform.component import Transform
from penstock.components.transform.encoding import EncodeBatches
from penstock.components.transform.failures import explained
from penstock.components.transform.portable_code import portable_user_code
from penstock.components.transform.schema_inference import Presence, SummarizeFile, infer_schema
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import Examples, Schema
from penstock.dsl.tfrecord import RecordSum, identity_of_splits
from penstock.dsl.tree import TreeDigest
from penstock.dsl.user_code import load_user_function
from penstock.errors import DataError, UnknownNameError
from penstock.examples.beam import SaveSum, WriteExamples, load_sum
from penstock.examples.files import InputFile
from penstock.examples.generate import SaveReports, load_reports

__all__ = ["TransformExecutor"]

BATCH_SIZE = 1000
"""Rows a batch: fixed, because sums of floats, and so the transform graph's bytes, depend on it."""


class TransformExecutor:
    """Applies the user's `preprocessing_fn`."""

    def run(self, node: Transform, context: ExecutionContext) -> None:
        """Transforms.

        Raises:
            DefinitionError: The module cannot be imported.
            UnknownNameError: The module has no such function, or the examples no such split.
            DataError: A split is empty, or the examples do not fit the schema.
            NodeFailedError: The function fails; an error that it raises itself while it is traced passes as it is.
        """
        node.check()
        _check_splits(node)
        function = _preprocessing_fn(node, context)
        schema = _read_schema(node.schema) if node.schema else _inferred_schema(node.examples, context)
        config = _adapter_config(node.examples, schema)
        name = getattr(function, "__name__", "preprocessing_fn")
        with explained(context.project, name), portable_user_code(context.project, context.beam_pipeline_args):
            sums = _transform(node, context, function, schema, config)
        for split, total in sums.items():
            if not total.count:
                raise DataError(f'split "{split}" has no examples', at=node.examples.split_uri(split))
        metadata_io.write_metadata(dataset_metadata.DatasetMetadata(schema), f"{node.transform_graph.uri}/metadata")
        node.transformed_examples.splits = list(sums)
        node.transformed_examples.identity = identity_of_splits(sums)
        node.transformed_examples.span = node.examples.span
        node.transformed_examples.version = node.examples.version
        rows = sum(total.count for total in sums.values())
        made = _parse_schema(Path(node.transform_graph.uri, "transformed_metadata", "schema.pbtxt"))
        context.report(note=f"{rows:,} rows, {len(schema.feature)} features -> {len(made.feature)}")


def _transform(
    node: Transform,
    context: ExecutionContext,
    function: Callable[..., Any],
    schema: schema_pb2.Schema,
    config: TensorAdapterConfig,
) -> Mapping[str, RecordSum]:
    """Runs the pipeline; returns what was written, by split."""
    splits = node.examples.splits if node.splits_config.transform is None else node.splits_config.transform
    cache = None
    if not node.disable_analyzer_cache:
        given = node.analyzer_cache.uri if node.analyzer_cache else None
        cache = AnalyzerCache(read_from=given, write_to=node.updated_analyzer_cache.uri)
    sum_files = {split: f"{context.temp_dir}/{split}.sum" for split in splits}
    with (
        context.beam_pipeline() as pipeline,
        # The temporary folder's name gets into the graph, so it is relative. Deep copies are what reads again.
        tft_beam.Context(temp_dir=context.temp_dir, use_deep_copy_optimization=True, force_tf_compat_v1=False),
    ):
        readers = {
            key: functools.partial(_read, pipeline, node.examples, split, schema, f"Analyze[{split}]")
            for key, split in _dataset_keys(node).items()
        }
        transform_fn = analyze(pipeline, function, readers, config, cache)
        _ = transform_fn | tft_beam.WriteTransformFn(node.transform_graph.uri)
        for split, sum_file in sum_files.items():
            data = _read(pipeline, node.examples, split, schema, f"Read[{split}]")
            batches, metadata = ((data, config), transform_fn) | f"Transform[{split}]" >> tft_beam.TransformDataset(
                output_record_batches=True
            )
            _ = (
                batches
                | f"Encode[{split}]" >> EncodeBatches(metadata.deferred_metadata)
                | f"Write[{split}]" >> WriteExamples(str(Path(node.transformed_examples.uri, f"Split-{split}")))
                | f"Sum[{split}]" >> SaveSum(sum_file)
            )
    return {split: load_sum(path) for split, path in sum_files.items()}


def _dataset_keys(node: Transform) -> dict[str, str]:
    """Key to split: a key says which records a cached result is about, wherever they are stored."""
    identity = node.examples.identity or node.examples.compute_identity(TreeDigest(files=()))
    keys = {split: hashlib.sha256(f"{identity}\0{split}".encode()).hexdigest() for split in node.splits_config.analyze}
    return {f"{split}-{key[:32]}": split for split, key in keys.items()}


def _preprocessing_fn(node: Transform, context: ExecutionContext) -> Callable[..., Any]:
    path, name = node.module_file or "", "preprocessing_fn"
    if node.preprocessing_fn is not None:
        path, _, name = node.preprocessing_fn.rpartition(":")
    function: Callable[..., Any] = load_user_function(path, name, context.project)
    if "custom_config" in inspect.signature(function).parameters:
        bound = functools.partial(function, custom_config=dict(node.custom_config or {}))
        return functools.update_wrapper(bound, function)
    return function


def _check_splits(node: Transform) -> None:
    config = node.splits_config
    for field, splits in (("analyze", config.analyze), ("transform", config.transform or ())):
        for split in splits:
            if split not in node.examples.splits:
                raise UnknownNameError(
                    f'splits_config.{field} names a split that the examples lack: "{split}"',
                    name=split,
                    known=node.examples.splits,
                    at=node.examples.uri,
                )
    for split in {*config.analyze, *(config.transform or node.examples.splits)}:
        if not any(Path(node.examples.split_uri(split)).iterdir()):
            raise DataError(f'split "{split}" has no examples', at=node.examples.split_uri(split))


def _read_schema(schema: Schema) -> schema_pb2.Schema:
    path = Path(schema.uri, "schema.pbtxt")
    try:
        return _parse_schema(path)
    except text_format.ParseError as error:
        raise DataError(f"not a schema: {error}", at=str(path)) from error


def _parse_schema(path: Path) -> schema_pb2.Schema:
    return text_format.Parse(path.read_text(encoding="utf-8"), schema_pb2.Schema())


def _inferred_schema(examples: Examples, context: ExecutionContext) -> schema_pb2.Schema:
    found = [
        (split, str(path)) for split in examples.splits for path in sorted(Path(examples.split_uri(split)).iterdir())
    ]
    files = [InputFile(index=index, split=split, path=path) for index, (split, path) in enumerate(found)]
    reports = f"{context.temp_dir}/presence.json"
    with context.beam_pipeline() as pipeline:
        # A pipeline of its own, of four light transforms: tfx_bsl's source would cost twenty for each split.
        _ = (
            pipeline
            | "Files" >> beam.Create(files)
            | "Spread" >> beam.Reshuffle()
            | "Summarize" >> beam.ParDo(SummarizeFile())
            | "Save" >> SaveReports(reports)
        )
    splits = {split: Presence() for split in examples.splits}
    for report in load_reports(reports):
        splits[report["split"]].merge(Presence.from_plain(report["presence"]))
    return infer_schema(splits)


def _adapter_config(examples: Examples, schema: schema_pb2.Schema) -> TensorAdapterConfig:
    try:
        return _records(examples, examples.splits[:1], schema).TensorAdapterConfig()
    except ValueError as error:
        raise DataError(f"the schema cannot be turned into tensors: {error}") from error


def _read(
    pipeline: beam.Pipeline, examples: Examples, split: str, schema: schema_pb2.Schema | None, label: str
) -> PCollection:
    return pipeline | label >> _records(examples, [split], schema).BeamSource(BATCH_SIZE)


def _records(examples: Examples, splits: Sequence[str], schema: schema_pb2.Schema | None) -> TFExampleRecord:
    patterns = [str(Path(examples.split_uri(split), "*")) for split in splits]
    return TFExampleRecord(patterns, schema=schema, telemetry_descriptors=["Transform"])
