from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.errors import PenstockError
from penstock.ir.model import InputSpec, ParameterSpec, QuerySpec
from tests.ir.conftest import Project

TRAIN = """
    gen: {component: Gen, input_base: data}
    train: {component: Train, examples: gen.examples%s}
"""


def test_an_input_is_wired_by_node_and_output(project: Project) -> None:
    spec = project.nodes(TRAIN % "").spec
    assert spec.node("train").inputs == {
        "examples": InputSpec(type="Examples", min=1, max=1, sources=("gen.examples",))
    }


def test_a_list_of_outputs_fills_a_list_input(project: Project) -> None:
    spec = project.nodes(
        """
        a: {component: Gen, input_base: data}
        b: {component: Gen, input_base: data}
        both: {component: Merge, examples: [b.examples, a.examples]}
        """
    ).spec
    assert spec.node("both").inputs["examples"].sources == ("b.examples", "a.examples")
    assert spec.node("both").inputs["examples"].max is None


def test_a_query_fills_an_optional_input(project: Project) -> None:
    spec = project.nodes(
        """
        gen: {component: Gen, input_base: data}
        first: {component: Train, examples: gen.examples}
        train: {component: Train, examples: gen.examples, base: {latest_blessed: first.model}}
        """
    ).spec
    assert spec.node("train").inputs["base"].query == QuerySpec(name="latest_blessed", of="first.model")


def test_null_leaves_an_optional_input_unwired(project: Project) -> None:
    assert "base" not in project.nodes(TRAIN % ", base: null").spec.node("train").inputs


def test_nodes_may_stand_in_any_order(project: Project) -> None:
    forward = project.nodes(TRAIN % "").spec
    lines = (TRAIN % "").strip("\n").splitlines()
    assert project.nodes("\n".join(reversed(lines))).spec == forward
    assert [node.id for node in forward.nodes] == ["gen", "train"]


@pytest.mark.parametrize("written", ['"${params.steps}"', '"${ params.steps }"', "'${params.steps}'"])
def test_a_run_parameter_stays_a_reference_at_any_depth(project: Project, written: str) -> None:
    text = TRAIN % f", args: {{steps: {written}}}, extra: {{deep: [1, {written}]}}"
    spec = project.nodes(text, "{steps: {type: int, default: 5, description: How many.}}").spec
    assert spec.params == {"steps": ParameterSpec(type="int", default=5, description="How many.")}
    assert spec.node("train").params["args"] == {"steps": {"$param": "steps"}}
    assert spec.node("train").params["extra"] == {"deep": [1, {"$param": "steps"}]}


def test_a_run_parameter_may_stand_bare_in_block_style(project: Project) -> None:
    text = "train:\n  component: Train\n  examples: gen.examples\n  args:\n    steps: ${params.steps}\n"
    spec = project.nodes("gen: {component: Gen, input_base: data}\n" + text, "{steps: {type: int}}").spec
    assert spec.node("train").params["args"] == {"steps": {"$param": "steps"}}
    assert spec.params["steps"].required


def test_a_parameter_can_take_the_value_of_another_node(project: Project) -> None:
    spec = project.nodes(
        TRAIN % ""
        + "    size: {component: size, model: train.model}\n"
        + "    twice: {component: size, model: train.model, unit: {$value: size.output}}\n"
    ).spec
    assert spec.node("twice").params == {"unit": {"$value": "size.output"}}
    assert [node.id for node in spec.nodes][-1] == "twice"


def test_a_literal_dollar_brace_is_written_with_two_dollars(project: Project) -> None:
    spec = project.nodes(TRAIN % ', extra: {text: "cost $${x}"}').spec
    assert spec.node("train").params["extra"] == {"text": "cost ${x}"}


def test_paths_of_data_run_parameters_stay_marked_as_data(project: Project) -> None:
    spec = project.nodes('gen: {component: Gen, input_base: "${params.where}"}', "{where: {type: str}}").spec
    assert spec.node("gen").params == {"input_base": {"$data": {"$param": "where"}}}


def test_options_are_read_and_are_not_parameters(project: Project) -> None:
    node = project.nodes(TRAIN % ', options: {cache: false, beam_pipeline_args: ["--x=1"]}').spec.node("train")
    assert (node.options.cache, node.options.beam_pipeline_args) == (False, ("--x=1",))
    assert "options" not in node.params


def test_what_concerns_the_whole_pipeline(project: Project) -> None:
    definition = project.yaml(
        """
        pipeline: whole
        root: out
        enable_cache: false
        beam_pipeline_args: [--a=b]
        components: [parts.py]
        nodes: {gen: {component: Gen, input_base: ./data/}}
        """
    )
    assert definition.root == project.folder / "out"
    assert (definition.spec.enable_cache, definition.spec.beam_pipeline_args) == (False, ("--a=b",))
    assert definition.spec.node("gen").params == {"input_base": {"$data": "data"}}


def test_the_place_of_a_node_is_the_line_of_its_key(project: Project) -> None:
    assert project.nodes(TRAIN % "").spec.node("train").at == "pipeline.yaml:7"


def test_standard_components_need_no_list(project: Project) -> None:
    spec = project.yaml("pipeline: p\nnodes:\n  gen: {component: CsvExampleGen, input_base: data}\n").spec
    assert (spec.node("gen").component.name, spec.node("gen").component.origin) == ("CsvExampleGen", "standard")


def test_yaml_and_python_compile_to_the_same_spec(project: Project) -> None:
    from_yaml = project.nodes(
        TRAIN % ', args: {steps: "${params.steps}"}, base: {latest_blessed: other.model}, hook: "model.py:hook_fn"'
        + "    other: {component: Train, examples: gen.examples, options: {cache: false}}\n",
        "{steps: {type: int, default: 5, description: How many.}}",
    ).spec
    from_python = project.python(
        '''
        import model

        def create_pipeline(steps: Param[int] = 5):
            """P.

            Args:
                steps: How many.
            """
            gen = Gen(input_base="data")
            other = Train(examples=gen.examples).with_id("other").with_options(cache=False)
            train = Train(
                examples=gen.outputs["examples"],
                base=latest_blessed(other.model),
                args=Args(steps=steps),
                hook=model.hook_fn,
            )
            return Pipeline("p", [train, gen, other])
        '''
    ).spec
    assert from_yaml == from_python
    assert replace(from_yaml, pipeline="q") != from_python


def test_build_arguments_are_refused(project: Project) -> None:
    with pytest.raises(PenstockError, match="only Python definitions have them"):
        project.yaml("pipeline: p\nnodes: {gen: {component: Gen}}\n", build={"x": "1"})
