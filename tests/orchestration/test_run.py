"""A pipeline of light nodes from definition to committed artifacts, on the real store, workers and Beam runner."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.dsl.tree import TreeDigest
from penstock.errors import NotFoundError, UsageError
from tests.orchestration.conftest import Project, states

CALCULATION = """
    from penstock import Input, Output, Param, Pipeline, component
    from penstock.artifacts import Integer, JsonValue

    FACTOR = 10

    @component
    def number(x: int) -> int:
        return x

    @component
    def scaled(a: Input[Integer]) -> int:
        return a.value * FACTOR

    @component
    def report(a: Input[Integer], b: Input[Integer], text: str, page: Output[JsonValue]) -> None:
        page.value = {text: [a.value, b.value]}

    def create_pipeline(x: Param[int] = 4) -> Pipeline:
        first = number(x=x)
        second = scaled(a=first.outputs["output"])
        last = report(a=first.outputs["output"], b=second.outputs["output"], text="numbers")
        return Pipeline("calculation", [first, second, last])
"""


@pytest.fixture
def calculation(project: Project) -> Project:
    project.write(pipeline=CALCULATION)
    return project


def test_values_flow_from_node_to_node(calculation: Project) -> None:
    result = calculation.run()
    assert states(result) == {"number": "succeeded", "scaled": "succeeded", "report": "succeeded"}
    assert calculation.value(result, "report", "page") == {"numbers": [4, 40]}


def test_a_second_run_is_cached_and_starts_no_worker(calculation: Project) -> None:
    first = calculation.run()
    second = calculation.run()
    assert set(states(second).values()) == {"cached"}
    assert calculation.observer.started == []
    assert [e.reused_run for e in second.executions] == [first.run.number] * 3


def test_a_changed_parameter_reruns_what_depends_on_it_and_says_why(calculation: Project) -> None:
    calculation.run()
    assert calculation.plan(params={"x": "5"})["number"] == ("run", "param x: 4 -> 5")
    result = calculation.run(params={"x": "5"})
    assert set(states(result).values()) == {"succeeded"}
    assert calculation.value(result, "report", "page") == {"numbers": [5, 50]}


def test_an_edited_constant_reruns_the_function_that_uses_it(calculation: Project) -> None:
    calculation.run()
    calculation.edit("pipeline.py", "FACTOR = 10", "FACTOR = 11")
    plan = calculation.plan()
    assert plan["number"][0] == "cached"
    assert plan["scaled"] == ("run", "pipeline.py: FACTOR changed")
    assert plan["report"] == ("run", "follows scaled (cached if its output turns out the same)")


def test_output_that_turns_out_the_same_leaves_everything_below_cached(calculation: Project) -> None:
    calculation.run()
    calculation.edit("pipeline.py", "return a.value * FACTOR", "return FACTOR * a.value")
    result = calculation.run()
    assert states(result) == {"number": "cached", "scaled": "succeeded", "report": "cached"}


def test_formatting_and_comments_change_nothing(calculation: Project) -> None:
    calculation.run()
    calculation.edit("pipeline.py", "return a.value * FACTOR", "# the product\n        return (a.value *  FACTOR)")
    assert {action for action, _ in calculation.plan().values()} == {"cached"}


def test_pipeline_name_node_id_folder_and_root_are_not_in_the_key(calculation: Project, tmp_path: Path) -> None:
    calculation.run()
    elsewhere = tmp_path / "other checkout"
    elsewhere.mkdir()
    renamed = (calculation.folder / "pipeline.py").read_text().replace('"calculation"', '"renamed"')
    renamed = renamed.replace("number(x=x)", 'number(x=x).with_id("start")')
    (elsewhere / "pipeline.py").write_text(renamed)
    calculation.folder = elsewhere
    assert {action for action, _ in calculation.plan().values()} == {"cached"}


def test_no_cache_runs_the_named_node_only(calculation: Project) -> None:
    calculation.run()
    result = calculation.run(no_cache=["scaled"])
    assert states(result) == {"number": "cached", "scaled": "succeeded", "report": "cached"}


def test_published_bytes_are_those_that_were_digested(calculation: Project) -> None:
    result = calculation.run()
    for execution in result.executions:
        for artifacts in calculation.store.outputs(execution.id).values():
            for artifact in artifacts:
                assert TreeDigest.of(artifact.uri).digest == artifact.digest


def test_a_missing_cached_artifact_is_made_again(calculation: Project) -> None:
    result = calculation.run()
    execution = next(e for e in result.executions if e.node == "number")
    (artifact,) = calculation.store.outputs(execution.id)["output"]
    Path(artifact.uri, "value").unlink()
    Path(artifact.uri).rmdir()
    action, reason = calculation.plan()["number"]
    assert action == "run"
    assert "missing" in reason


def test_a_plan_writes_nothing(calculation: Project) -> None:
    def files() -> list[Path]:
        # The store's two helper files come and go with its connections.
        return [p for p in sorted(calculation.layout.root.rglob("*")) if p.suffix not in (".db-wal", ".db-shm")]

    before = files()
    calculation.plan()
    assert files() == before
    assert calculation.store.runs() == []


def test_to_leaves_the_rest_out(calculation: Project) -> None:
    result = calculation.run(end="scaled")
    assert states(result) == {"number": "succeeded", "scaled": "succeeded", "report": "skipped"}


def test_from_needs_everything_before_it_in_the_cache(calculation: Project) -> None:
    with pytest.raises(UsageError) as error:
        calculation.run(start="scaled")
    assert "number" in str(error.value)
    calculation.run(end="number")
    assert states(calculation.run(start="scaled"))["report"] == "succeeded"


def test_a_failing_node_skips_what_needs_it_and_nothing_else(project: Project) -> None:
    project.write(
        pipeline="""
        from penstock import Input, Pipeline, component
        from penstock.artifacts import Integer

        @component
        def good(x: int) -> int:
            return x

        @component
        def bad(a: Input[Integer]) -> int:
            raise ValueError("no such luck")

        @component
        def after(a: Input[Integer]) -> int:
            return a.value

        one = good(x=1)
        two = bad(a=one.outputs["output"])
        three = after(a=two.outputs["output"])
        four = after(a=one.outputs["output"]).with_id("independent")
        pipeline = Pipeline("failing", [one, two, three, four])
        """
    )
    result = project.run()
    assert states(result) == {"good": "succeeded", "bad": "failed", "after": "skipped", "independent": "succeeded"}
    failed = next(e for e in result.executions if e.node == "bad")
    assert failed.error is not None
    assert failed.error.startswith("ValueError: no such luck")
    assert "pipeline.py:11 bad" in failed.error
    assert failed.log_uri is not None
    assert "Traceback" in Path(failed.log_uri).read_text()
    assert not list(Path(failed.log_uri).parent.parent.glob("output"))
    assert next(e for e in result.executions if e.node == "after").reason == "needs bad"
    # What failed is not in the cache; what succeeded is.
    assert {node: action for node, (action, _) in project.plan().items()} == {
        "good": "cached",
        "bad": "run",
        "after": "run",
        "independent": "cached",
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import sys; sys.exit(3)", "SystemExit"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os; os._exit(0)", "exit code 0"),
    ],
)
def test_a_worker_may_die_in_any_way(project: Project, body: str, said: str) -> None:
    project.write(
        pipeline=f"""
        from penstock import Pipeline, component

        @component
        def dies(x: int) -> int:
            {body}

        pipeline = Pipeline("dying", [dies(x=1)])
        """
    )
    result = project.run()
    (execution,) = result.executions
    assert str(execution.state) == "failed"
    assert said in (execution.error or "")


def test_workers_import_from_the_snapshot(project: Project) -> None:
    project.write(
        numbers="VALUE = 1\n",
        pipeline="""
        from pathlib import Path

        from penstock import Input, Pipeline, component
        from penstock.artifacts import Integer

        @component
        def edits(folder: str) -> int:
            Path(folder, "numbers.py").write_text("VALUE = 2")
            return 0

        @component
        def reads(a: Input[Integer]) -> int:
            from numbers import VALUE
            return VALUE

        first = edits(folder=str(Path(__file__).parent))
        pipeline = Pipeline("snapshot", [first, reads(a=first.outputs["output"])])
        """.replace("numbers import", "constants import").replace("numbers.py", "constants.py"),
    )
    (project.folder / "numbers.py").rename(project.folder / "constants.py")
    assert project.value(project.run(), "reads") == 1


def test_an_upstream_value_can_be_a_parameter(project: Project) -> None:
    project.write(
        pipeline="""
        from penstock import Pipeline, component

        @component
        def number(x: int) -> int:
            return x

        @component
        def double(x: int) -> int:
            return 2 * x

        one = number(x=21)
        pipeline = Pipeline("values", [one, double(x=one.outputs["output"])])
        """
    )
    result = project.run()
    assert project.value(result, "double") == 42
    assert set(states(project.run()).values()) == {"cached"}


DATA = """
    from pathlib import Path

    from penstock import InputPath, Output, Pipeline, component
    from penstock.artifacts import JsonValue

    @component
    def count(folder: InputPath, lines: Output[JsonValue]) -> None:
        lines.value = sorted(line for file in Path(folder).iterdir() for line in file.read_text().splitlines())

    pipeline = Pipeline("data", [count(folder="data")])
