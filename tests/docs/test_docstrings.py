"""The examples in docstrings run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    ".".join(("penstock", *path.relative_to(folder).with_suffix("").parts))
    for folder, below in ((ROOT / "src" / "penstock", ""), (ROOT, "components"))
    for path in (folder / below).rglob("*.py")
    if ">>> " in path.read_text() and not any(parent.is_symlink() for parent in path.parents)
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module(name: str) -> None:
    module = importlib.import_module(name)
    # Without the module's own `from __future__ import annotations`, which a user's file need not have.
    names = {key: value for key, value in vars(module).items() if key != "annotations"}
    assert doctest.testmod(module, globs=names, optionflags=doctest.ELLIPSIS).failed == 0
