"""What README and docs show is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock import Input, Output, component, latest_blessed
from penstock.artifacts import JsonValue, Model
from penstock.cli.main import cli
from penstock.config import MetricsSpec
from penstock.ir.definition import load_definition

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("pipelines/*/README.md")]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_pipeline_in_the_readme_has_the_nodes_of_the_shipped_one() -> None:
    shipped = ROOT / "pipelines" / "penguins" / "pipeline.py"
    header = shipped.read_text().split("def create_pipeline")[0]
    namespace: dict[str, object] = {"accuracy": MetricsSpec()}
    exec(header + _blocks("python")[0], namespace)  # noqa: S102 - the README's own text
    pipeline = namespace["create_pipeline"]()  # type: ignore[operator]
    assert [node.id for node in pipeline.components] == [
        node.id for node in load_definition(shipped, build={}).spec.nodes
    ]


def test_the_component_in_the_readme_is_one() -> None:
    namespace = {"component": component, "Input": Input, "Output": Output, "Model": Model, "JsonValue": JsonValue}
    exec(_blocks("python")[1], namespace)  # noqa: S102 - the README's own text
    contract = namespace["model_card"].component.contract  # type: ignore[attr-defined]
    assert list(contract.inputs) == ["model"]
    assert list(contract.outputs) == ["card"]
    assert latest_blessed is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_page_names_exist(page: Path) -> None:
    for name in re.findall(r"(?:`|\$ |^    |bin/)penstock ([a-z]+)", page.read_text(), flags=re.MULTILINE):
        assert name in cli.commands, f"{page.name} names penstock {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"[\w`]\]\((?!https?:|#)([\w./-]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for name in re.findall(r"`((?:dsl|ir|metadata|orchestration|sources|cli|examples)/[\w/]+\.py)", text):
        assert (ROOT / "src" / "penstock" / name).exists(), name


def test_both_commands_are_marked_for_those_who_run_them() -> None:
    for mark, contains in (("run-line", "penstock run pipelines/penguins"), ("test-line", "pytest")):
        (block,) = re.findall(rf"<!-- {mark} -->\n```\n(.*)\n```\n<!-- /{mark} -->", README)
        assert contains in block
