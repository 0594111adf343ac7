"""`penstock run`: what it prints when all goes well, when a node fails, and when a gate refuses."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import CALCULATION, FAILING, Shell

SECONDS = re.compile(r"\d+\.\d s")

GATED = """
    from penstock import Output, Pipeline, component
    from penstock.artifacts import ModelBlessing

    @component
    def judge(x: int, blessing: Output[ModelBlessing]) -> None:
        blessing.blessed = 0
        blessing.model_identity = "sha256:0"

    pipeline = Pipeline("gated", [judge(x=1)])
"""


def shown(text: str) -> list[str]:
    """Lines with every duration as `T`, whatever its width was."""
    return [re.sub(r"T +", "T  ", SECONDS.sub("T", line)).rstrip() for line in text.splitlines()]


@pytest.fixture
def project(shell: Shell) -> Shell:
    shell.write(pipeline_py=CALCULATION)
    return shell


def test_a_run_prints_a_line_a_node_and_a_summary(project: Shell) -> None:
    ended = project("run", ".")
    assert ended.code == 0
    assert shown(ended.out) == [
        "calculation · run 1 · 3 nodes: 3 to run",
        "  number   ok       T",
        "  scaled   ok       T",
        "  report   ok       T",
        "ok 3   in T",
        "next: penstock runs show 1",
    ]
    assert ended.err == ""


def test_run_by_folder_file_and_path_are_the_same(project: Shell) -> None:
    project("run", ".")
    for way in ("pipeline.py", str(project.folder), str(project.folder / "pipeline.py")):
        assert "cached 3" in project("run", way).out


def test_a_cached_run_says_where_the_bytes_come_from(project: Shell) -> None:
    project("run", ".")
    assert shown(project("run", ".").out)[:4] == [
        "calculation · run 2 · 3 nodes: 3 cached",
        "  number   cached   run 1",
        "  scaled   cached   run 1",
        "  report   cached   run 1",
    ]


def test_a_node_says_why_it_ran_again(project: Shell) -> None:
    project("run", ".")
    lines = shown(project("run", ".", "--set", "x=5").out)
    assert lines[1] == "  number   ok       T  param x: 4 -> 5"


def test_no_cache_of_one_node(project: Shell) -> None:
    project("run", ".")
    lines = shown(project("run", ".", "--no-cache", "scaled").out)
    assert lines[1:4] == [
        "  number   cached   run 1",
        "  scaled   ok       T  cache is off",
        "  report   cached   run 1",
    ]


def test_no_cache_of_all_nodes(project: Shell) -> None:
    project("run", ".")
    assert "ok 3   in" in project("run", ".", "--no-cache").out


def test_a_build_argument(project: Shell) -> None:
    assert project("run", ".", "--build", "title=other").lines[0].startswith("other · run 1")


def test_a_partial_run_counts_what_it_leaves_out(project: Shell) -> None:
    ended = project("run", ".", "--to", "scaled")
    assert ended.code == 0
    assert ended.lines[0] == "calculation · run 1 · 3 nodes: 2 to run, 1 left out"
    assert "report" not in "".join(ended.lines[1:-2])


def test_from_a_node_whose_upstream_is_stale_is_refused_before_a_run_is_made(project: Shell) -> None:
    ended = project("run", ".", "--from", "scaled")
    assert ended.code == 2
    assert "number would run" in ended.err
    assert "Hint: run without --from" in ended.err
    assert project("runs", "ls", "--json").document == []


def test_the_next_command_works_as_it_is_printed(shell: Shell) -> None:
    folder = shell.folder / "a project"
    folder.mkdir()
    Shell(folder).write(pipeline_py=CALCULATION)
    last = shell("run", "a project").lines[-1]
    assert last == "next: penstock runs show 1 --root 'a project/.penstock'"
    assert shell("runs", "show", "1", "--root", "a project/.penstock").code == 0


def test_the_root_may_come_from_the_environment(project: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENSTOCK_ROOT", str(project.folder / "elsewhere"))
    assert project("run", ".").lines[-1] == "next: penstock runs show 1"
    assert project("runs", "show", "1").code == 0
    assert (project.folder / "elsewhere" / "metadata.db").exists()


def test_the_root_may_come_from_penstock_yaml(project: Shell) -> None:
    project.write(penstock_yaml="root: kept\n")
    project("run", ".")
    assert (project.folder / "kept" / "metadata.db").exists()
    assert project("runs", "show", "1").code == 0


def test_what_is_written_is_readable_for_its_owner_only(project: Shell) -> None:
    project("run", ".")
    root = project.folder / ".penstock"
    assert not [path for path in (root, *root.rglob("*")) if path.stat().st_mode & 0o077]


def test_a_failing_node_ends_with_1_and_one_message_each(shell: Shell) -> None:
    shell.write(failing_py=FAILING)
    ended = shell("run", "failing.py", "--parallelism", "1")
    assert ended.code == 1
    assert shown(ended.out) == [
        "failing · run 1 · 5 nodes: 5 to run",
        "  good       ok       T",
        "  bad        FAILED   T  ValueError: no such luck, not even in the second line   (failing.py:12 bad)",
        "  after      skipped  needs bad",
        "  explains   FAILED   T  x.csv:3: a column is empty",
        "               received nothing",
        "               expected a number",
        "               Hint: fill it",
        "  silent     FAILED   T  ValueError   (failing.py:20 silent)",
        "ok 1 · failed 3 · skipped 1   in T",
        "log: penstock logs 1 bad      fix it, then: penstock run failing.py --parallelism 1",
    ]
    assert ended.err == ""


def test_what_runs_again_repeats_what_was_said(shell: Shell) -> None:
    shell.write(failing_py=FAILING)
    ended = shell("run", "failing.py", "--root", "my root", "--to", "bad", "--json")
    assert ended.events[-1]["again"] == "penstock run failing.py --to bad --root 'my root'"


def test_a_fixed_node_goes_on_with_what_was_done(shell: Shell) -> None:
    shell.write(failing_py=FAILING)
    shell("run", "failing.py", "--to", "bad")
    shell.write(failing_py=FAILING.replace("raise ValueError(", "return len("))
    lines = shown(shell("run", "failing.py", "--to", "bad").out)
    assert lines[1] == "  good       cached   run 1"
    assert lines[2].startswith("  bad        ok")


def test_a_refused_gate_is_no_failure(shell: Shell) -> None:
    shell.write(pipeline_py=GATED)
    assert shell("run", ".").code == 0


def test_a_refused_gate_under_strict_ends_with_3(shell: Shell) -> None:
    shell.write(pipeline_py=GATED)
    ended = shell("run", ".", "--strict")
    assert ended.code == 3
    assert ended.err == "judge: not blessed\n  Hint: run without --strict to end with 0 all the same\n"


def test_a_cached_refusal_under_strict_ends_with_3_too(shell: Shell) -> None:
    shell.write(pipeline_py=GATED)
    shell("run", ".")
    assert shell("run", ".", "--strict").code == 3


def test_a_piped_run_of_a_process_prints_the_same_and_nothing_else(project: Shell) -> None:
    ended = project.process("run", ".")
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.lines) == 6
    assert "\x1b" not in ended.out
