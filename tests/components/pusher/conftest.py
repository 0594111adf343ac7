from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.artifacts import Model, ModelBlessing
from penstock.dsl.tree import TreeDigest


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[[str], Model]:
    """Published models with files like a SavedModel's; Pusher never parses them."""

    def make(weights: str, fingerprint: str = "1") -> Model:
        uri = tmp_path / "models" / f"{weights}-{fingerprint}"
        serving = uri / "Format-Serving"
        (serving / "variables").mkdir(parents=True)
        (serving / "assets").mkdir()
        (serving / "saved_model.pb").write_text("graph")
        (serving / "fingerprint.pb").write_text(fingerprint)
        (serving / "variables" / "variables.index").write_text("index")
        (serving / "variables" / "variables.data-00000-of-00001").write_text(weights * 100_000)
        model = Model(str(uri))
        tree = TreeDigest.of(uri)
        return Model(str(uri), id=weights, digest=tree.digest, identity=model.compute_identity(tree))

    return make


@pytest.fixture
def make_blessing(tmp_path: Path) -> Callable[..., ModelBlessing]:
    def make(model: Model, *, blessed: int, reasons: str = "") -> ModelBlessing:
        uri = tmp_path / "blessings" / f"{model.id}-{blessed}"
        uri.mkdir(parents=True)
        if reasons:
            (uri / "blessing.json").write_text(reasons)
        return ModelBlessing(
            str(uri), identity="given", properties={"blessed": blessed, "model_identity": model.identity or ""}
        )

    return make
