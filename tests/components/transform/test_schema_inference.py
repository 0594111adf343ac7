from __future__ import annotations

import json

import pyarrow as pa
import pytest
from google.protobuf import text_format

from penstock.components.transform.schema_inference import Presence, infer_schema
from penstock.errors import DataError


def presence(**columns: list[list[object] | None]) -> Presence:
    found = Presence()
    found.add_batch(pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in columns.items()}))
    return found


def shape_of(splits: dict[str, Presence], name: str) -> str:
    feature = next(feature for feature in infer_schema(splits).feature if feature.name == name)
    return text_format.MessageToString(feature.shape, as_one_line=True) if feature.HasField("shape") else "sparse"


def test_one_value_in_every_example_is_dense() -> None:
    assert shape_of({"train": presence(x=[[1], [2]]), "eval": presence(x=[[3]])}, "x") == "dim { size: 1 }"


def test_the_same_number_of_values_in_every_example_is_dense() -> None:
    assert shape_of({"train": presence(x=[[1, 2], [3, 4]])}, "x") == "dim { size: 2 }"


@pytest.mark.parametrize("missing", [None, []])
def test_a_missing_value_makes_it_sparse(missing: list[int] | None) -> None:
    assert shape_of({"train": presence(x=[[1], missing])}, "x") == "sparse"


def test_another_number_of_values_makes_it_sparse() -> None:
    assert shape_of({"train": presence(x=[[1], [1, 2]])}, "x") == "sparse"


def test_absence_from_one_split_makes_it_sparse() -> None:
    assert shape_of({"train": presence(x=[[1]]), "eval": presence(y=[[1]])}, "x") == "sparse"


def test_absence_from_one_batch_makes_it_sparse() -> None:
    found = presence(x=[[1]], y=[[1]])
    found.merge(presence(y=[[1]]))
    assert shape_of({"train": found}, "x") == "sparse"


def test_a_feature_that_never_has_a_value_is_left_out() -> None:
    assert [feature.name for feature in infer_schema({"train": presence(x=[[1]], never=[None])}).feature] == ["x"]


def test_order_is_by_name() -> None:
    assert [f.name for f in infer_schema({"t": presence(b=[[1]], a=[[b"x"]], c=[[2]])}).feature] == ["a", "b", "c"]


def test_two_types_are_refused() -> None:
    with pytest.raises(DataError, match="several types"):
        infer_schema({"train": presence(x=[[1]]), "eval": presence(x=[[b"one"]])})


def test_presence_survives_json() -> None:
    found = presence(x=[[1], None], y=[[b"a"], [b"b", b"c"]])
    assert Presence.from_plain(json.loads(json.dumps(found.plain()))) == found
