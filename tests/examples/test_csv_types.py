"""Column types by TFX's rules, against tfx-bsl's own inference."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx_bsl.coders.csv_decoder import ColumnType as TfxType
from tfx_bsl.coders.csv_decoder import ColumnTypeInferrer

from penstock.examples.csv_types import ColumnType, encode, widen

TFX = {TfxType.UNKNOWN: "MISSING", TfxType.INT: "INT", TfxType.FLOAT: "FLOAT", TfxType.STRING: "BYTES"}
PIECES = ["0", "1", "7", "9" * 18, ".", "-", "+", "e", "E", "_", "x", "X", " ", "nan", "inf", "(", ")", "a", "٣", "\t"]
CELLS = st.lists(st.sampled_from(PIECES), max_size=5).map("".join) | st.floats().map(repr) | st.integers().map(str)


def of(*cells):
    return widen(ColumnType.MISSING, pa.array(cells, pa.string()))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", None], ColumnType.INT),
        (["007"], ColumnType.INT),
        (["+5"], ColumnType.INT),
        (["1_000"], ColumnType.INT),
        ([" 5"], ColumnType.INT),
        (["1", "2.5"], ColumnType.FLOAT),
        (["1e5"], ColumnType.FLOAT),
        (["nan", "-Infinity"], ColumnType.FLOAT),
        (["nan(1)"], ColumnType.BYTES),
        (["0x1F"], ColumnType.BYTES),
        (["9223372036854775807"], ColumnType.INT),
        (["9223372036854775808"], ColumnType.BYTES),
        (["0.5", "9223372036854775808"], ColumnType.BYTES),
        (["0.5", "0000000000000000000001"], ColumnType.FLOAT),
        (["true"], ColumnType.BYTES),
        (["2026-11-22"], ColumnType.BYTES),
        (["12:30:00"], ColumnType.BYTES),
        (["٣"], ColumnType.BYTES),
        ([" "], ColumnType.BYTES),
        ([None, None], ColumnType.MISSING),
        ([], ColumnType.MISSING),
    ],
)
def test_type_of_a_column(cells, expected):
    assert of(*cells) is expected


@given(st.lists(CELLS, min_size=1, max_size=6))
@settings(max_examples=500, deadline=None)
def test_types_are_tfx_types(cells):
    inferrer = ColumnTypeInferrer(column_names=["c"], skip_blank_lines=True)
    accumulator = inferrer.create_accumulator()
    for cell in cells:
        accumulator = inferrer.add_input(accumulator, [cell.encode()])
    expected = TFX[inferrer.extract_output(accumulator)[0].type]
    assert of(*(cell or None for cell in cells)).name == expected


@given(st.lists(CELLS, min_size=1, max_size=6), st.integers(min_value=0, max_value=6))
@settings(max_examples=200, deadline=None)
def test_the_order_of_batches_does_not_matter(cells, cut):
    values = [cell or None for cell in cells]
    parts = [pa.array(values[:cut], pa.string()), pa.array(values[cut:], pa.string())]
    one_way = widen(widen(ColumnType.MISSING, parts[0]), parts[1])
    assert one_way is widen(widen(ColumnType.MISSING, parts[1]), parts[0])
    assert one_way is of(*values)


def test_whatever_type_was_found_can_be_encoded():
    batch = pa.RecordBatch.from_pydict({"a": ["+5", "1_000", None], "b": ["1e999", " 2 ", "nan"], "c": [None] * 3})
    types = {name: widen(ColumnType.MISSING, batch.column(name)) for name in "ab"} | {"c": ColumnType.MISSING}
    assert types["a"] is ColumnType.INT
    assert types["b"] is ColumnType.FLOAT
    assert len(next(iter(encode(batch, types)))) == 3


def test_a_value_of_another_type_is_refused():
    batch = pa.RecordBatch.from_pydict({"a": ["text"]})
    with pytest.raises(ValueError, match="text"):
        list(encode(batch, {"a": ColumnType.INT}))
