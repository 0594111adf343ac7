"""What `run_fn` is given, with TFX's attribute names, so that a TFX user's module runs unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.tfxio.dataset_options import RecordBatchesOptions, TensorFlowDatasetOptions
from tfx_bsl.tfxio.tf_example_record import TFExampleRecord

__all__ = ["DataAccessor", "FnArgs"]

FilePattern = str | Sequence[str]


def _dataset(
    file_pattern: FilePattern, options: TensorFlowDatasetOptions, schema: schema_pb2.Schema | None = None
) -> tf.data.Dataset:
    return _records(file_pattern, schema).TensorFlowDataset(options)


def _record_batches(
    file_pattern: FilePattern, options: RecordBatchesOptions, schema: schema_pb2.Schema | None = None
) -> Iterator[pa.RecordBatch]:
    batches: Iterator[pa.RecordBatch] = _records(file_pattern, schema).RecordBatches(options)
    return batches


def _records(file_pattern: FilePattern, schema: schema_pb2.Schema | None) -> TFExampleRecord:
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    return TFExampleRecord(patterns, schema=schema, telemetry_descriptors=["Trainer"])


@dataclass(frozen=True)
class DataAccessor:
    """Reads Examples without knowing how they are stored.

    Attributes:
        tf_dataset_factory: `(file_pattern, TensorFlowDatasetOptions, schema)` to a `tf.data.Dataset` of batches: dicts
            of `[batch, ...]` tensors by feature, or pairs with the label when the options name a `label_key`. It
            repeats for ever unless the options say `num_epochs`.
        record_batch_factory: `(file_pattern, RecordBatchesOptions, schema)` to an iterator of `pyarrow.RecordBatch`.
    """

    tf_dataset_factory: Callable[..., tf.data.Dataset] = _dataset
    record_batch_factory: Callable[..., Iterator[pa.RecordBatch]] = _record_batches


@dataclass(frozen=True, kw_only=True)
class FnArgs:
    """The argument of `run_fn`. The names are TFX's; all paths are absolute.

    Attributes:
        train_files: Patterns of the files to train on.
        eval_files: Patterns of the files to validate on.
        train_steps: Number of batches to train on, None for the module to decide.
        eval_steps: Number of batches to validate on, None for the module to decide.
        schema_path: The schema's file, None when no schema was wired.
        transform_graph_path: Folder of the transform graph (for `tft.TFTransformOutput`), None when none was wired.
        serving_model_dir: Where `run_fn` saves the SavedModel to serve.
        model_run_dir: Where it may log for TensorBoard.
        base_model: Folder of the SavedModel to start from, or None.
        hyperparameters: KerasTuner's config, or names and values, or None.
        custom_config: The component's `custom_config`.
        data_accessor: Reads the files.
        working_dir: An empty folder for what need not be kept.
    """

    train_files: list[str]
    eval_files: list[str]
    train_steps: int | None
    eval_steps: int | None
    schema_path: str | None
    transform_graph_path: str | None
    serving_model_dir: str
    model_run_dir: str
    base_model: str | None
    hyperparameters: Mapping[str, Any] | None
    custom_config: dict[str, Any]
    working_dir: str
    data_accessor: DataAccessor = DataAccessor()

    @property
    def schema_file(self) -> str | None:
        """The older name of `schema_path`."""
        return self.schema_path

    @property
    def transform_output(self) -> str | None:
        """The older name of `transform_graph_path`."""
        return self.transform_graph_path
