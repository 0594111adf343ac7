from __future__ import annotations

import sys

import pytest

from penstock.errors import PenstockError
from penstock.ir.definition import load_definition
from penstock.ir.model import ParameterSpec
from tests.ir.conftest import Project, message


def test_param_arguments_become_run_parameters(project: Project) -> None:
    spec = project.python(
        '''
        def create_pipeline(steps: Param[int] = 5, rate: Param[float] = 1, where: Param[str] = "data"):
            """A pipeline.

            Args:
                steps: How many steps
                    to train.
                rate: The rate.

            Returns:
                A pipeline.
            """
            return Pipeline("p", [Train(examples=Gen(input_base=where).examples, args=Args(steps=steps, rate=rate))])
        '''.replace("[Train(examples=Gen(input_base=where)", "[g := Gen(input_base=where), Train(examples=g")
    ).spec
    assert spec.params == {
        "steps": ParameterSpec(type="int", default=5, description="How many steps to train."),
        "rate": ParameterSpec(type="float", default=1.0, description="The rate."),
        "where": ParameterSpec(type="str", default="data"),
    }
    assert spec.node("train").params["args"] == {"steps": {"$param": "steps"}, "rate": {"$param": "rate"}}
    assert spec.node("gen").params == {"input_base": {"$data": {"$param": "where"}}}


def test_a_param_without_default_must_be_given_by_the_run(project: Project) -> None:
    spec = project.python(
        "def create_pipeline(x: Param[list[str]]): return Pipeline('p', [Gen(input_base='data', nulls=x)])"
    ).spec
    assert spec.params["x"] == ParameterSpec(type="list[str]", required=True)


BUILD = """
def create_pipeline(count: int = 1, names: list[str] = ["a"], plain="x", note: str | None = None):
    return Pipeline("p", [Gen(input_base="data").with_id(f"g{i}") for i in range(count)])
"""


def test_build_arguments_change_the_topology_and_are_recorded(project: Project) -> None:
    spec = project.python(BUILD, count="2", names="[b, c]", note="7").spec
    assert [node.id for node in spec.nodes] == ["g0", "g1"]
    assert spec.build == {"count": 2, "names": ["b", "c"], "plain": "x", "note": "7"}


def test_a_pipeline_object_needs_no_function(project: Project) -> None:
    definition = project.python("pipeline = Pipeline('p', [Gen(input_base='data')], root='out')")
    assert definition.spec.pipeline == "p"
    assert definition.root == project.folder / "out"


def test_what_is_left_at_its_default_is_left_out(project: Project) -> None:
    spec = project.python(
        "g = Gen(input_base='data', nulls=[])\n"
        "pipeline = Pipeline('p', [g, Train(examples=g.examples, args=Args(steps=10, rate=0.2), mode='fast')])"
    ).spec
    # Code counts by content, so its reference stays even where the default names it.
    assert spec.node("train").params == {
        "args": {"rate": 0.2},
        "module_file": {"$source": "model.py", "entry": "run_fn"},
    }
    assert spec.node("gen").params == {"input_base": {"$data": "data"}}


def test_component_references_say_version_and_file(project: Project) -> None:
    ref = project.python("g = Gen(input_base='data')\npipeline = Pipeline('p', [g, Train(examples=g.examples)])").spec
    component = ref.node("train").component
    assert (component.name, component.version, component.origin) == ("Train", "3", "project:parts.py")


def test_types_are_described_without_their_code(project: Project) -> None:
    spec = project.python(
        """
        from penstock import Artifact
        from penstock.artifacts import Model

        class Embeddings(Model):
            dimensions: int = 0

        class Embed(Component):
            out: Output[Embeddings] = output()
            executor = "parts:none"

        e = Embed()
        s = size(model=e.out)
        pipeline = Pipeline("p", [e, s])
        """
    ).spec
    assert spec.types["Embeddings"].bases == ("Model",)
    assert spec.types["Embeddings"].properties == {"dimensions": "int"}
    assert spec.types["Integer"].bases == ("ValueArtifact",)


