"""The shipped pipeline as a user meets it: started with `init`, run to a pushed model, broken, and mended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Ended, Shell

pytestmark = pytest.mark.long

NODES = ["example_gen", "transform", "trainer", "evaluator", "pusher"]
NOISE = re.compile(
    r"tensorflow|TF_|absl|apache_beam|WARNING|INFO|oneDNN|cuda|keras|W0000|I0000|E0000|UserWarning", re.I
)


class Penguins(Shell):
    """A working directory with the project in `mine`."""

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / "mine" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Penguins, Ended]:
    """The project, and its first run, piped."""
    shell = Penguins(tmp_path_factory.mktemp("penguins"))
    assert shell("init", "mine").code == 0
    return shell, shell.process("run", "mine", "--strict", timeout=600)


def test_the_first_run_ends_well_and_says_where_the_model_is(first: tuple[Penguins, Ended]) -> None:
    shell, ended = first
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[-2].startswith("ok 5   in ")
    assert ended.lines[-1] == "model: mine/serving/1      next: penstock runs show 1 --root mine/.penstock"
    assert (shell.folder / "mine" / "serving" / "1" / "saved_model.pb").exists()


def test_its_lines_are_at_most_two_a_node_and_free_of_noise(first: tuple[Penguins, Ended]) -> None:
    _, ended = first
    assert [line.split()[:2] for line in ended.lines[1:-2]] == [[node, "ok"] for node in NODES]
    assert not NOISE.findall(ended.out.replace("sparse_categorical", ""))


def test_what_the_libraries_said_is_in_the_logs(first: tuple[Penguins, Ended]) -> None:
    shell, _ = first
    log = shell("logs", "1", "trainer", "--root", "mine/.penstock").out
    assert "loss:" in log


def test_the_same_in_yaml_is_cached(first: tuple[Penguins, Ended]) -> None:
    shell, _ = first
    ended = shell.process("run", "mine/pipeline.yaml")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split()[:2] for line in ended.lines[1:-2]] == [[node, "cached"] for node in NODES]


@pytest.fixture
def mine(first: tuple[Penguins, Ended], tmp_path: Path) -> Penguins:
    """The project as `init` made it, on the store that has the first run."""
    shell, _ = first
    shell("init", str(tmp_path / "mine"))
    return Penguins(tmp_path)


MISTAKES = {
    "a loss that is no number": ("model.py", "Adam(0.01)", 'Adam(float("nan"))', "trainer", "loss is nan at step"),
    "an error in run_fn": ("model.py", "Adam(0.01)", "Adam(0.01, foo=1)", "trainer", "model.py:"),
    "a feature that is absent": ("model.py", "MEASUREMENTS = (", 'MEASUREMENTS = ("wings", ', "transform", "wings"),
    "a label that is absent": ("pipeline.yaml", "label_key: species_id", "label_key: kind", "evaluator", "kind"),
    "a slice that is absent": ("pipeline.yaml", "[island]", "[iceland]", "evaluator", "iceland"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_a_node_finds_wrong(mine: Penguins, first: tuple[Penguins, Ended], name: str) -> None:
    file, old, new, node, said = MISTAKES[name]
    mine.edit(file, old, new)
    root = str(first[0].folder / "mine" / ".penstock")
    ended = mine.process("run", "mine/pipeline.yaml", "--root", root, timeout=300)
    assert (ended.code, ended.err) == (1, "")
    failed = next(index for index, line in enumerate(ended.lines) if "FAILED" in line)
    assert ended.lines[failed].split()[0] == node
    below = [line for line in ended.lines[failed + 1 :] if line.lstrip().startswith(("received", "expected", "Hint:"))]
    assert said in "\n".join([ended.lines[failed], *below])
    assert "Traceback" not in ended.out
    number = ended.lines[0].split()[3]
    assert f"log: penstock logs {number} {node} --root {root}" in ended.lines[-1]
    assert "Traceback" in mine("logs", number, node, "--root", root).out


def test_a_refused_model_is_not_pushed_and_strict_says_so(mine: Penguins, first: tuple[Penguins, Ended]) -> None:
    root = str(first[0].folder / "mine" / ".penstock")
    ended = mine.process("run", "mine", "--root", root, "--set", "accuracy=1.0", "--strict", timeout=300)
    assert ended.code == 3
    assert "not blessed" in ended.err
    assert not (mine.folder / "mine" / "serving").exists()
    pusher = next(line for line in ended.lines if line.split()[0] == "pusher")
    assert "not pushed" in pusher
