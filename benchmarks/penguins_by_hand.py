"""The floor: the penguins pipeline as a script that calls the same libraries, with nothing kept, checked or reused.

Usage: python benchmarks/penguins_by_hand.py FOLDER
"""

from __future__ import annotations

import glob
import hashlib
import importlib.util
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import apache_beam as beam
import pyarrow as pa
import pyarrow.csv
import tensorflow as tf
import tensorflow_model_analysis as tfma
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.options.pipeline_options import PipelineOptions
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder
from tfx_bsl.public.tfxio import TensorFlowDatasetOptions, TFExampleRecord

PIPELINE = Path(__file__).parent.parent / "pipelines" / "penguins"
FLOATS = ("bill_length_mm", "bill_depth_mm")
INTEGERS = ("flipper_length_mm", "body_mass_g", "year")
TEXTS = ("species", "island", "sex")
MISSING = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex")


def write_examples(folder: Path) -> None:
    table = pyarrow.csv.read_csv(
        PIPELINE / "data" / "penguins.csv",
        convert_options=pyarrow.csv.ConvertOptions(null_values=["NA", ""], strings_can_be_null=True),
    ).combine_chunks()
    columns = []
    for name in table.column_names:
        kind = pa.float32() if name in FLOATS else pa.int64() if name in INTEGERS else pa.binary()
        values = table[name].cast(kind).combine_chunks()
        columns.append(pa.array([None if value is None else [value] for value in values.to_pylist()], pa.list_(kind)))
    records = RecordBatchToExamplesEncoder().encode(pa.RecordBatch.from_arrays(columns, table.column_names))
    writers = {}
    for split in ("train", "eval"):
        path = folder / f"Split-{split}"
        path.mkdir(parents=True)
        writers[split] = tf.io.TFRecordWriter(str(path / "data.gz"), "GZIP")
    for record in records:
        bucket = int.from_bytes(hashlib.sha256(record).digest()[:8]) % 3
        writers["train" if bucket < 2 else "eval"].write(record)
    for writer in writers.values():
        writer.close()


def transform(examples: Path, graph: Path, output: Path, preprocessing_fn: object) -> None:
    text = ""
    for kind, names in (("FLOAT", FLOATS), ("INT", INTEGERS), ("BYTES", TEXTS)):
        for name in names:
            dense = "presence { min_fraction: 1 } shape { dim { size: 1 } }"
            text += f'feature {{ name: "{name}" type: {kind} {"" if name in MISSING else dense} }}\n'
    schema = text_format.Parse(text, schema_pb2.Schema())
    options = PipelineOptions(["--runner=FnApiRunner", "--direct_running_mode=in_memory"])
    with beam.Pipeline(options=options) as pipeline, tft_beam.Context(temp_dir=str(output.parent / "temp")):
        source = TFExampleRecord(str(examples / "Split-train" / "*"), schema=schema, telemetry_descriptors=["Floor"])
        config = source.TensorAdapterConfig()
        data = pipeline | source.BeamSource(batch_size=1000)
        function = (data, config) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = function | tft_beam.WriteTransformFn(str(graph))
        for split in ("train", "eval"):
            source = TFExampleRecord(
                str(examples / f"Split-{split}" / "*"), schema=schema, telemetry_descriptors=["Floor"]
            )
            data = pipeline | f"Read{split}" >> source.BeamSource(batch_size=1000)
            batches, _ = ((data, config), function) | f"T{split}" >> tft_beam.TransformDataset(
                output_record_batches=True
            )
            _ = (
                batches
                | f"Encode{split}" >> beam.FlatMapTuple(lambda batch, _: RecordBatchToExamplesEncoder().encode(batch))
                | f"Write{split}"
                >> beam.io.WriteToTFRecord(str(output / f"Split-{split}" / "data"), file_name_suffix=".gz")
            )
    metadata_io.write_metadata(dataset_metadata.DatasetMetadata(schema), str(graph / "metadata"))


def evaluate(model: Path, examples: Path, output: Path) -> bool:
    config = text_format.Parse(
        """
        model_specs { label_key: "species_id" signature_name: "serving_default"
                      preprocessing_function_names: "transform_features" }
        slicing_specs {} slicing_specs { feature_keys: "island" }
        metrics_specs { metrics { class_name: "SparseCategoricalAccuracy"
                                  threshold { value_threshold { lower_bound { value: 0.95 } } } } }
        """,
        config_pb2.EvalConfig(),
    )
    source = TFExampleRecord(
        str(examples / "Split-eval" / "*"),
        raw_record_column_name=tfma.ARROW_INPUT_COLUMN,
        telemetry_descriptors=["Floor"],
    )
    options = PipelineOptions(["--runner=FnApiRunner", "--direct_running_mode=in_memory"])
    with beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | source.BeamSource(batch_size=1000)
            | tfma.ExtractEvaluateAndWriteResults(
                eval_shared_model=tfma.default_eval_shared_model(str(model), eval_config=config),
                eval_config=config,
                output_path=str(output),
            )
        )
    return tfma.load_validation_result(str(output)).validation_ok


def main() -> None:
    folder = Path(sys.argv[1])
    spec = importlib.util.spec_from_file_location("model", PIPELINE / "model.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    write_examples(folder / "examples")
    transform(folder / "examples", folder / "graph", folder / "transformed", module.preprocessing_fn)

    def dataset(pattern: list[str], options: TensorFlowDatasetOptions, schema: schema_pb2.Schema) -> tf.data.Dataset:
        return TFExampleRecord(pattern, schema=schema, telemetry_descriptors=["Floor"]).TensorFlowDataset(options)

    tf.keras.utils.set_random_seed(42)
    module.run_fn(
        SimpleNamespace(
            train_files=glob.glob(str(folder / "transformed" / "Split-train" / "*")),
            eval_files=glob.glob(str(folder / "transformed" / "Split-eval" / "*")),
            train_steps=500,
            eval_steps=None,
            transform_output=str(folder / "graph"),
            serving_model_dir=str(folder / "model"),
            data_accessor=SimpleNamespace(tf_dataset_factory=dataset),
        )
    )
    evaluate(folder / "model", folder / "examples", folder / "evaluation")
    shutil.copytree(folder / "model", folder / "serving" / "1")
    assert tft.TFTransformOutput(str(folder / "graph")).transformed_feature_spec()


if __name__ == "__main__":
    main()
