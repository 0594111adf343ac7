"""Shards: sizes, names, bytes, sums, and what is left when writing fails."""

import gzip
import random
import resource

import pytest

from penstock.dsl.tfrecord import RecordSum, examples_identity, identity_of_splits, read_records
from penstock.dsl.tree import TreeDigest
from penstock.errors import StorageError
from penstock.examples.reader import read_verified
from penstock.examples.writer import ExampleWriter, frame, masked_crc32c

RECORDS = [random.Random(number).randbytes(number % 900) for number in range(3000)]  # noqa: S311 - test data


def write(folder, records=RECORDS, **options):
    with ExampleWriter(folder, **options) as writer:
        writer.write(records)
    return writer


def test_checksum_is_the_published_one():
    # CRC-32C of 32 zero bytes is 0x8a9136aa (RFC 3720, B.4).
    crc = 0x8A9136AA
    assert masked_crc32c(bytes(32)) == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_records_come_back_in_order(tmp_path):
    writer = write(tmp_path, shard_bytes=100_000)
    assert len(writer.shards) > 3
    assert [record for shard in writer.shards for record in read_records(shard.path)] == RECORDS
    assert [
        record for shard in writer.shards for batch in read_verified(str(shard.path)) for record in batch
    ] == RECORDS


def test_shards_are_about_as_large_as_asked_for(tmp_path):
    sizes = [shard.path.stat().st_size for shard in write(tmp_path, shard_bytes=300_000).shards]
    assert min(sizes[:-1]) >= 300_000
    assert max(sizes) < 700_000


def test_the_same_records_give_the_same_files(tmp_path):
    for name in "ab":
        write(tmp_path / name, shard_bytes=100_000)
    assert TreeDigest.of(tmp_path / "a") == TreeDigest.of(tmp_path / "b")


def test_gzip_headers_hold_no_time_and_no_name(tmp_path):
    header = write(tmp_path).shards[0].path.read_bytes()[:10]
    assert header[:2] == b"\x1f\x8b"
    assert header[3:8] == bytes(5)


def test_the_sum_gives_the_identity_without_reading(tmp_path):
    writer = write(tmp_path, shard_bytes=100_000)
    assert identity_of_splits({"all": writer.sum}) == examples_identity({"all": str(tmp_path)})
    assert str(RecordSum.parse(str(writer.sum))) == str(writer.sum)


def test_no_record_makes_no_shard(tmp_path):
    assert write(tmp_path / "empty", []).shards == []
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_failure_leaves_complete_shards_only(tmp_path):
    def failing():
        with ExampleWriter(tmp_path, shard_bytes=100_000) as writer:
            writer.write(RECORDS)
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    paths = sorted(tmp_path.iterdir())
    assert paths
    for path in paths:
        assert path.name.startswith("data-")
        assert gzip.decompress(path.read_bytes())


def test_a_disk_that_refuses_is_a_storage_error(tmp_path):
    # A limit on the size of files stands for a full disk: the system refuses the write in the same way.
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = ExampleWriter(tmp_path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StorageError, match="cannot write examples"):
            writer.write(RECORDS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_frame_is_tensorflows():
    # The bytes that TensorFlow 2.21's TFRecordWriter wrote for the record "abc".
    assert frame(b"abc").hex() == "0300000000000000b099490e6162636e57f121"
