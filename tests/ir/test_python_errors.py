"""Every mistake in a Python definition: one message with the line of the user's file."""

from __future__ import annotations

import pytest

from penstock.errors import PenstockError
from tests.ir.conftest import Project, message

NODE = "Gen(input_base='data')"

# Two import lines stand before each text.
TEXTS = {
    "nothing": ("x = 1\n", ["pipeline.py: no pipeline is defined", "create_pipeline(...)"]),
    "pipeline of another type": ("pipeline = 3\n", ['received "pipeline" is of type int']),
    "both": (
        f"pipeline = Pipeline('p', [{NODE}])\ndef create_pipeline(): return pipeline\n",
        ['pipeline.py: both "pipeline" and "create_pipeline" are defined'],
    ),
    "raises": (
        "x = 1\n1 / 0\n",
        ["pipeline.py:4 <module>: pipeline.py raises when it is imported: ZeroDivisionError", "received 1 / 0"],
    ),
    "exits": ("import sys\nsys.exit(3)\n", ["pipeline.py:4 <module>", "SystemExit"]),
    "syntax": ("def f(:\n", ["pipeline.py:3: pipeline.py raises when it is imported: SyntaxError"]),
    "missing import": ("import no_such_module\n", ["pipeline.py:3 <module>", "No module named 'no_such_module'"]),
    "create raises": (
        "def create_pipeline():\n    return [][1]\n",
        ["pipeline.py:4 create_pipeline: create_pipeline raises IndexError", "received return [][1]"],
    ),
    "create returns nothing": (
        "def create_pipeline():\n    pass\n",
        ["pipeline.py:3: create_pipeline", "received None", "a returned Pipeline"],
    ),
    "unknown type": (
        "def create_pipeline(x: 'Foo'): pass\n",
        ["pipeline.py:3: create_pipeline: name 'Foo' is not defined"],
    ),
    "star arguments": ("def create_pipeline(*args): pass\n", ['argument "args": cannot be given by name']),
    "build argument missing": ("def create_pipeline(n: int): pass\n", ['argument "n": is not given', "--build n=..."]),
    "param with a bad default": (
        "def create_pipeline(n: Param[int] = 'x'): pass\n",
        ['pipeline.py:3: create_pipeline, argument "n": wrong type', "received 'x' (str)", "expected int"],
    ),
    "param of a bad type": ("def create_pipeline(n: Param[bytes]): pass\n", ['argument "n": unknown type "bytes"']),
    "param in a condition": (
        "def create_pipeline(n: Param[int] = 1):\n    if n:\n        pass\n",
        ['pipeline.py:4: run parameter "n" is used as a condition', "make it a build argument", "--build n=..."],
    ),
    "param in text": (
        "def create_pipeline(n: Param[int] = 1):\n    return f'{n}'\n",
        ['pipeline.py:4: run parameter "n" is used as text'],
    ),
    "param as code": (
        "def create_pipeline(m: Param[str] = 'model.py'):\n"
        f"    g = {NODE}\n    return Pipeline('p', [g, Train(examples=g.examples, module_file=m)])\n",
        ["pipeline.py:5", "user code cannot be a run parameter", "make it a build argument"],
    ),
    "wrong wiring": (
        f"g = {NODE}\nt = Train(examples=g.examples)\nPush(model=g.examples)\n",
        [
            'pipeline.py:5: node "push", input "model"',
            "received gen.examples: Channel[Examples]",
            "expected Channel[Model]",
        ],
    ),
    "a node for a channel": (
        f"g = {NODE}\nTrain(examples=g)\n",
        ["pipeline.py:4", 'name one of its outputs: .outputs["..."]'],
    ),
    "unknown output": (
        f'g = {NODE}\ng.outputs["exampels"]\n',
        ['pipeline.py:4: Gen has no output "exampels"', '"examples"?'],
    ),
    "attribute of a channel": (
        f"g = {NODE}\ng.examples.uri\n",
        ["pipeline.py:4", "does not exist while the pipeline is defined"],
    ),
    "node outside the pipeline": (
        f"g = {NODE}\npipeline = Pipeline('p', [Train(examples=g.examples)])\n",
        ["pipeline.py:4", "which is not in the pipeline", 'add gen to the components of "p"'],
    ),
    "duplicate id": (
        f"pipeline = Pipeline('p', [{NODE}, {NODE}])\n",
        ['pipeline.py:3: two nodes have the id "gen"', ".with_id"],
    ),
    "no nodes": ("pipeline = Pipeline('p', [])\n", ['pipeline.py:3: pipeline "p" has no nodes']),
    "another function than the component calls": (
        f"import model\ng = {NODE}\n"
        "pipeline = Pipeline('p', [g, Train(examples=g.examples, module_file=model.hook_fn)])\n",
        ["pipeline.py:5", "names another function", 'a file that defines "run_fn"'],
    ),
    "value for a path": (
        f"g = {NODE}\nt = Train(examples=g.examples)\nc = card(model=t.model, title='x')\n"
        "pipeline = Pipeline('p', [g, t, c, Gen(input_base=c.card).with_id('h')])\n",
        ["pipeline.py:6", "a path cannot come from another node", "wired as an input"],
    ),
    "two types of one name": (
        "from penstock.artifacts import Artifact\n"
        "def kind():\n    class Model(Artifact):\n        pass\n    return Model\n"
        "K = kind()\nclass Other(Component):\n    out: Output[K] = output()\n    executor = 'x:y'\n"
        f"g = {NODE}\npipeline = Pipeline('p', [Other(), g, Train(examples=g.examples)])\n",
        ['two artifact types are called "Model"'],
    ),
    "component from elsewhere": (
        "from tests.ir.elsewhere import Alien\npipeline = Pipeline('p', [Alien()])\n",
        ["pipeline.py:4", "Alien is defined outside the project", "entry points of the group"],
    ),
    "beam args as text": (
        f"pipeline = Pipeline('p', [{NODE}], beam_pipeline_args='--x')\n",
        ["pipeline.py:3: beam_pipeline_args", "a list of texts"],
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_mistake(project: Project, name: str) -> None:
    text, parts = TEXTS[name]
    with pytest.raises(PenstockError) as error:
        project.python(text)
    shown = message(error)
    for part in parts:
        assert part in shown


def test_an_unknown_build_argument_gets_the_nearest_name(project: Project) -> None:
    with pytest.raises(PenstockError) as error:
        project.python(f"def create_pipeline(count: int = 1): return Pipeline('p', [{NODE}])", cuont="2")
    assert 'no build argument "cuont"' in message(error)
    assert 'did you mean "count"?' in message(error)


def test_a_run_parameter_given_as_build_argument_is_told_so(project: Project) -> None:
    with pytest.raises(PenstockError, match="steps is a run parameter: --set steps="):
        project.python(f"def create_pipeline(steps: Param[int] = 1): return Pipeline('p', [{NODE}])", steps="2")


def test_a_build_argument_of_a_wrong_type(project: Project) -> None:
    with pytest.raises(PenstockError) as error:
        project.python(f"def create_pipeline(count: int = 1): return Pipeline('p', [{NODE}])", count="two")
    assert "--build count: wrong type\n  received 'two'\n  expected int" in message(error)


def test_a_pipeline_object_has_no_build_arguments(project: Project) -> None:
    with pytest.raises(PenstockError, match='no build argument "x"'):
        project.python(f"pipeline = Pipeline('p', [{NODE}])", x="1")
