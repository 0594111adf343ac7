"""What of a project is in the keys of its nodes: a small edit, and whether the node would run."""

from __future__ import annotations

import pytest

from tests.orchestration.conftest import Project

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
