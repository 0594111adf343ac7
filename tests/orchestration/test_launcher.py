"""What is left of an attempt that does not get as far as its commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.metadata.records import ExecutionRecord
from tests.orchestration.conftest import Project

MAKING = """
    from pathlib import Path

    from penstock import Artifact, Output, Pipeline, component

    class Thing(Artifact):
        score: float = 0.0
        size: int = 0

    @component
    def make(thing: Output[Thing]) -> None:
        Path(thing.uri, "file").write_text("x")
        thing.score = 1

    pipeline = Pipeline("making", [make()])
"""


def made(project: Project) -> ExecutionRecord:
    (execution,) = project.run().executions
    return execution


def folders(execution: ExecutionRecord) -> list[str]:
    assert execution.log_uri is not None
    return sorted(path.name for path in Path(execution.log_uri).parent.parent.iterdir())


def test_an_int_is_a_float_where_a_float_is_declared(project: Project) -> None:
    project.write(pipeline=MAKING)
    (artifact,) = project.store.outputs(made(project).id)["thing"]
    assert repr(artifact.properties) == repr({"score": 1.0, "size": 0})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('thing.score = float("nan")', "received nan"),
        ("thing.size = 2**63", "an integer of 64 bits"),
        ("thing.size = 1.5", "received 1.5\n  expected int"),
        ('thing.size = "many"', "received 'many'\n  expected int"),
        ("thing.size = True", "received True\n  expected int"),
    ],
)
def test_a_property_that_cannot_be_kept_fails_the_node_and_leaves_its_log_alone(
    project: Project, line: str, said: str
) -> None:
    project.write(pipeline=MAKING.replace("thing.score = 1", line))
    execution = made(project)
    assert str(execution.state) == "failed"
    assert said in (execution.error or "")
    assert folders(execution) == [".attempt"]


REPORTING = """
    from pathlib import Path

    from penstock import Component, Output, Pipeline, output
    from penstock.artifacts import JsonValue

    class Make(Component):
        page: Output[JsonValue] = output()

        class executor:
            def run(self, node, context):
                node.page.value = 1
                context.report(note="done")

    pipeline = Pipeline("making", [Make()])
"""


def test_a_listener_that_raises_ends_the_run_and_leaves_nothing_running(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object) -> None:
        raise BrokenPipeError("nobody reads")

    monkeypatch.setattr("tests.orchestration.conftest.Recorder.node_progress", raises)
    project.write(pipeline=REPORTING)
    with pytest.raises(BrokenPipeError):
        project.run()
    (run,) = project.store.runs()
    (execution,) = project.store.executions(run.id)
    assert (str(run.state), str(execution.state)) == ("interrupted", "interrupted")
    assert folders(execution) == [".attempt"]
