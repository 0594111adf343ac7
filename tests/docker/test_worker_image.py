"""The steps of the worker image, run without Docker."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_core_image_installs_and_runs_a_node_command(tmp_path: Path) -> None:
    prefix = tmp_path / "worker"
    subprocess.run([ROOT / "docker" / "install-worker.sh", prefix, ""], check=True, env=os.environ)
    shown = subprocess.run([prefix / "bin" / "penstock", "node", "--help"], check=True, capture_output=True, text=True)
    assert "Claim NODE of RUN" in shown.stdout
    listed = subprocess.run(
        [prefix / "bin" / "penstock", "components", "ls"], check=True, capture_output=True, text=True
    )
    assert "Trainer" in listed.stdout


def test_the_dockerfile_copies_and_calls_what_there_is() -> None:
    text = (ROOT / "docker" / "Dockerfile").read_text()
    (script,) = re.findall(r"RUN /src/(\S+)", text)
    assert os.access(ROOT / script, os.X_OK)
    assert 'ENTRYPOINT ["penstock"]' in text
