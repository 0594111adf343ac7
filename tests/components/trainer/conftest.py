from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from penstock.artifacts import Examples, Schema
from penstock.examples.writer import ExampleWriter

SCHEMA = "".join(
    f'feature {{ name: "{name}" type: FLOAT presence {{ min_fraction: 1 }} shape {{ dim {{ size: 1 }} }} }}\n'
    for name in ("x", "y")
)

# What the modules of the tests begin with: y = 2 x, read as a TFX module reads it.
READING = """
from pathlib import Path
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from google.protobuf import text_format
from tfx_bsl.public import tfxio

def data(fn_args, files, epochs=None):
    schema = text_format.Parse(Path(fn_args.schema_path).read_text(), schema_pb2.Schema())
    options = tfxio.TensorFlowDatasetOptions(batch_size=8, num_epochs=epochs, label_key="y")
    return fn_args.data_accessor.tf_dataset_factory(files, options, schema)

def save(fn_args):
    tf.saved_model.save(tf.Module(), fn_args.serving_model_dir)
"""


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Examples | Schema]:
    """64 examples to train on, 16 to validate on, and their schema."""
    for split, rows in {"train": range(64), "eval": range(64, 80)}.items():
        with ExampleWriter(tmp_path / "examples" / f"Split-{split}") as writer:
            for row in rows:
                values = {"x": row / 64, "y": row / 32}
                features = {k: tf.train.Feature(float_list=tf.train.FloatList(value=[v])) for k, v in values.items()}
                writer.write([tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()])
    examples = Examples(str(tmp_path / "examples"))
    examples.splits = ["train", "eval"]
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text(SCHEMA)
    return {"examples": examples, "schema": Schema(str(tmp_path / "schema"))}


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], str]:
    """Makes a project with one module, `net.py`."""

    def make(source: str) -> str:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "net.py").write_text(READING + source)
        return str(folder)

    return make
