from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from penstock.artifacts import (
    Artifact,
    Boolean,
    Bytes,
    Examples,
    Float,
    Integer,
    JsonValue,
    Model,
    ModelBlessing,
    Schema,
    String,
    TransformGraph,
    ValueArtifact,
)
from penstock.dsl.tree import TreeDigest
from penstock.errors import ArtifactError, DefinitionError, StorageError


class Embeddings(Artifact):
    dimensions: int = 0
    mean: float
    source: str = "a"


def test_typed_properties_of_a_type_and_its_bases() -> None:
    class Fine(Embeddings):
        grain: int = 1

    assert Fine.property_types() == {"dimensions": "int", "mean": "float", "source": "text", "grain": "int"}
    assert Embeddings("x").properties == {"dimensions": 0, "source": "a"}
    assert Embeddings("x", properties={"mean": 0.5}).properties["mean"] == 0.5


def test_a_property_of_another_type_is_refused() -> None:
    class Bad(Artifact):
        names: list[str]

    with pytest.raises(DefinitionError, match='artifact type "Bad", property "names"'):
        Bad.property_types()


@pytest.mark.parametrize("name", ["uri", "id", "digest", "identity", "bytes"])
def test_property_names_that_are_taken(name: str) -> None:
    with pytest.raises(DefinitionError, match="is taken"):
        type("Bad", (Artifact,), {"__annotations__": {name: int}})


def test_bytes_of_a_folder_and_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"123")
    (tmp_path / "y").write_bytes(b"45")
    assert Model(str(tmp_path)).bytes == 5
    assert Model(str(tmp_path / "y")).bytes == 2


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Integer, 5),
        (Float, 0.5),
        (Float, -math.inf),
        (String, "grün\n"),
        (Boolean, False),
        (Bytes, b"\x00\xff"),
        (JsonValue, {"b": [1, None], "a": "x"}),
        (JsonValue, None),
    ],
)
def test_a_value_comes_back(tmp_path: Path, kind: type[ValueArtifact], value: Any) -> None:
    artifact = kind(str(tmp_path))
    artifact.value = value
    artifact.verify()
    found = kind(str(tmp_path)).value
    assert (type(found), found) == (type(value), value)


def test_nan_comes_back(tmp_path: Path) -> None:
    artifact = Float(str(tmp_path))
    artifact.value = math.nan
    assert math.isnan(artifact.value)


def test_an_int_becomes_a_float(tmp_path: Path) -> None:
    artifact = Float(str(tmp_path))
    artifact.value = 3
    assert isinstance(artifact.value, float)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Integer, "5"),
        (Integer, True),
        (Float, "x"),
        (String, 5),
        (Boolean, 1),
        (Bytes, "x"),
        (JsonValue, {1, 2}),
        (JsonValue, math.nan),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, kind: type[ValueArtifact], value: Any) -> None:
    artifact = kind(str(tmp_path))
    with pytest.raises(ArtifactError, match=f"value of a {kind.type_name()}"):
        artifact.value = value


def test_equal_values_have_equal_bytes(tmp_path: Path) -> None:
    for name, value in {"a": {"x": 1, "y": 2}, "b": {"y": 2, "x": 1}}.items():
        (tmp_path / name).mkdir()
        JsonValue(str(tmp_path / name)).value = value
    assert TreeDigest.of(tmp_path / "a").digest == TreeDigest.of(tmp_path / "b").digest


def test_a_value_that_was_not_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="Integer has no value"):
        _ = Integer(str(tmp_path)).value


def test_a_removed_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="was removed"):
        Model.__mro__[-2](str(tmp_path / "gone")).verify()


