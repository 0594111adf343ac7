from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import tensorflow as tf

from penstock import pipelines
from penstock.artifacts import Examples, Schema
from penstock.examples.writer import ExampleWriter

Row = Mapping[str, object]
PENGUINS = Path(next(iter(pipelines.__path__)), "penguins")


def serialized(row: Row) -> bytes:
    """A tf.Example of a row: int, float, str, or a list of one of them."""
    features = {}
    for name, value in row.items():
        values = value if isinstance(value, list) else [value]
        if values and isinstance(values[0], str):
            features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[text.encode() for text in values]))
        elif values and isinstance(values[0], float):
            features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=values))
        else:
            features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString(deterministic=True)


@pytest.fixture
def make_examples(tmp_path: Path) -> Callable[..., Examples]:
    def make(splits: Mapping[str, Iterable[Row]], name: str = "examples", identity: str | None = None) -> Examples:
        for split, rows in splits.items():
            with ExampleWriter(tmp_path / name / f"Split-{split}") as writer:
                writer.write([serialized(row) for row in rows])
        examples = Examples(str(tmp_path / name), identity=identity)
        examples.splits = list(splits)
        return examples

    return make


@pytest.fixture
def make_schema(tmp_path: Path) -> Callable[[str], Schema]:
    def make(text: str) -> Schema:
        (tmp_path / "schema").mkdir()
        (tmp_path / "schema" / "schema.pbtxt").write_text(text)
        return Schema(str(tmp_path / "schema"))

    return make


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], str]:
    """Makes a project with one module, `prep.py`."""

    def make(source: str) -> str:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "prep.py").write_text("import tensorflow as tf\nimport tensorflow_transform as tft\n" + source)
        return str(folder)

    return make


@pytest.fixture
def penguins(make_examples: Callable[..., Examples]) -> Examples:
    """All 344 penguins in two splits, NA left out, as CsvExampleGen types them."""
    kinds = {"bill_length_mm": float, "bill_depth_mm": float, "flipper_length_mm": int, "body_mass_g": int, "year": int}
    with (PENGUINS / "data" / "penguins.csv").open() as file:
        rows = [
            {name: kinds.get(name, str)(text) for name, text in row.items() if text != "NA"}
            for row in csv.DictReader(file)
        ]
    return make_examples({"train": [row for i, row in enumerate(rows) if i % 3], "eval": rows[::3]})
