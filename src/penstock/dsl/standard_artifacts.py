"""The artifact types of the standard components. Layouts are TFX's, so that its readers find what they expect."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from penstock.dsl.artifact import Artifact, ValueArtifact
from penstock.dsl.tfrecord import examples_identity
from penstock.dsl.tree import TreeDigest
from penstock.errors import ArtifactError

__all__ = [
    "Boolean",
    "Bytes",
    "ExampleAnomalies",
    "ExampleStatistics",
    "Examples",
    "Float",
    "HyperParameters",
    "InferenceResult",
    "InfraBlessing",
    "Integer",
    "JsonValue",
    "Model",
    "ModelBlessing",
    "ModelEvaluation",
    "ModelRun",
    "PushedModel",
    "Schema",
    "String",
    "TransformCache",
    "TransformGraph",
    "TunerResults",
    "saved_model_identity",
]


def _require(artifact: Artifact, *names: str) -> None:
    for name in names:
        if not Path(artifact.uri, name).exists():
            raise ArtifactError(f"{artifact.type_name()} lacks {name}", at=artifact.uri)


class _Splits(Artifact):
    """Something that exists once a split, in the folder `Split-<name>`."""

    split_names: str = "[]"
    """JSON list of split names, as TFX stores it; use `splits`."""

    @property
    def splits(self) -> list[str]:
        """Names of the splits, in order."""
        names: list[str] = json.loads(self.split_names)
        return names

    @splits.setter
    def splits(self, names: Sequence[str]) -> None:
        self.split_names = json.dumps(list(names))

    def split_uri(self, split: str) -> str:
        """Folder of a split.

        Raises:
            ArtifactError: There is no such split.
        """
        if split not in self.splits:
            raise ArtifactError(
                f'{self.type_name()} has no split "{split}"', at=self.uri, expected=f"one of {', '.join(self.splits)}"
            )
        return str(Path(self.uri, f"Split-{split}"))

    def verify(self) -> None:
        """Every named split has its folder."""
        super().verify()
        if not self.splits:
            raise ArtifactError(f"{self.type_name()} names no split", at=self.uri, hint="set `.splits`")
        _require(self, *(f"Split-{name}" for name in self.splits))


class Examples(_Splits):
    """tf.Example records as gzip TFRecord: `Split-<name>/*.gz`.

    Identity: per split the count of records and the sum mod 2^256 of their sha256, so that shards, bundles, order and
    engine do not matter. A writer that has the sums sets `identity` itself (see `penstock.dsl.tfrecord`).
    """

    span: int = 0
    version: int = 0

    def compute_identity(self, tree: TreeDigest) -> str:  # noqa: ARG002 - records count here, not files
        """Reads the records, unless the writer already said what they are."""
        return self.identity or examples_identity({name: self.split_uri(name) for name in self.splits})


class ExampleStatistics(_Splits):
    """`Split-<name>/FeatureStats.pb`: tensorflow-metadata's DatasetFeatureStatisticsList of each split."""

    span: int = 0


class Schema(Artifact):
    """`schema.pbtxt`: tensorflow-metadata's Schema as text."""

    def verify(self) -> None:
        """The file is there."""
        _require(self, "schema.pbtxt")


class ExampleAnomalies(_Splits):
    """`Split-<name>/SchemaDiff.pb`: tensorflow-metadata's Anomalies of each split."""

    span: int = 0


def saved_model_identity(tree: TreeDigest) -> str:
    """Identity of a tree of SavedModels: all bytes but `fingerprint.pb`, which TensorFlow fills with random numbers."""
    return tree.without(lambda path: path.rsplit("/", 1)[-1] == "fingerprint.pb").digest


class _SavedModels(Artifact):
    def compute_identity(self, tree: TreeDigest) -> str:
        """All bytes but every SavedModel's `fingerprint.pb`."""
        return saved_model_identity(tree)


class TransformGraph(_SavedModels):
    """What tensorflow-transform wrote: `transform_fn`, `transformed_metadata`, `metadata`.

    Identity leaves out `fingerprint.pb`, which TensorFlow fills with random numbers.
    """

    def verify(self) -> None:
        """The three folders are there."""
        _require(self, "transform_fn/saved_model.pb", "transformed_metadata", "metadata")


class TransformCache(Artifact):
    """Analyzer cache of tensorflow-transform."""


class Model(_SavedModels):
    """`Format-Serving/`: the SavedModel to serve.

    Identity leaves out `fingerprint.pb`, which TensorFlow fills with random numbers.
    """

    @property
    def serving_uri(self) -> str:
        """Folder of the SavedModel to serve."""
        return str(Path(self.uri, "Format-Serving"))

    def verify(self) -> None:
        """The SavedModel is there."""
        if not Path(self.serving_uri, "saved_model.pb").exists():
            raise ArtifactError(
                "Model lacks Format-Serving/saved_model.pb",
                at=self.uri,
                hint="run_fn saves the model to fn_args.serving_model_dir",
            )


class ModelRun(Artifact):
    """Whatever training left beside the model, TensorBoard's event files first. Not stable: times are inside."""


class ModelEvaluation(Artifact):
    """TFMA's output, and `summary.json`, readable without TFMA. Not stable: TFMA's records differ every time."""


class ModelBlessing(Artifact):
    """A verdict on a model: `BLESSED` or `NOT_BLESSED`, and `blessing.json` with its reasons.

    Identity: the verdict and the identity of the model that it is about, not the figures.
    """

    blessed: int = 0
    model_identity: str = ""
    """The verdict is about the model with this identity."""
    baseline_identity: str = ""

    def compute_identity(self, tree: TreeDigest) -> str:  # noqa: ARG002 - the figures in the files are not stable
        """The verdict and the model."""
        return f"blessing:{self.blessed}:{self.model_identity}"


class InfraBlessing(Artifact):
    """A verdict on whether a model loads and answers in its serving infrastructure."""

    blessed: int = 0
    model_identity: str = ""


class PushedModel(Artifact):
    """`pushed.json`: where a model went, or why it did not."""

    pushed: int = 0
    pushed_version: str = ""
    pushed_destination: str = ""
    model_identity: str = ""


class HyperParameters(Artifact):
    """`hyperparameters.json`: KerasTuner's HyperParameters config, or a plain object of names and values."""


class TunerResults(Artifact):
    """All trials of a tuner."""


class InferenceResult(_Splits):
    """PredictionLog records of each split."""


class String(ValueArtifact):
    """A str."""

    value_type = str


class Integer(ValueArtifact):
    """An int."""

    value_type = int


class Float(ValueArtifact):
    """A float; nan and infinities are kept."""

    value_type = float


class Boolean(ValueArtifact):
    """A bool."""

    value_type = bool


class Bytes(ValueArtifact):
    """Bytes, stored as they are."""

    value_type = bytes

    @classmethod
    def _encode(cls, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise ArtifactError("value of a Bytes", received=f"{value!r}", expected="bytes")
        return value

    @classmethod
    def _decode(cls, data: bytes) -> bytes:
        return data


class JsonValue(ValueArtifact):
    """Anything that JSON can say."""

    value_type = object
