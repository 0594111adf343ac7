"""Values of upstream artifacts as parameters."""

from __future__ import annotations

from tests.orchestration.conftest import Project, states

VALUES = """
    from typing import Any

    from penstock import Output, Pipeline, component
    from penstock.artifacts import JsonValue, Float

    class Celsius(Float):
        pass

    @component
    def made(value: Output[JsonValue], warmth: Output[Celsius]) -> None:
        value.value = {"$data": "/etc/hostname"}
        warmth.value = 21.5

    @component
    def shows(value: dict[str, Any], twice: float) -> dict:
        return {"got": value, "twice": 2 * twice}

    first = made()
    second = shows(value=first.outputs["value"], twice=first.outputs["warmth"])
    pipeline = Pipeline("values", [first, second])
"""


def test_a_value_is_never_taken_for_a_reference(project: Project) -> None:
    project.write(pipeline=VALUES)
    result = project.run()
    assert states(result) == {"made": "succeeded", "shows": "failed"}
    assert "looks like a reference" in (result.executions[1].error or "")


def test_a_value_type_of_the_project_is_read_too(project: Project) -> None:
    project.write(pipeline=VALUES.replace("$data", "data"))
    assert project.value(project.run(), "shows") == {"got": {"data": "/etc/hostname"}, "twice": 43.0}
