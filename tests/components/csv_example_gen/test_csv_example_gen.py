"""CsvExampleGen on good input: types, missing values, splits, identity, and the same bytes again."""

import subprocess
import sys
from pathlib import Path

import pytest
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

from penstock.components.csv_example_gen import CsvExampleGen
from penstock.dsl.tfrecord import examples_identity, read_records
from penstock.dsl.tree import TreeDigest
from penstock.errors import DataError, DefinitionError
from penstock.examples.config import Input, Output, SplitConfig
from penstock.testing import run_node

ONE_SPLIT = Output(split_config=SplitConfig(splits=[SplitConfig.Split(name="all", hash_buckets=1)]))


def generate(folder: Path, **params):
    return run_node(CsvExampleGen, params={"input_base": ".", **params}, project=folder).outputs["examples"]


def records_of(examples, split):
    return [record for path in sorted(Path(examples.split_uri(split)).iterdir()) for record in read_records(path)]


def rows_of(examples, split="all"):
    return ExamplesToRecordBatchDecoder().DecodeBatch(records_of(examples, split)).to_pylist()


@pytest.fixture
def numbers(tmp_path):
    folder = tmp_path / "numbers"
    folder.mkdir()
    lines = [f"{number},{number / 4},text {number % 7}\n" for number in range(300)]
    (folder / "all.csv").write_text("n,x,t\n" + "".join(lines))
    return folder


def test_values_and_missing_ones(tmp_path):
    (tmp_path / "a.csv").write_text('n,x,t,nothing\n1,2.5,"a, b",\n,NA,NA,\n-3,,"",NA\n')
    rows = rows_of(generate(tmp_path, output_config=ONE_SPLIT, null_values=["NA"]))
    assert rows == [
        {"n": [1], "t": [b"a, b"], "x": [2.5]},
        {"n": None, "t": None, "x": None},
        {"n": [-3], "t": None, "x": None},
    ]


def test_types_come_from_all_rows_of_all_files(tmp_path):
    (tmp_path / "a.csv").write_text("n,m\n1,1\n" + "2,2\n" * 1000)
    (tmp_path / "b.csv").write_text("m,n\n1.5,word\n")
    rows = rows_of(generate(tmp_path, output_config=ONE_SPLIT))
    assert rows[0] == {"m": [1.0], "n": [b"1"]}
    assert rows[-1] == {"m": [1.5], "n": [b"word"]}


def test_byte_order_mark_crlf_quoted_newlines_and_blank_lines(tmp_path):
    (tmp_path / "a.csv").write_bytes('\ufeffname,n\r\n\r\n"two\r\nlines",1\r\n"say ""hi""",2\r\n'.encode())
    rows = rows_of(generate(tmp_path, output_config=ONE_SPLIT))
    assert rows == [{"n": [1], "name": [b"two\r\nlines"]}, {"n": [2], "name": [b'say "hi"']}]


def test_default_is_two_thirds_train(numbers):
    result = run_node(CsvExampleGen, params={"input_base": "."}, project=numbers)
    examples = result.outputs["examples"]
    train, evaluation = len(records_of(examples, "train")), len(records_of(examples, "eval"))
    assert examples.splits == ["train", "eval"]
    assert train + evaluation == 300
    assert 170 < train < 230
    assert result.progress[-1] == {"note": f"300 rows: train {train}, eval {evaluation}"}
    assert (examples.span, examples.version) == (0, 0)


def test_identity_is_that_of_the_records(numbers):
    examples = generate(numbers)
    assert examples.identity == examples_identity({name: examples.split_uri(name) for name in examples.splits})


def test_identity_does_not_depend_on_files_and_order(numbers, tmp_path):
    header, *lines = (numbers / "all.csv").read_text().splitlines(keepends=True)
    other = tmp_path / "other"
    other.mkdir()
    (other / "1.csv").write_text(header + "".join(reversed(lines[100:])))
    (other / "2.csv").write_text(
        "t,x,n\n" + "".join(",".join(reversed(line.strip().split(","))) + "\n" for line in lines[:100])
    )
    assert generate(other).identity == generate(numbers).identity


def test_identity_follows_a_value(numbers, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "all.csv").write_text((numbers / "all.csv").read_text().replace("text 3", "text three", 1))
    assert generate(other).identity != generate(numbers).identity


