"""ImportExampleGen: what TensorFlow and others write comes in; damage and foreign records do not."""

import gzip
import struct
from pathlib import Path

import pyarrow as pa
import pytest
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from penstock.components.import_example_gen import ImportExampleGen
from penstock.dsl.tfrecord import read_records
from penstock.errors import DataError
from penstock.examples.config import Input, Output, SplitConfig
from penstock.examples.encoder import encode_examples
from penstock.examples.writer import frame
from penstock.testing import run_node

ONE_SPLIT = Output(split_config=SplitConfig(splits=[SplitConfig.Split(name="all", hash_buckets=1)]))
ROWS = 200
COLUMNS = {"n": pa.array(range(ROWS), pa.int64()), "t": pa.array([b"text"] * ROWS, pa.binary())}
RECORDS = next(iter(encode_examples(COLUMNS, ROWS)))


def generate(folder, **params):
    return run_node(ImportExampleGen, params={"input_base": ".", **params}, project=folder)


def refused(folder):
    with pytest.raises(DataError) as caught:
        generate(folder)
    return caught.value


def framed(records):
    return b"".join(map(frame, records))


def test_gzip_and_plain_files_give_the_same_examples(tmp_path):
    zipped, plain = tmp_path / "zipped", tmp_path / "plain"
    for folder in (zipped, plain):
        folder.mkdir()
    (zipped / "a.gz").write_bytes(gzip.compress(framed(RECORDS)))
    (plain / "1").write_bytes(framed(RECORDS[90:]))
    (plain / "2").write_bytes(framed(RECORDS[:90]))
    (plain / ".hidden").write_bytes(b"not a TFRecord")
    one, two = (generate(folder).outputs["examples"] for folder in (zipped, plain))
    assert one.identity == two.identity
    assert one.splits == ["train", "eval"]


def test_map_order_does_not_change_the_identity(tmp_path):
    batch = pa.RecordBatch.from_pydict(
        {f"f{number}": pa.array([[number]] * ROWS, pa.list_(pa.int64())) for number in range(8)}
    )
    identities = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_bytes(framed(RecordBatchToExamplesEncoder().encode(batch)))
        identities.add(generate(tmp_path / name, output_config=ONE_SPLIT).outputs["examples"].identity)
    assert (tmp_path / "one" / "a").read_bytes() != (tmp_path / "two" / "a").read_bytes()
    assert len(identities) == 1


def test_records_come_out_as_they_went_in(tmp_path):
    (tmp_path / "a").write_bytes(framed(RECORDS))
    result = generate(tmp_path, output_config=ONE_SPLIT)
    folder = Path(result.outputs["examples"].split_uri("all"))
    assert [record for path in sorted(folder.iterdir()) for record in read_records(path)] == RECORDS
    assert result.progress[-1] == {"note": "200 rows: all 200"}


def test_splits_by_pattern(tmp_path):
    (tmp_path / "train-0").write_bytes(framed(RECORDS[:150]))
    (tmp_path / "eval-0").write_bytes(framed(RECORDS[150:]))
    config = Input(splits=[Input.Split(name=name, pattern=f"{name}-*") for name in ("train", "eval")])
    assert generate(tmp_path, input_config=config).progress[-1] == {"note": "200 rows: train 150, eval 50"}


def test_a_record_larger_than_a_block(tmp_path):
    large = next(iter(encode_examples({"image": pa.array([b"x" * (3 << 20)], pa.binary())}, 1)))
    (tmp_path / "a").write_bytes(framed([RECORDS[0], *large, RECORDS[1]]))
    assert generate(tmp_path, output_config=ONE_SPLIT).progress[-1] == {"note": "3 rows: all 3"}


def test_a_flipped_bit_names_file_and_record(tmp_path):
    data = bytearray(framed(RECORDS))
    data[len(framed(RECORDS[:5])) + 20] ^= 1
    (tmp_path / "a").write_bytes(data)
    error = refused(tmp_path)
    assert error.at == str(tmp_path / "a")
    assert error.message == "record 6: wrong checksum"


def test_a_flipped_bit_in_a_length(tmp_path):
    data = bytearray(framed(RECORDS))
    data[len(framed(RECORDS[:5]))] ^= 1
    (tmp_path / "a").write_bytes(data)
    assert refused(tmp_path).message == "record 6: wrong checksum of the length"


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_plain_file_cut_short(tmp_path, cut):
    (tmp_path / "a").write_bytes(framed(RECORDS)[:-cut])
    assert refused(tmp_path).message == "cut short in record 200"


def test_a_gzip_file_cut_short(tmp_path):
    (tmp_path / "a").write_bytes(gzip.compress(framed(RECORDS))[:-20])
    error = refused(tmp_path)
    assert error.at == str(tmp_path / "a")
    assert "cannot be read" in error.message


@pytest.mark.parametrize("content", [b"a,b\n1,2\n3,4\n5,6\n", gzip.compress(b"some text that is no TFRecord")])
def test_another_kind_of_file(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    error = refused(tmp_path)
    assert error.message.startswith("record 1: ")
    assert "not a TFRecord" in error.hint


def test_a_record_of_random_bytes(tmp_path):
    (tmp_path / "a").write_bytes(framed([*RECORDS[:3], b"\xff\xfe random"]))
    assert refused(tmp_path).message == "record 4 is not a tf.Example"


def test_a_sequence_example_is_not_taken_for_an_example(tmp_path):
    feature_lists = b"\x12" + struct.pack("B", len(RECORDS[0])) + RECORDS[0]
    (tmp_path / "a").write_bytes(framed([RECORDS[0] + feature_lists]))
    assert refused(tmp_path).message == "record 1 is not a tf.Example"


def test_files_without_a_record_leave_the_splits_empty(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    error = refused(tmp_path)
    assert error.received == "0 rows, train: 0, eval: 0"
