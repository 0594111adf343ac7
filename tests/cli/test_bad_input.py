"""What a user gets wrong: one message with place, received, expected and hint; 2 before a node ran, 1 in one.

The many ways of getting a definition, a CSV or a module wrong are tested with the rooms that find them (tests/ir,
tests/components). Here: that each kind comes out of the command in that form, and that nothing is lost.
"""

from __future__ import annotations

import functools
import sqlite3
import textwrap

import pytest

from penstock.dsl.registry import STANDARD
from penstock.metadata.sql import engine
from tests.cli.conftest import CALCULATION, Ended, Shell

CSV_PIPELINE = """
    pipeline: p
    nodes:
      example_gen:
        component: CsvExampleGen
        input_base: data
"""

MODULE_PIPELINE = """
    pipeline: p
    nodes:
      example_gen:
        component: CsvExampleGen
        input_base: data
      transform:
        component: Transform
        examples: example_gen.examples
        module_file: model.py
"""


def check_form(ended: Ended, code: int, *lines: str) -> None:
    """One message, exactly this, and nothing of Python's."""
    assert ended.code == code
    assert ended.out == ""
    assert ended.err == "\n".join([*lines, ""])


def a_csv(shell: Shell, data: bytes = b"a,b\n1,2\n") -> None:
    (shell.folder / "data").mkdir(exist_ok=True)
    (shell.folder / "data" / "x.csv").write_bytes(data)


def test_an_unknown_key(shell: Shell) -> None:
    shell.write(pipeline_yaml=CSV_PIPELINE.replace("input_base", "input_bse"))
    check_form(
        shell("run", "."),
        2,
        'pipeline.yaml:6: node "example_gen": CsvExampleGen has no input or parameter "input_bse"',
        '  Hint: did you mean "input_base"?',
    )


def test_an_unknown_component(shell: Shell) -> None:
    shell.write(pipeline_yaml=CSV_PIPELINE.replace("CsvExampleGen", "CsvExampleGn"))
    check_form(
        shell("run", "."),
        2,
        'pipeline.yaml:5: unknown component "CsvExampleGn"',
        f'  Hint: did you mean "CsvExampleGen"? `penstock components ls` lists all {len(STANDARD)}.',
    )


@pytest.mark.parametrize("command", ["run", "plan", "compile"])
def test_a_missing_module_file(shell: Shell, command: str) -> None:
    a_csv(shell)
    shell.write(pipeline_yaml=MODULE_PIPELINE)
    ended = shell(command, ".")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith('pipeline.yaml:10: node "transform", parameter "module_file"')
    assert "model.py" in ended.err


def test_a_missing_function(shell: Shell) -> None:
    a_csv(shell)
    shell.write(pipeline_yaml=MODULE_PIPELINE, model_py="def preprocess_fn(inputs):\n    return inputs\n")
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (2, "")
    assert "preprocessing_fn" in ended.err
    assert "model.py" in ended.err
    assert "Traceback" not in ended.err


def test_a_definition_that_raises_on_import(shell: Shell) -> None:
    shell.write(pipeline_py="import json\n\nTABLE = json.loads('')\n")
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("pipeline.py:3 <module>: ")
    assert "JSONDecodeError" in ended.err
    assert "Traceback" not in ended.err


def test_a_definition_with_a_syntax_error(shell: Shell) -> None:
    shell.write(pipeline_py="x = 1\ndef f(:\n")
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("pipeline.py:2: ")
    assert "Traceback" not in ended.err


def test_a_definition_that_exits(shell: Shell) -> None:
    shell.write(pipeline_py="import sys\nsys.exit(0)\n")
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (2, "")
    assert "SystemExit" in ended.err or "sys.exit" in ended.err


@pytest.mark.parametrize("empty", [True, False])
def test_an_empty_or_missing_data_folder(shell: Shell, empty: bool) -> None:
    if empty:
        (shell.folder / "data").mkdir()
    shell.write(pipeline_yaml=CSV_PIPELINE)
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith('pipeline.yaml:6: node "example_gen", parameter "input_base": ')
    assert "expected" in ended.err
    assert not (shell.folder / ".penstock").exists()


@pytest.mark.parametrize("folder", [True, False])
def test_a_folder_without_a_definition(shell: Shell, folder: bool) -> None:
    ended = shell("run", "." if folder else "nothing.py")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") <= 3


