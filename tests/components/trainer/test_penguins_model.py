"""The shipped model module, from raw examples to a servable model, and a TFX module as TFX's users write them."""

from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf

from penstock.artifacts import Examples
from penstock.components import Trainer, Transform
from penstock.testing import NodeResult, run_node
from tests.components.transform.conftest import PENGUINS, make_examples, penguins

__all__ = ["make_examples", "penguins"]  # fixtures

# What TFX modules do on legacy Keras: the transform layer on the model, and Keras's own saving with signatures.
LEGACY = """
import tensorflow as tf
import tensorflow_transform as tft
from tfx_bsl.public import tfxio

def run_fn(fn_args):
    output = tft.TFTransformOutput(fn_args.transform_output)
    options = tfxio.TensorFlowDatasetOptions(batch_size=20, label_key="species_id")
    train = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options, output.transformed_metadata.schema)
    inputs = {"features": tf.keras.layers.Input(shape=(9,), name="features")}
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(3, activation="softmax")(inputs["features"]))
    model.compile(optimizer=tf.keras.optimizers.Adam(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train, steps_per_epoch=fn_args.train_steps, verbose=0)
    model.tft_layer = output.transform_features_layer()

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(examples):
        spec = output.raw_feature_spec()
        spec.pop("species")
        return {"outputs": model(model.tft_layer(tf.io.parse_example(examples, spec)))}

    model.save(fn_args.serving_model_dir, save_format="tf", signatures={"serving_default": serve})
"""


@pytest.fixture
def transformed(penguins: Examples) -> NodeResult:
    return run_node(Transform, {"examples": penguins}, {"module_file": "model.py"}, project=PENGUINS)


def serialized(examples: Examples, split: str) -> list[bytes]:
    files = [str(path) for path in Path(examples.split_uri(split)).iterdir()]
    return [record.numpy() for record in tf.data.TFRecordDataset(files, "GZIP")]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:Your input ran out of data:UserWarning")
@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")
def test_the_penguins_model_serves_raw_examples(penguins: Examples, transformed: NodeResult) -> None:
    inputs = {
        "examples": transformed.outputs["transformed_examples"],
        "transform_graph": transformed.outputs["transform_graph"],
    }
    params = {"module_file": "model.py", "train_args": {"num_steps": 500}, "keras": 3}
    result = run_node(Trainer, inputs, params, project=PENGUINS)
    served = tf.saved_model.load(result.outputs["model"].serving_uri).signatures
    raw = tf.constant(serialized(penguins, "eval"))
    predicted = tf.argmax(served["serving_default"](examples=raw)["probabilities"], axis=1)
    labels = served["transform_features"](examples=raw)["species_id"][:, 0]
    assert tf.reduce_mean(tf.cast(predicted == labels, tf.float32)) >= 0.95


@pytest.mark.long
def test_a_tfx_module_runs_on_legacy_keras(
    penguins: Examples,
    transformed: NodeResult,
    tmp_path: Path,
) -> None:
    (tmp_path / "legacy").mkdir()
    (tmp_path / "legacy" / "legacy_model.py").write_text(LEGACY)
    inputs = {
        "examples": transformed.outputs["transformed_examples"],
        "transform_graph": transformed.outputs["transform_graph"],
    }
    params = {"module_file": "legacy_model.py", "train_args": {"num_steps": 50}}
    result = run_node(Trainer, inputs, params, project=tmp_path / "legacy")
    served = tf.saved_model.load(result.outputs["model"].serving_uri).signatures["serving_default"]
    assert served(examples=tf.constant(serialized(penguins, "eval")))["outputs"].shape == [115, 3]
