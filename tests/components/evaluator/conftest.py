from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from penstock.artifacts import Examples, Model, Schema
from penstock.dsl.tree import TreeDigest

ISLANDS = ("Biscoe", "Dream", "Torgersen")

SCHEMA = """
feature { name: "x" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "label" type: INT presence { min_fraction: 1 } shape { dim { size: 1 } } }
feature { name: "island" type: BYTES presence { min_fraction: 1 } shape { dim { size: 1 } } }
"""


class Threshold(tf.Module):
    """Predicts class 1 for x above a limit; no Keras anywhere."""

    def __init__(self, limit: float) -> None:
        super().__init__()
        self.limit = tf.Variable(limit)

    def _parse(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return tf.io.parse_example(
            examples, {"x": tf.io.FixedLenFeature([1], tf.float32), "label": tf.io.FixedLenFeature([1], tf.int64)}
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        x = self._parse(examples)["x"][:, 0]
        one = tf.sigmoid(100.0 * (x - self.limit))
        return {"probabilities": tf.stack([1.0 - one, one], axis=1)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def score(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"score": tf.sigmoid(self._parse(examples)["x"] - self.limit)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def transform_features(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"label_xf": self._parse(examples)["label"]}


def save_model(uri: Path, limit: float) -> Model:
    module = Threshold(limit)
    signatures = {
        "serving_default": module.serve,
        "score": module.score,
        "transform_features": module.transform_features,
    }
    tf.saved_model.save(module, str(uri / "Format-Serving"), signatures=signatures)
    tree = TreeDigest.of(uri)
    return Model(str(uri), id=uri.name, digest=tree.digest, identity=Model(str(uri)).compute_identity(tree))


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Model]:
    """SavedModels that answer class 1 for x > limit; the right limit is 0."""
    made: dict[float, Model] = {}

    def make(limit: float) -> Model:
        if limit not in made:
            made[limit] = save_model(tmp_path_factory.mktemp("model"), limit)
        return made[limit]

    return make


def _example(index: int) -> bytes:
    x = (index % 100 - 49.5) / 50
    feature = {
        "x": tf.train.Feature(float_list=tf.train.FloatList(value=[x])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(x > 0)])),
        # Dream holds the examples near the limit, so that a wrong limit hurts there.
        "island": tf.train.Feature(
            bytes_list=tf.train.BytesList(value=[ISLANDS[1 if abs(x) < 0.3 else 2 * (index % 2)].encode()])
        ),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """200 examples in `eval`, 100 in `test`, none in `empty`."""
    uri = tmp_path_factory.mktemp("examples")
    for split, count in {"eval": 200, "test": 100, "empty": 0}.items():
        folder = uri / f"Split-{split}"
        folder.mkdir()
        options = tf.io.TFRecordOptions(compression_type="GZIP")
        with tf.io.TFRecordWriter(str(folder / "data-00000.gz"), options) as writer:
            for index in range(count):
                writer.write(_example(index))
    return Examples(str(uri), identity="examples", properties={"split_names": '["eval", "test", "empty"]'})


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    uri = tmp_path_factory.mktemp("schema")
    (uri / "schema.pbtxt").write_text(SCHEMA)
    return Schema(str(uri))