def test_absolute_data_paths_stay_and_absolute_code_becomes_relative(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.csv").touch()
    spec = project.python(
        f"import model\ng = Gen(input_base={str(elsewhere)!r})\n"
        "pipeline = Pipeline('p', [g, Train(examples=g.examples, hook=model.hook_fn)])"
    ).spec
    assert spec.node("gen").params == {"input_base": {"$data": str(elsewhere)}}
    assert spec.node("train").params["hook"] == {"$source": "model.py", "entry": "hook_fn"}


def test_the_sources_digest_follows_imported_project_files(project: Project) -> None:
    project.write("model.py", "import helper\ndef run_fn(a): pass\n")
    project.write("helper.py", "x = 1\n")
    text = "g = Gen(input_base='data')\npipeline = Pipeline('p', [g, Train(examples=g.examples)])"
    before = project.python(text).spec.sources
    assert project.python(text).spec.sources == before
    project.write("helper.py", "x = 2\n")
    assert project.python(text).spec.sources != before


def test_loading_leaves_the_process_as_it_was(project: Project) -> None:
    path, modules = list(sys.path), set(sys.modules)
    project.python("import model\npipeline = Pipeline('p', [Gen(input_base='data')])")
    assert sys.path == path
    assert not {"pipeline", "parts", "model"} & (set(sys.modules) - modules)
    assert not list(project.folder.rglob("__pycache__"))


def test_two_definitions_with_modules_of_the_same_name(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "import model\npipeline = Pipeline(model.NAME, [Gen(input_base='data')])"
    other = Project(tmp_path_factory.mktemp("other"))
    project.write("model.py", "NAME = 'one'\n")
    other.write("model.py", "NAME = 'two'\n")
    names = [p.python(text).spec.pipeline for p in (project, other, project)]
    assert names == ["one", "two", "one"]


def test_an_edit_within_the_same_second_is_seen(project: Project) -> None:
    text = "import model\npipeline = Pipeline(model.NAME, [Gen(input_base='data')])"
    seen = []
    for name in "abc":
        project.write("model.py", f"NAME = {name!r}\n")
        seen.append(project.python(text).spec.pipeline)
    assert seen == ["a", "b", "c"]


def test_a_module_of_the_process_with_a_project_files_name_stays(project: Project) -> None:
    import tests

    project.write("tests.py", "NAME = 'mine'\n")
    assert (
        project.python("import tests\npipeline = Pipeline(tests.NAME, [Gen(input_base='data')])").spec.pipeline
        == "mine"
    )
    assert sys.modules["tests"] is tests


def test_a_file_hides_a_library_of_its_name_and_a_data_folder_does_not(project: Project) -> None:
    import yaml

    project.write("yaml.py", "NAME = 'mine'\n")
    project.write("jsonschema/x.csv", "")
    text = "import yaml, jsonschema\njsonschema.validate\npipeline = Pipeline(yaml.NAME, [Gen(input_base='data')])"
    assert project.python(text).spec.pipeline == "mine"
    assert sys.modules["yaml"] is yaml


def test_a_definition_with_the_name_of_a_standard_module_leaves_that_alone(project: Project) -> None:
    import calendar

    file = project.write(
        "calendar.py", "from penstock import *\nfrom parts import *\npipeline = Pipeline('c', [Gen(input_base='data')])"
    )
    assert load_definition(file).spec.pipeline == "c"
    assert sys.modules["calendar"] is calendar


def test_a_folder_stands_for_its_python_definition_first(project: Project) -> None:
    project.write(
        "pipeline.py",
        "from parts import *\nfrom penstock import *\npipeline = Pipeline('py', [Gen(input_base='data')])",
    )
    project.write(
        "pipeline.yaml", "pipeline: yaml\ncomponents: [parts.py]\nnodes: {gen: {component: Gen, input_base: data}}\n"
    )
    assert load_definition(project.folder).spec.pipeline == "py"
    assert load_definition(project.folder / "pipeline.yaml").spec.pipeline == "yaml"
    (project.folder / "pipeline.py").unlink()
    assert load_definition(project.folder).spec.pipeline == "yaml"


def test_a_folder_without_a_definition_lists_what_could_be_meant(project: Project) -> None:
    with pytest.raises(PenstockError) as error:
        load_definition(project.folder)
    assert "name the file: model.py, parts.py" in message(error)


@pytest.mark.parametrize("name", ["nothing.py", "data/a.csv"])
def test_a_path_that_is_no_definition(project: Project, name: str) -> None:
    with pytest.raises(PenstockError) as error:
        load_definition(project.folder / name)
    assert message(error)


def test_a_link_to_the_folder_is_followed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    project.write(
        "pipeline.py",
        "from parts import *\nfrom penstock import *\npipeline = Pipeline('py', [Gen(input_base='data')])",
    )
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(project.folder)
    assert load_definition(link).folder == project.folder.resolve()
