"""`penstock lineage`."""

from __future__ import annotations

from tests.cli.conftest import Shell


def artifact_of(shell: Shell, run: int, node: str) -> str:
    """Id of the artifact that a node of a run made."""
    found = shell("artifacts", "ls", "--node", node, "--json").document
    return next(artifact["id"] for artifact in found if artifact["run_number"] == run)


def told(shell: Shell, *args: str) -> list[str]:
    """Lines without ids."""
    return [f"{line[: len(line) - len(line.lstrip())]}{' '.join(line.split()[2:])}" for line in shell(*args).lines]


def test_up_is_the_default(finished: Shell) -> None:
    assert told(finished, "lineage", artifact_of(finished, 1, "report")) == [
        "calculation run 1 report.page",
        "  calculation run 1 number.output",
        "  calculation run 1 scaled.output",
    ]


def test_down(finished: Shell) -> None:
    lines = told(finished, "lineage", "--down", artifact_of(finished, 1, "number"))
    assert lines[0] == "calculation run 1 number.output"
    assert set(lines[1:]) == {"  calculation run 1 scaled.output", "  calculation run 1 report.page"}


def test_depth(finished: Shell) -> None:
    assert len(finished("lineage", artifact_of(finished, 1, "scaled"), "--depth", "1").lines) == 2


def test_an_unknown_artifact_ends_with_2(finished: Shell) -> None:
    ended = finished("lineage", "zzz")
    assert (ended.code, ended.err) == (2, "no artifact zzz\n  Hint: penstock artifacts ls\n")
