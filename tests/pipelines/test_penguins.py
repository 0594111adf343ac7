"""The penguins pipeline from CSV to a pushed model, by the real command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).parents[2] / "pipelines" / "penguins"
PENSTOCK = Path(sys.executable).with_name("penstock")

pytestmark = pytest.mark.long


def penstock(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PENSTOCK, *arguments], capture_output=True, text=True, timeout=600, check=False)


def events(process: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Ended nodes of `run --json`, by id."""
    assert process.returncode == 0, process.stdout + process.stderr
    lines = [json.loads(line) for line in process.stdout.splitlines()]
    return {line["node"]: line for line in lines if line["event"] == "node_ended"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline after one run from nothing."""
    folder = tmp_path_factory.mktemp("penguins") / "penguins"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns(".penstock", "serving", "__pycache__"))
    nodes = events(penstock("run", folder, "--json"))
    assert {node["state"] for node in nodes.values()} == {"succeeded"}
    return folder


def test_the_model_is_pushed_and_answers(folder: Path) -> None:
    code = """
import sys, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
feature = lambda **f: tf.train.Feature(**f)
example = tf.train.Example(features=tf.train.Features(feature={
    "island": feature(bytes_list=tf.train.BytesList(value=[b"Biscoe"])),
    "bill_length_mm": feature(float_list=tf.train.FloatList(value=[46.1])),
    "bill_depth_mm": feature(float_list=tf.train.FloatList(value=[13.2])),
    "flipper_length_mm": feature(int64_list=tf.train.Int64List(value=[211])),
    "body_mass_g": feature(int64_list=tf.train.Int64List(value=[4500])),
    "year": feature(int64_list=tf.train.Int64List(value=[2007])),
}))
answer = model.signatures["serving_default"](tf.constant([example.SerializeToString()]))
print(float(tf.reduce_max(answer["probabilities"])), float(tf.reduce_sum(answer["probabilities"])))
"""
    shown = subprocess.run(
        [sys.executable, "-c", code, folder / "serving" / "1"], capture_output=True, text=True, check=True
    )
    largest, total = map(float, shown.stdout.split())
    assert total == pytest.approx(1.0, abs=1e-5)
    assert largest > 0.9


def test_accuracy_is_at_least_095_and_known_by_island(folder: Path) -> None:
    shown = json.loads(
        penstock("artifacts", "ls", "--type", "ModelEvaluation", "--root", folder / ".penstock", "--json").stdout
    )
    summary = json.loads(Path(shown[-1]["uri"], "summary.json").read_text())
    by_slice = {one["slice"]: one["metrics"]["sparse_categorical_accuracy"]["value"] for one in summary["slices"]}
    assert max(by_slice.values()) <= 1
    assert summary["blessed"]
    assert len([name for name in by_slice if "island" in str(name)]) == 3


def test_a_second_run_and_the_yaml_form_are_cached(folder: Path) -> None:
    for definition in (folder, folder / "pipeline.yaml"):
        nodes = events(penstock("run", definition, "--json"))
        assert {node["state"] for node in nodes.values()} == {"cached"}
        assert nodes["pusher"]["note"] == "already serving/1"


def test_a_plan_names_the_edited_function_and_what_follows(folder: Path) -> None:
    model = folder / "model.py"
    before = model.read_text()
    try:
        model.write_text(before.replace("-1 is no column", "an edited comment"))
        nodes = json.loads(penstock("plan", folder, "--json").stdout)["nodes"]
        assert {node["action"] for node in nodes} == {"cached"}
        model.write_text(
            before.replace(
                "_dense(tft.scale_to_z_score(inputs[name]), 0.0)", "_dense(tft.scale_to_0_1(inputs[name]), 0.0)"
            )
        )
        nodes = {node["node"]: node for node in json.loads(penstock("plan", folder, "--json").stdout)["nodes"]}
        assert nodes["example_gen"]["action"] == "cached"
        assert nodes["transform"]["reason"] == "model.py: preprocessing_fn changed"
        assert nodes["trainer"]["reason"].startswith("follows transform")
        model.write_text(before.replace("Adam(0.01)", "Adam(0.02)"))
        nodes = {node["node"]: node for node in json.loads(penstock("plan", folder, "--json").stdout)["nodes"]}
        assert nodes["transform"]["action"] == "cached"
        assert nodes["trainer"]["reason"] == "model.py: run_fn changed"
    finally:
        model.write_text(before)


def test_a_model_that_is_not_good_enough_is_not_pushed_and_strict_says_3(folder: Path) -> None:
    refused = penstock("run", folder, "--set", "accuracy=0.999", "--strict")
    assert refused.returncode == 3
    assert "not pushed: not blessed" in refused.stdout
    assert sorted(path.name for path in (folder / "serving").iterdir() if path.name.isdecimal()) == ["1"]


def test_lineage_leads_from_the_pushed_model_to_the_examples(folder: Path) -> None:
    root = folder / ".penstock"
    pushed = json.loads(penstock("artifacts", "ls", "--type", "PushedModel", "--root", root, "--json").stdout)[-1]
    steps = json.loads(penstock("lineage", pushed["id"], "--root", root, "--json").stdout)
    assert {"PushedModel", "Model", "ModelBlessing", "Examples", "TransformGraph"} <= {step["type"] for step in steps}


def test_every_artifact_is_as_it_was_published(folder: Path) -> None:
    assert penstock("artifacts", "verify", "--root", folder / ".penstock").returncode == 0
