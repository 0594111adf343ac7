"""Every bad input ends in one message with place, received and expected, and leaves no examples behind."""

import gzip

import pytest

from penstock.components.csv_example_gen import CsvExampleGen
from penstock.errors import DataError, DefinitionError
from penstock.examples.config import Input, Output, SplitConfig
from penstock.testing import run_node


def refused(folder, kind=DataError, **params):
    with pytest.raises(kind) as caught:
        run_node(CsvExampleGen, params={"input_base": ".", **params}, project=folder)
    return caught.value


@pytest.mark.parametrize(
    ("content", "line", "message", "received"),
    [
        (b"a,b\n1,2\n3\n", 3, "does not fit the header", "1 fields"),
        (b"a,b\n1,2\n3,4,5\n", 3, "does not fit the header", "3 fields"),
        (b'a,b\n1,"x\ny"\n3\n', 4, "does not fit the header", "1 fields"),
        (b"a,b\n1,2\n3,caf\xe9\n", 3, "not UTF-8", "byte 0xe9 at column 6"),
        (b"\xe9,b\n1,2\n", 1, "not UTF-8", "byte 0xe9 at column 1"),
        ("a,b\n1,2\n".encode("utf-16"), 1, "not UTF-8", "byte 0xff at column 1"),
        (b'a,b\n1,"' + b"y" * 200_000 + b'"\n2\n', 3, "does not fit the header", "1 fields"),
        (b"a,b,a\n1,2,3\n", 1, "the header repeats 'a'", None),
        (b",a\n0,1\n", 1, "column 1 has no name", ",a"),
        (b"a,b\x00c\n0,1\n", 1, "a column's name holds a NUL", repr(["a", "b\x00c"])),
        (b'a,b\n1,2\n3,"four\n5,6\n', 3, "never closed", None),
        (b"", None, "the file is empty", None),
        (b"\n\n", None, "the file is empty", None),
        (b"a,b\n", None, "a header and no rows", None),
        (b"a,b", None, "a header and no rows", None),
        (gzip.compress(b"a,b\n1,2\n"), 1, "not UTF-8", "byte 0x8b at column 2"),
    ],
)
def test_a_bad_file(tmp_path, content, line, message, received):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    error = refused(tmp_path)
    assert message in error.message
    assert error.at == (str(path) if line is None else f"{path}:{line}")
    assert error.received == received
    assert error.expected or error.hint


def test_a_row_longer_than_a_block(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1," + "x" * (9 << 20) + "\n2,3\n")
    error = refused(tmp_path)
    assert "longer than 4 MiB" in error.message
    assert "quote" in error.hint


def test_headers_that_differ(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    (tmp_path / "b.csv").write_text("a,c\n1,2\n")
    error = refused(tmp_path)
    assert error.at == f"{tmp_path / 'b.csv'}:1"
    assert error.received == "without b; with c"
    assert error.expected == "a,b"


def test_the_first_bad_file_by_name_is_reported(tmp_path):
    for name in ("c", "b"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1\n")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert refused(tmp_path).at == f"{tmp_path / 'b.csv'}:2"


def test_nothing_is_written_before_all_files_are_known_to_be_good(tmp_path, monkeypatch):
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text("a,b\n1,2\n")
    (data / "b.csv").write_text("a,b\n1\n")
    attempt = tmp_path / "attempt"
    attempt.mkdir()
    monkeypatch.setattr("penstock.testing.mkdtemp", lambda prefix: str(attempt))
    refused(data)
    assert list((attempt / "examples").iterdir()) == []


def test_no_such_folder(tmp_path):
    error = refused(tmp_path, input_base="nowhere")
    assert (error.message, error.at) == ("no such file or folder", str(tmp_path / "nowhere"))


def test_an_empty_folder(tmp_path):
    assert refused(tmp_path).received == "an empty folder"


def test_a_folder_without_csv_files_says_what_is_there(tmp_path):
    (tmp_path / "data.txt").write_text("a\n1\n")
    error = refused(tmp_path)
    assert error.received == "data.txt"
    assert "glob" in error.hint


def test_a_pattern_that_finds_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    config = Input(splits=[Input.Split(name="train", pattern="*.csv"), Input.Split(name="eval", pattern="eval/*")])
    assert 'split "eval": no file matches "eval/*"' in refused(tmp_path, input_config=config).message


@pytest.mark.parametrize("pattern", ["../other/*.csv", "train/../../*.csv", "/etc/*", ".hidden/*.csv", ".rows"])
def test_a_pattern_for_what_the_cache_key_does_not_see(tmp_path, pattern):
    (tmp_path / "data").mkdir()
    error = refused(
        tmp_path,
        DefinitionError,
        input_base="data",
        input_config=Input(splits=[Input.Split(name="all", pattern=pattern)]),
    )
    assert error.received == repr(pattern)


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path):
    (tmp_path / "data[1]").mkdir()
    (tmp_path / "data[1]" / "a.csv").write_text("a\n1\n2\n3\n4\n5\n6\n")
    config = Input(splits=[Input.Split(name="all", pattern="*.csv")])
    result = run_node(CsvExampleGen, params={"input_base": "data[1]", "input_config": config}, project=tmp_path)
    assert result.outputs["examples"].splits == ["train", "eval"]


def test_a_file_in_two_splits(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    config = Input(splits=[Input.Split(name="train", pattern="*.csv"), Input.Split(name="eval", pattern="a*")])
    assert "do not overlap" in refused(tmp_path, DefinitionError, input_config=config).expected


def test_an_empty_split_says_rows_and_buckets(tmp_path):
    (tmp_path / "a.csv").write_text("a\n1\n")
    splits = [SplitConfig.Split(name="train", hash_buckets=4), SplitConfig.Split(name="eval", hash_buckets=1)]
    error = refused(tmp_path, output_config=Output(split_config=SplitConfig(splits=splits)))
    assert "is empty after splitting" in error.message
    assert error.received.startswith("1 rows, ")
    assert "train: 4, eval: 1" in error.expected


@pytest.mark.parametrize(("names", "buckets"), [(("a", "a"), 1), (("a", "b"), 0), (("../a", "b"), 1), (("", "b"), 1)])
def test_splits_that_cannot_be(tmp_path, names, buckets):
    (tmp_path / "a.csv").write_text("a\n1\n")
    splits = [SplitConfig.Split(name=name, hash_buckets=buckets) for name in names]
    refused(tmp_path, DefinitionError, output_config=Output(split_config=SplitConfig(splits=splits)))
