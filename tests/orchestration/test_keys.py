"""Cache keys: every part changes the key, nothing else does, and a difference has a name."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest

from penstock import Component, Input, InputPath, Output, UserCode, output
from penstock.artifacts import Integer, Model
from penstock.ir.model import ComponentRef, NodeSpec
from penstock.metadata.records import ArtifactRecord
from penstock.orchestration.external_data import ExternalData
from penstock.orchestration.keys import differences, key_of, node_parts


class Fit(Component):
    """A component to make keys of."""

    libraries = ("pyyaml",)

    model: Input[Model]
    code: Annotated[str, UserCode("train")] = ""
    data: InputPath = ""
    steps: int = 1
    config: dict[str, Any] | None = None
    size: Output[Integer] = output()

    class executor:  # noqa: N801 - the component's word
        """Never run."""


def artifact(identity: str, seq: int = 1) -> ArtifactRecord:
    return ArtifactRecord(
        id=f"id-{identity}-{seq}",
        type="Model",
        uri=f"/somewhere/{identity}",
        digest="sha256:0",
        identity=identity,
        bytes=1,
        managed=True,
        state="live",
        seq=seq,
        properties={},
        created_at=datetime.now(UTC),
        execution_id=None,
        run_number=None,
        node=None,
        channel=None,
        pipeline=None,
    )


class Setting:
    """Everything that a key is made of, to be changed one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "user.py").write_text("LIMIT = 1\n\ndef train():\n    return LIMIT\n\ndef other():\n    return 2\n")
        (folder / "rows").mkdir()
        (folder / "rows" / "a.csv").write_text("1")
        self.node = NodeSpec(
            id="fit",
            component=ComponentRef(name="Fit", version="1", origin="project:user.py"),
            inputs={},
            outputs={"size": "Integer"},
            params={},
        )
        self.kind: type[Component] = Fit
        self.params: dict[str, Any] = {
            "rows": [{"a": 1}, {"a": 2}],
            "text": "x" * 100 + "a",
            "code": {"$source": "user.py", "entry": "train"},
            "data": {"$data": "rows"},
            "steps": 5,
            "config": {"a": 1, "b": {"c": 2}},
        }
        self.inputs = {"model": [artifact("one")]}

    def parts(self) -> Any:
        # The class is defined here, in a test, so its own code is left to the tests of fingerprints.
        node = dataclasses.replace(self.node, component=dataclasses.replace(self.node.component, origin="standard"))
        return node_parts(
            node,
            self.kind,
            params=self.params,
            inputs=self.inputs,
            data={"data": ExternalData.read(str(self.folder / "rows"))},
            project=self.folder,
        )


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def edit(setting: Setting, old: str, new: str) -> None:
    path = setting.folder / "user.py"
    path.write_text(path.read_text().replace(old, new))


CHANGES = {
    "parameter": (lambda s: s.params.update(steps=6), "param steps: 5 -> 6"),
    "field of a config": (lambda s: s.params.update(config={"a": 1, "b": {"c": 3}}), "param config.b.c: 2 -> 3"),
    "field in a list": (
        lambda s: s.params.update(rows=[{"a": 1}, {"a": 3}]),
        "param rows[1].a: 2 -> 3",
    ),
    "end of a long text": (lambda s: s.params.update(text="x" * 100 + "b"), "param text changed"),
    "parameter left out": (lambda s: s.params.pop("steps"), "param steps: 5 -> default"),
    "input": (lambda s: s.inputs.update(model=[artifact("two")]), "input model: new content"),
    "second input": (lambda s: s.inputs.update(model=[artifact("one"), artifact("two")]), "input model: new content"),
    "input gone": (lambda s: s.inputs.pop("model"), "input model is gone"),
    "entry": (lambda s: s.params.update(code={"$source": "user.py", "entry": "other"}), "entry code: train -> other"),
    "function": (lambda s: edit(s, "return LIMIT", "return LIMIT + 1"), "user.py: train changed"),
    "constant": (lambda s: edit(s, "LIMIT = 1", "LIMIT = 2"), "user.py: LIMIT changed"),
    "data": (lambda s: (s.folder / "rows" / "a.csv").write_text("2"), "data data: new content"),
    "version": (lambda s: setattr(s, "kind", type("Fit", (Fit,), {"version": "2"})), "component: Fit 1 -> Fit 2"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_part_changes_the_key_and_names_itself(setting: Setting, name: str) -> None:
    change, phrase = CHANGES[name]
    before = setting.parts()
    change(setting)
    after = setting.parts()
    assert key_of(after) != key_of(before)
    assert phrase in differences(before, after)


SAME = {
    "node id": lambda s: setattr(s, "node", dataclasses.replace(s.node, id="other")),
    "options": lambda s: setattr(s, "node", dataclasses.replace(s.node, at="elsewhere.py:9")),
    "artifact with the same identity": lambda s: s.inputs.update(model=[artifact("one", seq=7)]),
    "unreached function": lambda s: edit(s, "return 2", "return 3"),
    "neighbour file": lambda s: (s.folder / "neighbour.py").write_text("x = 1"),
    "touched data": lambda s: (s.folder / "rows" / "a.csv").touch(),
    "order of parameters": lambda s: setattr(s, "params", dict(reversed(s.params.items()))),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_not_a_part_leaves_the_key_alone(setting: Setting, name: str) -> None:
    before = setting.parts()
    SAME[name](setting)
    assert key_of(setting.parts()) == key_of(before)
    assert differences(before, setting.parts()) == []


def test_the_folder_is_not_a_part(setting: Setting, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = Setting(tmp_path_factory.mktemp("elsewhere"))
    assert key_of(elsewhere.parts()) == key_of(setting.parts())


def test_library_versions_are_parts(setting: Setting) -> None:
    assert "distribution pyyaml" in {part.name for part in setting.parts()}
