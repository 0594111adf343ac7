"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# CI tries the same examples every time, so that a change is judged by what it changed; elsewhere they are new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
