"""Every mistake in a YAML definition: one message with the line of the key at fault."""

from __future__ import annotations

import pytest

from penstock.errors import PenstockError
from tests.ir.conftest import Project, message

GEN = "gen: {component: Gen, input_base: data}\n"

# Lines: nodes stand from line 6 on.
NODES = {
    "unknown component": (
        "gen:\n  component: CsvExampelGen\n",
        [
            'pipeline.yaml:7: unknown component "CsvExampelGen"',
            'did you mean "CsvExampleGen"? `penstock components ls`',
        ],
    ),
    "dotted path": (
        "gen: {component: os.path.join}",
        ["pipeline.yaml:6: a component is named, not imported", "received 'os.path.join'", "under `components:`"],
    ),
    "component missing": ("gen: {input_base: data}", ['pipeline.yaml:6: node "gen" has no "component"']),
    "component no text": ("gen: {component: 3}", ['node "gen", component', "received 3", "expected a text"]),
    "node no mapping": ("gen: Gen", ['pipeline.yaml:6: node "gen" is not a mapping', "received 'Gen'"]),
    "bad id": ("Gen-1: {component: Gen, input_base: data}", ["pipeline.yaml:6: a node id", "received 'Gen-1'"]),
    "reserved id": ("params: {component: Gen, input_base: data}", ["pipeline.yaml:6: a node id", "received 'params'"]),
    "duplicate id": (GEN + GEN, ['pipeline.yaml:7: the key "gen" stands twice', "the first one is in line 6"]),
    "unknown key": (
        "gen:\n  component: Gen\n  input_base: data\n  null: [a]\n",
        ["pipeline.yaml:9: a key is not a text", "put the key in quotes"],
    ),
    "unknown parameter": (
        "gen:\n  component: Gen\n  input_base: data\n  nuls: [a]\n",
        ['pipeline.yaml:9: node "gen": Gen has no input or parameter "nuls"', 'did you mean "nulls"?'],
    ),
    "unknown option": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  options:\n    cahce: true\n",
        ['pipeline.yaml:11: node "t": unknown option "cahce"', 'did you mean "cache"?'],
    ),
    "option of a wrong type": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  options:\n    cache: no\n",
        ['pipeline.yaml:11: node "t", option "cache"', "received 'no'", "expected True or False"],
    ),
    "beam args as one text": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  options: {beam_pipeline_args: --x}\n",
        ["pipeline.yaml:10: beam_pipeline_args", "received '--x'", "expected a list of texts"],
    ),
    "options no mapping": (
        GEN + "t: {component: Train, examples: gen.examples, options: [cache]}",
        ['node "t", options', "expected a mapping with beam_pipeline_args, cache"],
    ),
    "missing input": (
        "t: {component: Train}",
        ['pipeline.yaml:6: node "t", input "examples" is missing', "Channel[Examples]"],
    ),
    "missing parameter": ("gen: {component: Gen}", ['node "gen", parameter "input_base" is missing', "expected str"]),
    "wrong artifact type": (
        GEN + "t: {component: Train, examples: gen.examples}\np:\n  component: Push\n  model: gen.examples\n",
        [
            'pipeline.yaml:10: node "p", input "model"',
            "received gen.examples: Channel[Examples]",
            "expected Channel[Model]",
        ],
    ),
    "wrong output, right node": (
        GEN + "t: {component: Train, examples: gen.examples}\nu:\n  component: Train\n  examples: t.model\n",
        ['pipeline.yaml:10: node "u", input "examples"', "received t.model: Channel[Model]"],
    ),
    "unknown node": (
        GEN + "t:\n  component: Train\n  examples: gem.examples\n",
        ['pipeline.yaml:9: node "t", input "examples": there is no node "gem"', 'did you mean "gen"?'],
    ),
    "unknown output": (
        GEN + "t:\n  component: Train\n  examples: gen.example\n",
        ['pipeline.yaml:9: node "t", "examples": gen (Gen) has no output "example"', 'did you mean "examples"?'],
    ),
    "node without output": (
        GEN + "t:\n  component: Train\n  examples: gen\n",
        ["pipeline.yaml:9", "received 'gen'", "gen is a node; name one of its outputs: gen.<output>"],
    ),
    "dollar in wiring": (
        GEN + 't:\n  component: Train\n  examples: "${gen.examples}"\n',
        ["pipeline.yaml:9", "wiring needs no ${ }: write node.output"],
    ),
    "number as wiring": (GEN + "t: {component: Train, examples: 3}", ["received 3", "expected node.output"]),
    "unknown query": (
        GEN + "t: {component: Train, examples: gen.examples, base: {newest: gen.examples}}",
        ["received {'newest': 'gen.examples'}", "{latest_blessed: node.output}"],
    ),
    "query on a required input": (
        GEN + "t: {component: Train, examples: {latest_blessed: gen.examples}}",
        ['node "t", input "examples"', "received latest_blessed(gen.examples"],
    ),
    "two channels for one": (
        GEN + "t:\n  component: Train\n  examples: [gen.examples, gen.examples]\n",
        ['pipeline.yaml:9: node "t", input "examples"', "received 2 channels", "expected exactly one"],
    ),
    "no channel for many": (
        GEN + "t: {component: Merge, examples: []}",
        ["received no channel", "expected one or more"],
    ),
    "circle": (
        "a: {component: Merge, examples: c.merged}\nb: {component: Merge, examples: a.merged}\n"
        "c: {component: Merge, examples: b.merged}\n",
        ["nodes read from each other in a circle", " -> "],
    ),
    "circle of one": ("a: {component: Merge, examples: a.merged}", ["pipeline.yaml:6: nodes read", "received a -> a"]),
    "wrong type deep inside": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  args:\n    steps: 5\n    splits: [a, 3]\n",
        [
            'pipeline.yaml:12: node "t", parameter "args": wrong type at .splits[1]',
            "received 3 (int)",
            "expected str",
            "quotes",
        ],
    ),
    "unknown config field": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  args:\n    stepps: 5\n",
        ['pipeline.yaml:11: node "t", parameter "args": Args has no field "stepps"', 'did you mean "steps"?'],
    ),
    "not a choice": (
        GEN + "t: {component: Train, examples: gen.examples, mode: quick}",
        ['node "t", parameter "mode": wrong type', "received 'quick' (str)", "expected one of 'fast', 'exact'"],
    ),
    "infinite": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  args: {rate: .inf}\n",
        ["pipeline.yaml:10", "not a finite number at .rate", "received inf"],
    ),
    "number for a text": (
        "gen: {component: Gen, input_base: data, nulls: [0]}",
        ["wrong type at [0]", "received 0 (int)", "a text that looks like a number or a bool stands in quotes"],
    ),
    "unknown run parameter": (
        "gen:\n  component: Gen\n  input_base: data\n  nulls:\n    - '${params.tex}'\n",
        ['pipeline.yaml:10: node "gen": there is no run parameter "tex"', "did you mean"],
    ),
    "reference inside text": (
        "gen:\n  component: Gen\n  input_base: '${params.text}/x'\n",
        ['pipeline.yaml:8: node "gen": a reference inside a longer text', "received '${params.text}/x'", "whole value"],
    ),
    "secret": ("gen: {component: Gen, input_base: '${secret.token}'}", ["secrets cannot be given yet"]),
    "unknown reference": (
        "gen: {component: Gen, input_base: '${env.HOME}'}",
        ["an unknown reference", "received ${env.HOME}"],
    ),
    "run parameter of a wrong type": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  args:\n    steps: '${params.text}'\n",
        ["pipeline.yaml:11", "wrong type at .steps", 'received run parameter "text": str', "expected int"],
    ),
    "value that is no value artifact": (
        GEN
        + "t: {component: Train, examples: gen.examples}\n"
        + "s:\n  component: size\n  model: t.model\n  unit: {$value: t.model}\n",
        ['pipeline.yaml:11: node "s", parameter "unit"', "received t.model: Channel[Model]"],
    ),
    "no such data": (
        "gen:\n  component: Gen\n  input_base: dato\n",
        ['pipeline.yaml:8: node "gen", parameter "input_base": no file matches "dato"', 'did you mean "data"?'],
    ),
    "no such module": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  module_file: modle.py\n",
        [
            'pipeline.yaml:10: node "t", parameter "module_file": there is no file "modle.py"',
            'did you mean "model.py"?',
        ],
    ),
    "no such function": (
        GEN + "t:\n  component: Train\n  examples: gen.examples\n  hook: model.py:hok_fn\n",
        [
            'pipeline.yaml:10: node "t", parameter "hook": model.py defines no function "hok_fn"',
            'did you mean "hook_fn"?',
        ],
    ),
    "code without function": (
        GEN + "t: {component: Train, examples: gen.examples, hook: model.py}",
        ["does not name a function", "received 'model.py'", 'expected "file.py:function"'],
    ),
    "code outside": (
        GEN + "t: {component: Train, examples: gen.examples, module_file: ../model.py}",
        ["user code is outside the project", "received ../model.py"],
    ),
}