def test_beam_workers_do_not_change_the_bytes(numbers):
    for part in range(3):
        (numbers / f"{part}.csv").write_text(f"n,x,t\n{part},0.5,more\n")
    params = {"input_base": "."}
    threads = ["--runner=FnApiRunner", "--direct_running_mode=multi_threading", "--direct_num_workers=2"]
    one = run_node(CsvExampleGen, params=params, project=numbers).outputs["examples"]
    two = run_node(CsvExampleGen, params=params, project=numbers, beam_pipeline_args=threads).outputs["examples"]
    assert TreeDigest.of(one.uri) == TreeDigest.of(two.uri)


RUN = """
import sys
from penstock.components.csv_example_gen import CsvExampleGen
from penstock.testing import run_node
print(run_node(CsvExampleGen, params={"input_base": sys.argv[1]}).outputs["examples"].digest)
assert "tensorflow" not in sys.modules
"""


@pytest.mark.long
def test_fresh_processes_write_the_same_bytes_without_tensorflow(numbers):
    command = [sys.executable, "-W", "ignore", "-c", RUN, str(numbers)]
    one, two = (subprocess.run(command, check=True, capture_output=True, text=True).stdout for _ in range(2))
    assert one == two
    assert one.startswith("sha256:")


def test_splits_by_buckets(numbers):
    splits = [SplitConfig.Split(name=name, hash_buckets=1) for name in ("a", "b", "c")]
    examples = generate(numbers, output_config=Output(split_config=SplitConfig(splits=splits)))
    assert examples.splits == ["a", "b", "c"]
    counts = [len(records_of(examples, name)) for name in "abc"]
    assert sum(counts) == 300
    assert min(counts) > 60


def test_a_partition_feature_keeps_its_values_together(numbers):
    config = Output(split_config=SplitConfig(partition_feature_name="t"))
    examples = generate(numbers, output_config=config)
    train = {row["t"][0] for row in rows_of(examples, "train")}
    evaluation = {row["t"][0] for row in rows_of(examples, "eval")}
    assert train.isdisjoint(evaluation)
    assert len(train | evaluation) == 7


def test_a_record_without_the_partition_feature_is_refused(numbers):
    (numbers / "more.csv").write_text("n,x,t\n1,1.0,\n")
    with pytest.raises(DataError, match='no feature "t"'):
        generate(numbers, output_config=Output(split_config=SplitConfig(partition_feature_name="t")))


def test_splits_by_pattern(tmp_path):
    for split, rows in (("train", "1\n2\n"), ("eval", "2.5\n")):
        (tmp_path / split).mkdir()
        (tmp_path / split / "part.csv").write_text("n\n" + rows)
    config = Input(splits=[Input.Split(name="train", pattern="train/*"), Input.Split(name="eval", pattern="eval/*")])
    examples = generate(tmp_path, input_config=config)
    assert examples.splits == ["train", "eval"]
    assert rows_of(examples, "train") == [{"n": [1.0]}, {"n": [2.0]}]
    assert rows_of(examples, "eval") == [{"n": [2.5]}]


def test_splits_by_pattern_and_by_hash_are_refused_together(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("n\n1\n")
    config = Input(splits=[Input.Split(name=name, pattern=f"{name}.csv") for name in ("a", "b")])
    with pytest.raises(DefinitionError, match="both input_config and output_config"):
        generate(tmp_path, input_config=config, output_config=ONE_SPLIT)


def test_one_pattern_chooses_the_files_that_are_split_by_hash(tmp_path):
    (tmp_path / "a.txt").write_text("n\n1\n")
    (tmp_path / "b.csv").write_text("other\n1\n")
    config = Input(splits=[Input.Split(name="some", pattern="*.txt")])
    assert rows_of(generate(tmp_path, input_config=config, output_config=ONE_SPLIT)) == [{"n": [1]}]


@pytest.mark.parametrize("base", ["data/a.csv", "data/*.csv", "data"])
def test_input_base_is_a_file_a_glob_or_a_folder(tmp_path, base):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("n\n1\n")
    (tmp_path / "data" / "README").write_text("not data")
    assert rows_of(generate(tmp_path, input_base=base, output_config=ONE_SPLIT)) == [{"n": [1]}]