"""


def test_external_data_counts_by_content(project: Project) -> None:
    project.write(pipeline=DATA)
    (project.folder / "data").mkdir()
    (project.folder / "data" / "a.txt").write_text("1\n2\n")
    assert project.value(project.run(), "count", "lines") == ["1", "2"]
    (project.folder / "data" / "a.txt").touch()
    assert project.plan()["count"][0] == "cached"
    (project.folder / "data" / "a.txt").write_text("1\n3\n")
    assert project.plan()["count"] == ("run", "data folder: new content")


def test_missing_data_is_found_before_anything_is_recorded(project: Project) -> None:
    project.write(pipeline=DATA)
    with pytest.raises(NotFoundError):
        project.run()
    assert project.store.runs() == []


def test_data_that_changes_while_it_is_read_fails_the_node(project: Project) -> None:
    project.write(
        pipeline=DATA.replace("    lines.value", "    (Path(folder) / 'b.txt').write_text('9')\n        lines.value")
    )
    (project.folder / "data").mkdir()
    (project.folder / "data" / "a.txt").write_text("1\n")
    result = project.run()
    assert states(result) == {"count": "failed"}
    assert "changed while the node read it" in (result.executions[0].error or "")


def test_independent_nodes_run_at_the_same_time(project: Project) -> None:
    # Each of the two waits for the other one's file: one after the other, they would never end.
    project.write(
        pipeline="""
        import time
        from pathlib import Path

        from penstock import Pipeline, component

        @component
        def meet(mine: str, other: str) -> int:
            Path(mine).touch()
            for _ in range(3000):
                if Path(other).exists():
                    return 1
                time.sleep(0.01)
            raise TimeoutError("the other one did not come")

        def create_pipeline(folder: str) -> Pipeline:
            a = meet(mine=f"{folder}/a", other=f"{folder}/b").with_id("a")
            b = meet(mine=f"{folder}/b", other=f"{folder}/a").with_id("b")
            return Pipeline("meeting", [a, b])
        """
    )
    result = project.run(build={"folder": str(project.layout.root)})
    assert states(result) == {"a": "succeeded", "b": "succeeded"}
