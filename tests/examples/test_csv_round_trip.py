"""Any table of ints, floats, text and missing values survives the way CSV -> text -> types -> records -> tfx-bsl."""

import csv

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.examples.csv_reader import read_header, read_text
from penstock.examples.csv_types import ColumnType, encode, widen


def _scalar(kind):
    text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
    return {"int": st.integers(-(2**63), 2**63 - 1), "float": st.floats(width=32, allow_nan=False), "text": text}[kind]


@st.composite
def tables(draw):
    kinds = draw(st.lists(st.sampled_from(["int", "float", "text"]), min_size=1, max_size=4))
    rows = draw(st.integers(min_value=1, max_value=8))
    return {
        f"c{n}": (kind, draw(st.lists(st.none() | _scalar(kind), min_size=rows, max_size=rows)))
        for n, kind in enumerate(kinds)
    }


@given(tables())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_survives(tmp_path, table):
    rows = len(next(iter(table.values()))[1])
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([*table, "marker"])
        for row in range(rows):
            writer.writerow(
                [*("" if values[row] is None else values[row] for _, values in table.values()), f"row {row}"]
            )
    path = str(tmp_path / "table.csv")
    header = read_header(path)
    batches = list(read_text(path, header, []))
    types = dict.fromkeys(header, ColumnType.MISSING)
    for batch in batches:
        types = {name: widen(known, batch.column(name)) for name, known in types.items()}
    records = [record for batch in batches for part in encode(batch, types) for record in part]
    found = ExamplesToRecordBatchDecoder().DecodeBatch(records).to_pylist()
    assert len(found) == rows
    for row in range(rows):
        assert found[row]["marker"] == [f"row {row}".encode()]
        for name, (kind, values) in table.items():
            got = (found[row].get(name) or [None])[0]
            value = values[row]
            if kind == "text" and isinstance(got, float | int):
                assert float(value) == pytest.approx(got, nan_ok=True) or abs(float(value)) > 3e38
            else:
                assert got == (None if value in (None, "") else value.encode() if kind == "text" else value)
