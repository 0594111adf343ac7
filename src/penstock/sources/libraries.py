"""Versions of installed packages by the name that code imports them under."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

__all__ = ["library_version"]

_RECORD_TOP = re.compile(r"^([A-Za-z_]\w*)[/.]", re.MULTILINE)


def library_version(top: str) -> str:
    """What is installed under a top-level name: `2.4.0`, `scikit-learn 1.7.2`, or `not installed`.

    Code without a version that would change with it (a folder on PYTHONPATH, an editable install) is told by its
    content. Nothing is imported.

    Args:
        top: Top-level name of a package, such as `sklearn`.
    """
    known = _named(top)
    if known is not None and "editable" not in known:
        return known
    content = _content(top)
    return content or known or "not installed"


@cache
def _named(top: str) -> str | None:
    try:
        owners = [distribution(top)]
    except (PackageNotFoundError, ValueError):
        owners = []
    # Of two distributions that share a folder (google/) neither has its `__init__.py`: the slow way finds them all.
    if not owners or f"{top}/__init__.py" not in (owners[0].read_text("RECORD") or ""):
        owners = list(_owners().get(top, ()))
    if not owners:
        return None
    if any(_is_editable(owner) for owner in owners):
        return "editable"
    if len(owners) == 1 and owners[0].name.lower().replace("-", "_") == top.lower():
        return owners[0].version
    return ", ".join(sorted({f"{owner.name} {owner.version}" for owner in owners}))


@cache
def _owners() -> Mapping[str, Sequence[Distribution]]:
    """Top-level names to distributions; `importlib.metadata.packages_distributions` takes three times as long."""
    found: dict[str, list[Distribution]] = defaultdict(list)
    for each in distributions():
        tops = set((each.read_text("top_level.txt") or "").split())
        tops.update(_RECORD_TOP.findall(each.read_text("RECORD") or ""))
        for top in tops:
            found[top].append(each)
    return found


def _is_editable(owner: Distribution) -> bool:
    origin = json.loads(owner.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def _content(top: str) -> str | None:
    try:
        spec = importlib.util.find_spec(top)
    except ValueError:  # in sys.modules without a spec
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations is not None:
        folders = map(Path, spec.submodule_search_locations)
        files = sorted(
            (path.relative_to(folder).as_posix(), path) for folder in folders for path in folder.rglob("*.py")
        )
    else:
        files = [(top, Path(spec.origin))] if spec.origin and Path(spec.origin).is_file() else []
    total = sha256()
    for name, path in files:
        total.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\n".encode())
    return f"content {total.hexdigest()[:12]}"
