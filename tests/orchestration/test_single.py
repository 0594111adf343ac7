"""One node at a time, as a cluster's tasks run them."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from penstock.errors import UnknownNameError, UsageError
from penstock.ir.compiler import reached_sources
from penstock.ir.definition import load_definition
from penstock.ir.model import upstream
from penstock.metadata.liveness import is_alive, this_owner
from penstock.metadata.records import ExecutionState, RunRecord, RunState
from penstock.orchestration.single import run_single_node
from penstock.sources.snapshot import take_snapshot
from tests.orchestration.conftest import Project
from tests.orchestration.test_run import CALCULATION


class Submitted:
    """A run that was created, and whose nodes nobody has begun."""

    def __init__(self, project: Project) -> None:
        definition = load_definition(project.folder, build={})
        self.project, self.spec = project, definition.spec
        files = reached_sources(definition.folder, self.spec.nodes)
        take_snapshot(definition.folder, files, project.layout.root, expected=self.spec.sources)
        self.digest = project.layout.write_spec(self.spec)
        self.record: RunRecord = project.store.create_run(
            pipeline=self.spec.pipeline,
            spec_digest=self.digest,
            params={"x": 4},
            upstream={node.id: upstream(node) for node in self.spec.nodes},
            created_by="somebody",
            owner=this_owner(),
        )

    def node(self, name: str) -> ExecutionState:
        return run_single_node(
            self.project.layout.spec_file(self.digest),
            run=str(self.record.number),
            node=name,
            base=self.project.folder,
            layout=self.project.layout,
            store=self.project.store,
            observer=self.project.observer,
        ).state


@pytest.fixture
def submitted(project: Project) -> Submitted:
    project.write(pipeline=CALCULATION)
    return Submitted(project)


def test_nodes_in_order_give_what_a_run_gives(submitted: Submitted) -> None:
    assert [submitted.node(name) for name in ("number", "scaled", "report")] == [ExecutionState.SUCCEEDED] * 3
    assert str(submitted.project.store.finish_run(submitted.record.id).state) == "succeeded"
    result = submitted.project.run()
    assert {str(execution.state) for execution in result.executions} == {"cached"}


def test_a_node_needs_no_checkout_but_the_snapshot(submitted: Submitted) -> None:
    (submitted.project.folder / "pipeline.py").unlink()
    assert submitted.node("number") is ExecutionState.SUCCEEDED


def test_a_node_that_has_ended_is_left_as_it_is(submitted: Submitted) -> None:
    submitted.node("number")
    assert submitted.node("number") is ExecutionState.SUCCEEDED
    (execution,) = [e for e in submitted.project.store.executions(submitted.record.id) if e.node == "number"]
    assert len(submitted.project.store.attempts(execution.id)) == 1


def test_a_node_whose_upstream_has_not_ended_is_refused(submitted: Submitted) -> None:
    with pytest.raises(UsageError) as error:
        submitted.node("scaled")
    assert "pending" in (error.value.received or "")


def test_an_unknown_node_is_refused(submitted: Submitted) -> None:
    with pytest.raises(UnknownNameError) as error:
        submitted.node("numbr")
    assert '"number"' in (error.value.hint or "")


def test_the_last_node_ends_the_run(submitted: Submitted) -> None:
    for name in ("number", "scaled"):
        submitted.node(name)
        assert submitted.project.store.run(submitted.record.id).state is RunState.RUNNING
    submitted.node("report")
    assert submitted.project.store.run(submitted.record.id).state is RunState.SUCCEEDED


def test_the_spec_of_another_run_is_refused(submitted: Submitted) -> None:
    submitted.project.edit("pipeline.py", "FACTOR = 10", "FACTOR = 11")
    other = Submitted(submitted.project)
    submitted.digest = other.digest
    with pytest.raises(UsageError, match="was made with another spec"):
        submitted.node("number")
    assert submitted.project.store.execution(submitted.record.id, "number").attempt == 0


def test_a_signal_ends_the_worker_and_the_next_command_gives_the_node_back(project: Project) -> None:
    begun = project.folder / "begun"
    project.write(
        pipeline=f"""
        import time
        from pathlib import Path

        from penstock import Pipeline, component

        @component
        def waits(x: int) -> int:
            Path({str(begun)!r}).touch()
            time.sleep(600)
            return x

        pipeline = Pipeline("waiting", [waits(x=1)])
        """
    )
    submitted = Submitted(project)
    command = [Path(sys.executable).with_name("penstock"), "node", "--spec", project.layout.spec_file(submitted.digest)]
    process = subprocess.Popen(
        [*command, "--run", str(submitted.record.number), "--node", "waits"], stderr=subprocess.PIPE, text=True
    )
    while not begun.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    project.store.recover(is_alive)
    (execution,) = project.store.executions(submitted.record.id)
    assert execution.state is ExecutionState.READY
