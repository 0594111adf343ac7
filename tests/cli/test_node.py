"""`penstock node`: what an engine calls for each node of a run that it made."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.ir.compiler import reached_sources
from penstock.ir.definition import load_definition
from penstock.ir.model import upstream
from penstock.metadata.sql.engine import open_store
from penstock.orchestration.layout import Layout
from penstock.sources.snapshot import take_snapshot
from tests.cli.conftest import CALCULATION, FAILING, Ended, Shell


class Submitted:
    """A run that an engine is to go through, node by node."""

    def __init__(self, shell: Shell, definition: str) -> None:
        self.shell = shell
        shell.write(pipeline_py=definition)
        spec = load_definition(shell.folder, build={}).spec
        layout = Layout(shell.folder / ".penstock")
        layout.prepare()
        files = reached_sources(shell.folder, spec.nodes)
        take_snapshot(shell.folder, files, layout.root, expected=spec.sources)
        self.spec = layout.spec_file(layout.write_spec(spec))
        store = open_store(layout.default_store)
        store.create_run(
            pipeline=spec.pipeline,
            spec_digest=layout.write_spec(spec),
            params={name: param.default for name, param in spec.params.items()},
            upstream={node.id: upstream(node) for node in spec.nodes},
            created_by="an engine",
        )
        store.close()

    def node(self, name: str, run: str = "1") -> Ended:
        return self.shell("node", "--spec", str(self.spec), "--run", run, "--node", name)


@pytest.fixture
def submitted(shell: Shell) -> Submitted:
    return Submitted(shell, CALCULATION)


def test_node_after_node_goes_through_the_run(submitted: Submitted) -> None:
    for name in ("number", "scaled", "report"):
        ended = submitted.node(name)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith(f"  {name}   ok ")
    states = {node["node"]: node["state"] for node in submitted.shell("runs", "show", "1", "--json").document["nodes"]}
    assert states == {"number": "succeeded", "scaled": "succeeded", "report": "succeeded"}


def test_a_node_that_has_ended_is_left_as_it_is(submitted: Submitted) -> None:
    first = submitted.node("number")
    again = submitted.node("number")
    assert (again.code, again.out) == (0, first.out)
    assert submitted.shell("runs", "show", "1", "--json").document["nodes"][0]["attempt"] == 1


def test_a_node_whose_input_is_not_there_yet_ends_with_2(submitted: Submitted) -> None:
    ended = submitted.node("report")
    assert ended.code == 2
    assert ended.err.startswith('node "report" of run 1 cannot be claimed\n  received it is pending\n')


def test_a_failing_node_ends_with_1_and_so_does_asking_again(shell: Shell) -> None:
    submitted = Submitted(shell, FAILING)
    submitted.node("good")
    for _ in range(2):
        ended = submitted.node("bad")
        assert ended.code == 1
        assert "ValueError: no such luck" in ended.out


def test_an_unknown_node_ends_with_2(submitted: Submitted) -> None:
    ended = submitted.node("scale")
    assert ended.code == 2
    assert 'did you mean "scaled"' in ended.err


def test_an_unknown_run_ends_with_2(submitted: Submitted) -> None:
    assert submitted.node("number", run="7").err.startswith("no run 7\n")


def test_a_spec_that_is_not_there_ends_with_2(shell: Shell) -> None:
    ended = shell("node", "--spec", "specs/none.json", "--run", "1", "--node", "x", "--root", ".")
    assert ended.code == 2
    assert ended.err.startswith("specs/none.json: no such spec\n")


def test_a_spec_that_is_none_ends_with_2(submitted: Submitted, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"spec": "penstock/9"}')
    ended = submitted.shell("node", "--spec", "broken.json", "--root", ".penstock", "--run", "1", "--node", "number")
    assert ended.code == 2
    assert "penstock/9" in ended.err
