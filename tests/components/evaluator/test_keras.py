"""TFMA builds its metrics as Keras objects: they must work in a forked worker under either Keras."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.orchestration.execute import ArtifactData, ExecuteRequest
from penstock.orchestration.workers import WorkerPool

# The first two are TFMA's own classes, the others are made by Keras.
METRICS = {"AUC": 1.0, "MeanLabel": 0.5, "BinaryAccuracy": 1.0, "Poisson": None, "CosineSimilarity": None}


@pytest.fixture(scope="module")
def pool():
    with WorkerPool() as pool:
        yield pool


@pytest.mark.long
@pytest.mark.parametrize("legacy", ["0", "1"])
def test_metrics_in_a_forked_worker(pool, examples, make_model, tmp_path, legacy):
    model = make_model(0.0)
    outputs = {"evaluation": "ModelEvaluation", "blessing": "ModelBlessing"}
    request = ExecuteRequest(
        node_id="evaluator",
        component="Evaluator",
        origin="standard",
        project=str(tmp_path),
        base=str(tmp_path),
        params={
            "eval_config": {
                "model_specs": [{"label_key": "label", "signature_name": "score"}],
                "metrics_specs": [{"metrics": [{"class_name": name} for name in METRICS]}],
            }
        },
        inputs={
            "examples": [
                ArtifactData(id="examples", type="Examples", uri=examples.uri, properties=examples.properties)
            ],
            "model": [ArtifactData(id="model", type="Model", uri=model.uri, identity=model.identity)],
        },
        outputs={name: ArtifactData(id=name, type=kind, uri=str(tmp_path / name)) for name, kind in outputs.items()},
        attempt_dir=str(tmp_path),
    )
    outcome = pool.run(request, kind="tensorflow", env={"TF_USE_LEGACY_KERAS": legacy}, log_path=tmp_path / "log.txt")
    assert outcome.error is None, Path(tmp_path, "log.txt").read_text()
    summary = json.loads((tmp_path / "evaluation" / "summary.json").read_text())
    found = [metric["value"] for metric in summary["slices"][0]["metrics"].values()]
    assert len(found) == len(METRICS)
    assert summary["slices"][0]["metrics"]["auc"]["value"] == pytest.approx(1.0)
    assert summary["slices"][0]["metrics"]["binary_accuracy"]["value"] == pytest.approx(1.0)
    assert all(value is not None for value in found)