def test_a_file_that_is_no_definition(shell: Shell) -> None:
    shell.write(notes_txt="mine\n")
    ended = shell("run", "notes.txt")
    assert (ended.code, ended.out) == (2, "")
    assert "notes.txt" in ended.err
    assert ".py" in ended.err


@pytest.mark.long
@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a,b\n1,2\n3\n", "data/x.csv:3: "),
        (b"a,b\n1,2\n1,\xff\n", "data/x.csv:3: "),
        (b"a,a\n1,2\n", "data/x.csv:1: the header repeats 'a'"),
        (b"a,b\n1,2\n", "empty"),
    ],
    ids=["ragged", "latin-1", "repeated header", "empty split"],
)
def test_bad_data_fails_the_node_with_one_message(shell: Shell, data: bytes, place: str) -> None:
    a_csv(shell, data)
    shell.write(pipeline_yaml=CSV_PIPELINE)
    ended = shell("run", ".")
    assert (ended.code, ended.err) == (1, "")
    message = ended.lines[1:-2]
    assert message[0].startswith("  example_gen   FAILED")
    assert place in message[0]
    assert all(line.lstrip().startswith(("received", "expected", "Hint:")) for line in message[1:])
    assert len(message) >= 2
    assert ended.lines[-2].startswith("failed 1   in ")
    assert ended.lines[-1] == "log: penstock logs 1 example_gen      fix it, then: penstock run ."
    assert "Traceback" in shell("logs", "1", "example_gen").out
    assert shell("artifacts", "ls", "--json").document == []


def test_a_store_of_a_newer_version(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    shell("run", ".", "--to", "number")
    file = shell.folder / ".penstock" / "metadata.db"
    database = sqlite3.connect(file)
    database.execute("UPDATE alembic_version SET version_num = '9999_later'")
    database.commit()
    database.close()
    for command in ("run .", "plan .", "runs ls", "artifacts verify"):
        check_form(
            shell(*command.split()),
            2,
            f"{file}: the store was written by a newer version of Penstock",
            "  received schema 9999_later",
            "  expected 0001_foundation or older",
            "  Hint: upgrade Penstock: pip install --upgrade penstock",
        )


def test_a_file_that_is_no_store(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    (shell.folder / ".penstock").mkdir()
    (shell.folder / ".penstock" / "metadata.db").write_text("nothing of a database" * 100)
    ended = shell("run", ".")
    assert (ended.code, ended.out) == (5, "")
    assert ended.err.count("\n") == 3
    assert "Hint: check that its disk has space and can be written, and that it is a Penstock store" in ended.err


def test_a_locked_store(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write(pipeline_py=CALCULATION)
    shell("run", ".", "--to", "number")
    monkeypatch.setattr(engine, "open_store", functools.partial(engine.open_store, timeout=0.2))
    file = shell.folder / ".penstock" / "metadata.db"
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    check_form(
        shell("run", "."),
        4,
        f"{file}: the store was busy for more than 0.2 s",
        "  received database is locked",
        "  Hint: try again when the other process is done",
    )
    assert shell("runs", "ls").code == 0  # readers wait for nobody
    other.close()
    assert shell("run", ".").code == 0
    assert len(shell("runs", "ls", "--json").document) == 2


def test_a_wrong_project_file(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION, penstock_yaml="rot: x\n")
    for command in ("run .", "runs ls"):
        check_form(shell(*command.split()), 2, 'penstock.yaml:1: unknown key "rot"', '  Hint: did you mean "root"?')


def test_debug_adds_the_traceback_and_the_message_stays_last(shell: Shell) -> None:
    shell.write(pipeline_yaml=textwrap.dedent(CSV_PIPELINE))
    ended = shell("--debug", "run", ".")
    assert ended.code == 2
    assert "Traceback (most recent call last)" in ended.err
    assert ended.err.rstrip().splitlines()[-1].strip().startswith("expected")


def test_nothing_is_written_beside_the_root(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    assert shell.process("run", ".", "--root", "kept").code == 0
    assert {path.name for path in shell.folder.iterdir()} - {"__pycache__"} == {"pipeline.py", "kept"}
    assert (shell.folder / "kept" / "launcher.log").read_text() == ""
