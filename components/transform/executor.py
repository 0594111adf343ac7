"""Analyses and transforms Examples with tensorflow_transform over Beam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io
from tfx_bsl.public.tfxio import TFExampleRecord

from penstock.components.transform.component import Transform
from penstock.components.transform.encoding import EncodeBatches
from penstock.components.transform.schema_inference import SummarizePresence, Presence, infer_schema
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import Examples
from penstock.dsl.tfrecord import identity_of_splits
from penstock.dsl.user_code import load_user_function
from penstock.examples.beam import SaveSum, WriteExamples, load_sum
from penstock.errors import DataError

__all__ = ["TransformExecutor"]

BATCH_SIZE = 1000
"""Rows a batch: fixed, because sums of floats, and so the transform graph's bytes, depend on it."""


class TransformExecutor:
    """Runs the user's `preprocessing_fn`."""

    def run(self, node: Transform, context: ExecutionContext) -> None:
        """Transforms."""
        function = _preprocessing_fn(node, context)
        schema = _schema(node, context)
        analyze = node.splits_config.analyze
        transform = node.splits_config.transform or tuple(node.examples.splits)
        with (
            context.beam_pipeline() as pipeline,
            tft_beam.Context(temp_dir=context.temp_dir, use_deep_copy_optimization=True, force_tf_compat_v1=False),
        ):
            source = _source(node.examples, analyze, schema)
            data = pipeline | "Analyze" >> source.BeamSource(batch_size=BATCH_SIZE)
            config = source.TensorAdapterConfig()
            transform_fn = (data, config) | tft_beam.AnalyzeDataset(function)
            _ = transform_fn | tft_beam.WriteTransformFn(node.transform_graph.uri)
            for split in transform:
                data = pipeline | f"Read[{split}]" >> _source(node.examples, [split], schema).BeamSource(BATCH_SIZE)
                batches, _ = ((data, config), transform_fn) | f"Transform[{split}]" >> tft_beam.TransformDataset(
                    output_record_batches=True
                )
                folder = Path(node.transformed_examples.uri, f"Split-{split}")
                _ = (
                    batches
                    | f"Encode[{split}]" >> EncodeBatches()
                    | f"Write[{split}]" >> WriteExamples(str(folder))
                    | f"Sum[{split}]" >> SaveSum(f"{context.temp_dir}/{split}.sum")
                )
        metadata_io.write_metadata(
            dataset_metadata.DatasetMetadata(schema), str(Path(node.transform_graph.uri, "metadata"))
        )
        sums = {split: load_sum(f"{context.temp_dir}/{split}.sum") for split in transform}
        node.transformed_examples.splits = list(transform)
        node.transformed_examples.identity = identity_of_splits(sums)


def _preprocessing_fn(node: Transform, context: ExecutionContext) -> Callable[..., Any]:
    path, name = node.module_file, "preprocessing_fn"
    if node.preprocessing_fn:
        path, _, name = node.preprocessing_fn.rpartition(":")
    return load_user_function(path, name, context.project)


def _schema(node: Transform, context: ExecutionContext) -> schema_pb2.Schema:
    if node.schema:
        return text_format.Parse(Path(node.schema.uri, "schema.pbtxt").read_text(), schema_pb2.Schema())
    paths = {split: f"{context.temp_dir}/{split}.presence" for split in node.examples.splits}
    with context.beam_pipeline() as pipeline:
        for split, path in paths.items():
            _ = (
                pipeline
                | f"Read[{split}]" >> _source(node.examples, [split], None).BeamSource(batch_size=BATCH_SIZE)
                | f"Summarize[{split}]" >> beam.CombineGlobally(SummarizePresence())
                | f"Keep[{split}]" >> beam.Map(Presence.save, path)
            )
    return infer_schema({split: Presence.load(path) for split, path in paths.items()})


def _source(examples: Examples, splits: Sequence[str], schema: schema_pb2.Schema | None) -> TFExampleRecord:
    patterns = [str(Path(examples.split_uri(split), "*")) for split in splits]
    return TFExampleRecord(patterns, schema=schema, telemetry_descriptors=["Transform"])
