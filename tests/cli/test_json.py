"""`--json`: what is printed is one document, or one object a line, of the schema that ships."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from penstock.cli.screen import JsonLines
from tests.cli.conftest import CALCULATION, FAILING, Shell
from tests.cli.test_lineage import artifact_of

SCHEMA = json.loads((files("penstock.cli") / "schemas" / "output.schema.json").read_text())


def check(document: Any, name: str) -> None:
    """Validates a document against one of the schema's definitions."""
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("plan . --set x=5 --to scaled", "plan"),
        ("plan . --set x=9", "plan"),
        ("runs ls", "runs_ls"),
        *((f"runs show {run}", "runs_show") for run in (1, 2, 3, 4)),
        ("artifacts ls", "artifacts_ls"),
        ("artifacts verify", "artifacts_verify"),
        ("components ls", "components_ls"),
        ("components show Trainer", "components_show"),
    ],
)
def test_documents(finished: Shell, line: str, name: str) -> None:
    ended = finished(*line.split(), "--json")
    assert (ended.code, ended.err) == (0, "")
    check(ended.document, name)


def test_an_artifact_and_its_lineage(finished: Shell) -> None:
    artifact = artifact_of(finished, 1, "report")
    check(finished("artifacts", "show", artifact, "--json").document, "artifacts_show")
    check(finished("lineage", artifact, "--json").document, "lineage")


def test_a_run_is_a_line_an_event(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    events = shell("run", ".", "--json", "--parallelism", "1").events
    for event in events:
        check(event, "run")
    nodes = ["number", "scaled", "report"]
    middle = [(kind, node) for node in nodes for kind in ("node_started", "node_ended")]
    assert [(event["event"], event.get("node")) for event in events] == [
        ("run_started", None),
        *middle,
        ("run_ended", None),
    ]
    assert events[-1]["counts"] == {"succeeded": 3}


def test_a_failing_run(shell: Shell) -> None:
    shell.write(failing_py=FAILING)
    ended = shell("run", "failing.py", "--json")
    assert ended.code == 1
    for event in ended.events:
        check(event, "run")
    assert sorted(ended.events[-1]["failed"]) == ["bad", "explains", "silent"]


def test_a_cached_run(shell: Shell) -> None:
    shell.write(pipeline_py=CALCULATION)
    shell("run", ".")
    ended = shell("run", ".", "--json")
    for event in ended.events:
        check(event, "run")
    assert [event["event"] for event in ended.events] == ["run_started", *["node_ended"] * 3, "run_ended"]


def test_progress(finished: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    from penstock.metadata.sql.engine import open_store

    store = open_store(f"sqlite:///{finished.folder}/.penstock/metadata.db")
    run = store.run(1)
    store.close()
    JsonLines().node_progress(run, "trainer", {"step": 3, "steps": 9, "metrics": {"loss": float("nan")}, "eta": 1.5})

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    event = json.loads(capsys.readouterr().out, parse_constant=refuse)
    check(event, "run")
    assert event["progress"] == {"step": 3, "steps": 9, "metrics": {"loss": None}, "eta": 1.5}


def test_bad_input_leaves_the_output_empty(shell: Shell) -> None:
    ended = shell("run", "nowhere.py", "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
