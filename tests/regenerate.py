"""The one switch that lets tests write the files that they compare with."""

from __future__ import annotations

import os

import pytest


def regenerating() -> bool:
    """Whether `PENSTOCK_REGENERATE=1` is set; never in CI, where it would hide a change."""
    wanted = os.environ.get("PENSTOCK_REGENERATE") == "1"
    if wanted and os.environ.get("CI"):
        pytest.fail("PENSTOCK_REGENERATE is refused when CI is set")
    return wanted
