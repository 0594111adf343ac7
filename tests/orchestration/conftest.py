"""A small project of light nodes, and a way to run it as `penstock run` does, in this process."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from penstock.ir.definition import load_definition
from penstock.ir.parameters import resolve_params
from penstock.metadata.records import ExecutionRecord, RunRecord
from penstock.metadata.sql.engine import open_store
from penstock.metadata.store import MetadataStore
from penstock.orchestration.layout import Layout
from penstock.orchestration.planner import NodePlan
from penstock.orchestration.run import RunOptions, RunResult, forecast_run, run_pipeline


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.ended: list[ExecutionRecord] = []
        self.progress: list[tuple[str, Mapping[str, Any]]] = []

    def node_started(self, run: RunRecord, node: str, reason: str) -> None:
        self.started.append(node)

    def node_progress(self, run: RunRecord, node: str, progress: Mapping[str, Any]) -> None:
        self.progress.append((node, progress))

    def nodes_ended(self, run: RunRecord, executions: Sequence[ExecutionRecord]) -> None:
        self.ended += executions


class Project:
    """A folder with a definition, its root and its store."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.layout = Layout(root)
        self.layout.prepare()
        self.store: MetadataStore = open_store(self.layout.default_store)
        self.observer = Recorder()

    def write(self, **files: str) -> None:
        """Writes Python files by module name."""
        for name, text in files.items():
            path = self.folder / f"{name}.py"
            path.write_text(textwrap.dedent(text))

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces text in a file, which must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def run(
        self, *, params: Mapping[str, str] | None = None, build: Mapping[str, str] | None = None, **options: Any
    ) -> RunResult:
        """Runs the definition as the command line does."""
        self.observer = Recorder()
        definition = load_definition(self.folder, build=build or {})
        values = resolve_params(definition.spec, params or {})
        self.plans: Sequence[NodePlan] = []
        self.records: list[RunRecord] = []

        def announce(run: RunRecord, plan: Sequence[NodePlan]) -> None:
            self.plans = plan
            self.records.append(run)

        return run_pipeline(
            definition,
            RunOptions(params=values, **{"parallelism": 2, **options}),
            layout=self.layout,
            store=self.store,
            observer=self.observer,
            announce=announce,
        )

    def plan(self, *, params: Mapping[str, str] | None = None, **options: Any) -> dict[str, tuple[str, str]]:
        """What a run would do now: node to action and reason."""
        definition = load_definition(self.folder, build={})
        values = resolve_params(definition.spec, params or {})
        lines = forecast_run(definition, RunOptions(params=values, **{"parallelism": 2, **options}), store=self.store)
        return {line.node: (line.action, line.reason) for line in lines}

    def value(self, result: RunResult, node: str, channel: str = "output") -> Any:
        """The value of a value artifact of a run."""
        from penstock.artifacts import JsonValue

        execution = next(e for e in result.executions if e.node == node)
        (artifact,) = self.store.outputs(execution.id)[channel]
        return JsonValue(artifact.uri).value


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project."""
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder, tmp_path / "root")
    yield project
    project.store.close()


def states(result: RunResult) -> dict[str, str]:
    """Node to state."""
    return {execution.node: str(execution.state) for execution in result.executions}
