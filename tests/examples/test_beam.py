"""WriteExamples: sums, names and leftovers."""

from pathlib import Path

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from penstock.dsl.tfrecord import RecordSum, read_records
from penstock.dsl.tree import TreeDigest
from penstock.examples.beam import SaveSum, WriteExamples, _name_shards, _WriteBundle, load_sum

BATCHES = [[b"record %d" % number, b"same"] for number in range(100)]


def pipeline(*args):
    return beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *args]))


def write(folder, batches, *args, shard_bytes=1 << 20):
    path = folder.parent / "sum"
    with pipeline("--direct_running_mode=in_memory", *args) as p:
        _ = p | beam.Create(batches) | WriteExamples(str(folder), shard_bytes=shard_bytes) | SaveSum(str(path))
    return load_sum(str(path))


def expected_sum():
    total = RecordSum()
    for batch in BATCHES:
        for record in batch:
            total.add(record)
    return str(total)


def test_all_records_are_there_and_summed(tmp_path):
    total = write(tmp_path / "split", BATCHES)
    found = sorted(record for path in (tmp_path / "split").iterdir() for record in read_records(path))
    assert found == sorted(record for batch in BATCHES for record in batch)
    assert str(total) == expected_sum()


def test_two_runs_write_the_same_bytes(tmp_path):
    for name in "ab":
        write(tmp_path / name, BATCHES)
    assert TreeDigest.of(tmp_path / "a") == TreeDigest.of(tmp_path / "b")


def test_several_workers_write_shards_of_their_own(tmp_path):
    with pipeline("--direct_running_mode=multi_threading", "--direct_num_workers=2") as p:
        sums = p | beam.Create(BATCHES) | beam.Reshuffle() | WriteExamples(str(tmp_path / "split"))
        _ = sums | SaveSum(str(tmp_path / "sum"))
    assert str(load_sum(str(tmp_path / "sum"))) == expected_sum()
    names = sorted(path.name for path in (tmp_path / "split").iterdir())
    assert names == [f"data-{index:05d}-of-{len(names):05d}.gz" for index in range(len(names))]


def test_nothing_leaves_an_empty_folder(tmp_path):
    assert write(tmp_path / "split", []).count == 0
    assert list((tmp_path / "split").iterdir()) == []


def bundle(folder, batches):
    writer = _WriteBundle(str(folder), 1 << 20)
    writer.start_bundle()
    for batch in batches:
        writer.process(batch)
    return [windowed.value for windowed in writer.finish_bundle()]


def test_a_bundle_that_was_retried_leaves_no_doubles(tmp_path):
    bundle(tmp_path, BATCHES)  # not committed: the runner lost it and tried again
    committed = bundle(tmp_path, BATCHES[:50]) + bundle(tmp_path, BATCHES[50:])
    total = _name_shards(committed, str(tmp_path))
    assert str(total) == expected_sum()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["data-00000-of-00002.gz", "data-00001-of-00002.gz"]


def test_naming_shards_twice_is_the_same_as_once(tmp_path):
    committed = bundle(tmp_path, BATCHES)
    _name_shards(committed, str(tmp_path))
    before = TreeDigest.of(tmp_path)
    _name_shards(committed, str(tmp_path))
    assert TreeDigest.of(tmp_path) == before


def test_bundles_of_the_same_records_both_stay(tmp_path):
    committed = bundle(tmp_path, [[b"same"]]) + bundle(tmp_path, [[b"same"]])
    assert _name_shards(committed, str(tmp_path)).count == 2
    assert sum(1 for path in Path(tmp_path).iterdir() for _ in read_records(path)) == 2


def test_an_unfinished_bundle_is_removed(tmp_path):
    writer = _WriteBundle(str(tmp_path), 1)
    writer.start_bundle()
    writer.process([b"x" * (1 << 20)])
    assert any(tmp_path.iterdir())
    _name_shards([], str(tmp_path))
    assert not any(tmp_path.iterdir())


def test_shards_by_size(tmp_path):
    write(tmp_path / "split", [[bytes(300_000)]] * 4, shard_bytes=1)
    assert len(list((tmp_path / "split").iterdir())) == 4