def test_splits_have_folders(tmp_path: Path) -> None:
    examples = Examples(str(tmp_path))
    with pytest.raises(ArtifactError, match="names no split"):
        examples.verify()
    examples.splits = ["train", "eval"]
    assert examples.properties["split_names"] == '["train", "eval"]'
    with pytest.raises(ArtifactError, match="lacks Split-train"):
        examples.verify()
    for name in examples.splits:
        (tmp_path / f"Split-{name}").mkdir()
    examples.verify()
    assert examples.split_uri("eval") == str(tmp_path / "Split-eval")
    with pytest.raises(ArtifactError, match=r'no split "test"(?s:.*)train, eval'):
        examples.split_uri("test")


def test_a_model_must_hold_a_saved_model(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"fn_args.serving_model_dir"):
        Model(str(tmp_path)).verify()


@pytest.mark.parametrize("kind", [Schema, TransformGraph])
def test_what_a_standard_type_must_hold(tmp_path: Path, kind: type[Artifact]) -> None:
    with pytest.raises(ArtifactError, match=f"{kind.type_name()} lacks"):
        kind(str(tmp_path)).verify()


@pytest.mark.parametrize("kind", [Model, TransformGraph])
def test_the_identity_of_saved_models_leaves_random_fingerprints_out(tmp_path: Path, kind: type[Artifact]) -> None:
    identities, digests = set(), set()
    for fingerprint in (b"1", b"2"):
        (tmp_path / "saved_model.pb").write_bytes(b"graph")
        (tmp_path / "fingerprint.pb").write_bytes(fingerprint)
        tree = TreeDigest.of(tmp_path)
        digests.add(tree.digest)
        identities.add(kind(str(tmp_path)).compute_identity(tree))
    assert (len(identities), len(digests)) == (1, 2)


def test_the_identity_of_a_blessing_is_verdict_and_model(tmp_path: Path) -> None:
    (tmp_path / "blessing.json").write_text("{}")
    tree = TreeDigest.of(tmp_path)
    yes, no = (ModelBlessing(str(tmp_path), properties={"blessed": b, "model_identity": "m"}) for b in (1, 0))
    assert yes.compute_identity(tree) == "blessing:1:m"
    assert yes.compute_identity(tree) != no.compute_identity(tree)


def test_the_identity_of_other_types_is_the_digest(tmp_path: Path) -> None:
    tree = TreeDigest.of(tmp_path)
    assert Schema(str(tmp_path)).compute_identity(tree) == tree.digest


def test_a_tree_digest_knows_names_sizes_and_bytes(tmp_path: Path) -> None:
    seen = set()
    for name, data in [("a/x", b"1"), ("a/y", b"1"), ("b", b"1"), ("b", b"12")]:
        folder = tmp_path / str(len(seen))
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(data)
        tree = TreeDigest.of(folder)
        assert [(file.path, file.size) for file in tree.files] == [(name, len(data))]
        assert tree.bytes == len(data)
        seen.add(tree.digest)
    assert len(seen) == 4


def test_a_tree_digest_does_not_know_modes_times_and_empty_folders(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")
    before = TreeDigest.of(tmp_path).digest
    (tmp_path / "empty").mkdir()
    (tmp_path / "x").chmod(0o600)
    assert TreeDigest.of(tmp_path).digest == before


def test_files_are_digested_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ["b", "a/c", "a.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [file.path for file in TreeDigest.of(tmp_path).files] == ["a.txt", "a/c", "b"]


def test_a_single_file_has_a_digest(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"1")
    assert [file.path for file in TreeDigest.of(tmp_path / "x").files] == [""]


@pytest.mark.parametrize("place", ["link", "a/link"])
def test_a_link_is_refused(tmp_path: Path, place: str) -> None:
    top = tmp_path / "top"
    (top / place).parent.mkdir(parents=True, exist_ok=True)
    (top / place).symlink_to(tmp_path)
    with pytest.raises(StorageError, match="a symbolic link cannot be digested"):
        TreeDigest.of(top)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read: No such file") as error:
        TreeDigest.of(tmp_path / "gone")
    assert error.value.at == str(tmp_path / "gone")
