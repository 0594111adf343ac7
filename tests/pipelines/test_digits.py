"""The digits pipeline: images that the pipeline writes itself, a convolutional network, a pushed model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.pipelines.test_penguins import events, penstock

SHIPPED = Path(__file__).parents[2] / "pipelines" / "digits"

pytestmark = pytest.mark.long


def test_digits_reach_an_accuracy_of_095_and_are_pushed_and_cached(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns(".penstock", "serving", "__pycache__"))
    nodes = events(penstock("run", folder, "--json"))
    assert {node["state"] for node in nodes.values()} == {"succeeded"}
    assert nodes["pusher"]["note"] == "serving/1"
    assert (folder / "serving" / "1" / "saved_model.pb").exists()
    (blessing,) = json.loads(
        penstock("artifacts", "ls", "--type", "ModelBlessing", "--root", folder / ".penstock", "--json").stdout
    )
    assert blessing["properties"]["blessed"] == 1
    again = events(penstock("run", folder, "--json"))
    assert {node["state"] for node in again.values()} == {"cached"}
