"""What a definition loads: nothing heavy, and nothing slow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import penstock.pipelines

HEAVY = (
    "alembic",
    "apache_beam",
    "google.protobuf",
    "keras",
    "numpy",
    "pandas",
    "pyarrow",
    "sqlalchemy",
    "tensorflow",
    "tfx_bsl",
)
_PENGUINS = Path(penstock.pipelines.__file__).parent / "penguins"
_LOAD = "from pathlib import Path; from penstock.ir.definition import load_definition; load_definition(Path({!r}))"


@pytest.mark.parametrize(
    "code",
    [
        "import penstock",
        "import penstock.artifacts",
        "import penstock.components",
        "import penstock.config",
        "from penstock import Pipeline; from penstock.components import Trainer",
        "import penstock.ir.definition, penstock.ir.serialization, penstock.ir.schemas, penstock.sources",
        _LOAD.format(str(_PENGUINS / "pipeline.py")),
        _LOAD.format(str(_PENGUINS / "pipeline.yaml")),
    ],
)
def test_no_heavy_library_is_loaded(code: str) -> None:
    check = f"import sys; {code}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
