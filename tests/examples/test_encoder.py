"""Our layout of tf.Example against protobuf's and tfx-bsl's."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.examples.canonical import canonical
from penstock.examples.encoder import encode_examples

INT64 = st.integers(min_value=-(2**63), max_value=2**63 - 1)
COLUMNS = st.sampled_from(
    [(pa.int64(), INT64), (pa.float32(), st.floats(width=32)), (pa.binary(), st.binary(max_size=300))]
)


@st.composite
def tables(draw):
    rows = draw(st.integers(min_value=1, max_value=6))
    names = draw(st.lists(st.text(min_size=1, max_size=200), max_size=5, unique=True).filter(encodable))
    table = {}
    for name in names:
        kind, values = draw(COLUMNS)
        table[name] = pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), kind)
    return table, rows


def encodable(names):
    return not any("\ud800" <= letter <= "\udfff" for name in names for letter in name)


@given(tables())
@settings(max_examples=150, deadline=None)
def test_bytes_are_protobufs_deterministic_form(table):
    columns, rows = table
    records = [record for batch in encode_examples(columns, rows) for record in batch]
    assert len(records) == rows
    assert canonical(records) == records


@given(tables())
@settings(max_examples=50, deadline=None)
def test_tfx_bsl_reads_the_same_values(table):
    columns, rows = table
    records = [record for batch in encode_examples(columns, rows) for record in batch]
    decoded = ExamplesToRecordBatchDecoder().DecodeBatch(records)
    assert decoded.num_rows == rows
    for name, column in columns.items():
        if "\0" in name:
            continue  # tfx-bsl ends a name at its first NUL; CsvExampleGen refuses such a header
        if column.null_count == rows:
            assert name not in decoded.schema.names
            continue
        expected = [None if value is None else [value] for value in column.to_pylist()]
        assert repr(decoded.column(name).to_pylist()) == repr(expected)


def test_long_values_get_long_lengths():
    column = pa.array([b"x" * size for size in (0, 1, 126, 127, 128, 16383, 16384, 2_000_000)], pa.binary())
    records = next(iter(encode_examples({"k" * 130: column}, len(column))))
    assert canonical(records) == records
    assert max(map(len, records)) > 2_000_000


def test_more_rows_than_one_batch_keep_their_order():
    column = pa.array(range(20_000), pa.int64())
    batches = list(encode_examples({"n": column}, 20_000))
    assert len(batches) > 1
    assert [record for batch in batches for record in batch] == [
        record
        for start in range(0, 20_000, 7)
        for batch in encode_examples({"n": column.slice(start, 7)}, len(column.slice(start, 7)))
        for record in batch
    ]


def test_no_column_gives_examples_without_features():
    assert list(encode_examples({}, 2)) == [[b"\n\x00", b"\n\x00"]]


def test_a_name_that_begins_another_stands_where_protobuf_puts_it():
    names = ["t", "t0", "t00", "a", "ab", "b"]
    records = next(iter(encode_examples({name: pa.array([1]) for name in names}, 1)))
    assert canonical(records) == records
