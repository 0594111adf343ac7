"""What of a project is in the keys of its nodes: a small edit, and whether the node would run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.orchestration.conftest import Project, states

CONFIGURED = """
    from typing import Any

    from penstock import Pipeline, component

    @component
    def show(config: dict[str, Any]) -> dict:
        return config

    def create_pipeline() -> Pipeline:
        return Pipeline("configured", [show(config={"a.b": 1})])
"""


@pytest.mark.parametrize(
    ("other", "shown"),
    [('{"a": {"b": 1}}', "config.a.b"), ('{"a.b": 1.0}', "1 -> 1.0"), ('{"a.b": True}', "1 -> true")],
)
def test_configs_that_differ_in_form_alone_differ(project: Project, other: str, shown: str) -> None:
    project.write(pipeline=CONFIGURED)
    project.run()
    project.edit("pipeline.py", '{"a.b": 1}', other)
    action, reason = project.plan()["show"]
    assert action == "run"
    assert shown in reason


IN_ONE_FILE = """
    from penstock import Component, Input, Output, Pipeline, component, output
    from penstock.artifacts import Integer

    @component
    def number(x: int) -> int:
        return x

    class Doubled(Component):
        a: Input[Integer]
        result: Output[Integer] = output()

        class executor:
            def run(self, node, context):
                node.result.value = 2 * node.a.value

    first = number(x=3)
    second = Doubled(a=first.outputs["output"]).with_id("second").with_options(cache=True)
    pipeline = Pipeline("one_file", [first, second, number(x=5).with_id("third")])
"""


def test_building_the_pipeline_beside_its_components_is_not_their_code(project: Project) -> None:
    project.write(pipeline=IN_ONE_FILE)
    project.run()
    project.edit("pipeline.py", '"one_file"', '"renamed"')
    project.edit("pipeline.py", '"second"', '"twice"')
    project.edit("pipeline.py", "x=5", "x=6")
    assert {node: action for node, (action, _) in project.plan().items()} == {
        "number": "cached",
        "twice": "cached",
        "third": "run",
    }


BY_NAME = """
    from penstock import Component, Output, Pipeline, output
    from penstock.artifacts import Integer

    class Own(Component):
        executor = "package.work:Work"
        x: int = 1
        result: Output[Integer] = output()

    def create_pipeline() -> Pipeline:
        return Pipeline("own", [Own()])
"""


def test_an_executor_that_is_named_by_a_text_is_code_of_the_component(project: Project) -> None:
    package = project.folder / "package"
    package.mkdir()
    (package / "constants.py").write_text("STEP = 1\nUNUSED = 1\n")
    (package / "work.py").write_text(
        "from package.constants import STEP\n\n\nclass Work:\n    def run(self, node, context):\n"
        "        node.result.value = node.x + STEP\n"
    )
    project.write(pipeline=BY_NAME)
    assert project.value(project.run(), "own", "result") == 2
    project.edit("package/constants.py", "UNUSED = 1", "UNUSED = 2")
    assert project.plan()["own"][0] == "cached"
    project.edit("package/constants.py", "STEP = 1", "STEP = 2")
    assert project.plan()["own"] == ("run", "package/constants.py: STEP changed")
    assert project.value(project.run(), "own", "result") == 3


SCORED = """
    from pathlib import Path

    from penstock import Artifact, Input, Output, Pipeline, component

    class Thing(Artifact):
        score: int = 0

    @component
    def make(score: int, thing: Output[Thing]) -> None:
        Path(thing.uri, "file").write_text("the same")
        thing.score = score

    @component
    def read(thing: Input[Thing]) -> int:
        return thing.score

    def create_pipeline(score: int = 1) -> Pipeline:
        first = make(score=score)
        return Pipeline("scored", [first, read(thing=first.outputs["thing"])])
"""


def test_properties_count_for_those_who_can_read_them(project: Project) -> None:
    project.write(pipeline=SCORED)
    assert project.value(project.run(), "read") == 1
    assert project.value(project.run(build={"score": "2"}), "read") == 2
    assert set(states(project.run(build={"score": "1"})).values()) == {"cached"}


@pytest.mark.parametrize("damage", ["unlink", "shorten"])
def test_a_cached_artifact_whose_files_are_not_whole_is_made_again(project: Project, damage: str) -> None:
    project.write(pipeline=SCORED)
    result = project.run()
    (artifact,) = project.store.outputs(result.executions[0].id)["thing"]
    file = Path(artifact.uri, "file")
    file.unlink() if damage == "unlink" else file.write_text("the")
    action, reason = project.plan()["make"]
    assert action == "run"
    assert "published were 8" in reason
    assert states(project.run()) == {"make": "succeeded", "read": "cached"}