@pytest.mark.parametrize("name", NODES)
def test_a_mistake_in_the_nodes(project: Project, name: str) -> None:
    text, parts = NODES[name]
    with pytest.raises(PenstockError) as error:
        project.nodes(text, "{text: {type: str, default: x}}" if "params" in text else "{}")
    shown = message(error)
    for part in parts:
        assert part in shown


DOCUMENTS = {
    "no pipeline": ("nodes: {}\n", ['pipeline.yaml: the key "pipeline" is missing']),
    "no nodes": ("pipeline: p\n", ['the key "nodes" is missing']),
    "empty nodes": ("pipeline: p\nnodes: {}\n", ["pipeline.yaml:2: the pipeline has no nodes"]),
    "nodes as a list": ("pipeline: p\nnodes:\n  - a\n", ['pipeline.yaml:3: "nodes" is not a mapping']),
    "unknown key": (
        "pipeline: p\nnode: {}\n",
        ['pipeline.yaml:2: the document: unknown key "node"', 'did you mean "nodes"?'],
    ),
    "a list": ("- a\n", ["pipeline.yaml:1: the document is not a mapping"]),
    "bad name": (
        "pipeline: my pipeline\ncomponents: [parts.py]\nnodes: {gen: {component: Gen, input_base: data}}\n",
        ["pipeline.yaml:1: a pipeline's name", "received 'my pipeline'"],
    ),
    "bad root": (
        "pipeline: p\ncomponents: [parts.py]\nnodes: {gen: {component: Gen, input_base: data}}\nroot: 3\n",
        ["pipeline.yaml:4: root", "received 3", "expected str | None"],
    ),
    "bad enable_cache": (
        "pipeline: p\ncomponents: [parts.py]\nnodes: {gen: {component: Gen, input_base: data}}\nenable_cache: off\n",
        ["pipeline.yaml:4: enable_cache", "received 'off'", "expected bool"],
    ),
    "components no list": ("pipeline: p\ncomponents: parts.py\nnodes: {}\n", ["pipeline.yaml:2", "a list of files"]),
    "components no file": (
        "pipeline: p\ncomponents:\n  - parts\nnodes: {}\n",
        ["pipeline.yaml:3: components", "received 'parts'"],
    ),
    "components missing": (
        "pipeline: p\ncomponents: [no.py]\nnodes: {}\n",
        ['pipeline.yaml:2: there is no file "no.py"'],
    ),
    "components empty": ("pipeline: p\ncomponents: [model.py]\nnodes: {}\n", ["model.py defines no component"]),
    "components twice": (
        "pipeline: p\ncomponents: [parts.py, parts.py]\nnodes: {}\n",
        ['parts.py: there is a component "Gen" already'],
    ),
    "params no mapping": ("pipeline: p\nparams: [a]\nnodes: {}\n", ['pipeline.yaml:2: "params" is not a mapping']),
    "param short": (
        "pipeline: p\nparams: {x: 5}\nnodes: {}\n",
        ['run parameter "x" is not a mapping', "type, default"],
    ),
    "param without type": (
        "pipeline: p\nparams:\n  x: {default: 5}\nnodes: {}\n",
        ["pipeline.yaml:3", "it has no type"],
    ),
    "param of unknown type": (
        "pipeline: p\nparams:\n  x:\n    type: integer\nnodes: {}\n",
        ['pipeline.yaml:4: run parameter "x": unknown type "integer"', "did you mean"],
    ),
    "param with a bad default": (
        "pipeline: p\nparams:\n  x:\n    type: int\n    default: NO\nnodes: {}\n",
        ['pipeline.yaml:5: run parameter "x": wrong type', "received 'NO' (str)", "expected int"],
    ),
    "param with unknown key": (
        "pipeline: p\nparams: {x: {type: int, defualt: 1}}\nnodes: {}\n",
        ['did you mean "default"?'],
    ),
    "param with a bad name": ("pipeline: p\nparams: {x-y: {type: int}}\nnodes: {}\n", ["received 'x-y'"]),
    "param description": (
        "pipeline: p\nparams: {x: {type: int, description: 3}}\nnodes: {}\n",
        ["description", "received 3"],
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mistake_in_the_document(project: Project, name: str) -> None:
    text, parts = DOCUMENTS[name]
    with pytest.raises(PenstockError) as error:
        project.yaml(text)
    shown = message(error)
    for part in parts:
        assert part in shown


def test_a_component_file_that_raises_is_named_with_its_line(project: Project) -> None:
    project.write("broken.py", "x = 1\nraise RuntimeError('oh')\n")
    with pytest.raises(PenstockError) as error:
        project.yaml("pipeline: p\ncomponents: [broken.py]\nnodes: {}\n")
    assert "broken.py:2 <module>: broken.py raises when it is imported: RuntimeError: oh" in message(error)


def test_an_empty_data_folder_is_refused(project: Project) -> None:
    (project.folder / "empty").mkdir()
    with pytest.raises(PenstockError, match='the folder "empty" is empty'):
        project.nodes("gen: {component: Gen, input_base: empty}")
