"""The cache key of a node: what it is made of, and how two of them differ.

A key is a digest of parts. Each part has a name that a person reads and a digest of what it stands for, so that the
reason of a re-run is the list of parts that differ. Names of nodes, pipelines, folders, hosts and times are no parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from penstock.dsl.component import Component
from penstock.ir.model import NodeSpec
from penstock.metadata.records import ArtifactRecord, CachePart
from penstock.orchestration.external_data import ExternalData
from penstock.sources.component_code import component_digest
from penstock.sources.fingerprint import fingerprint

__all__ = ["differences", "key_of", "node_parts"]

_SHOWN = 40


def key_of(parts: Sequence[CachePart]) -> str:
    """Digest of the parts, in the order of their names."""
    text = json.dumps(sorted((part.name, part.digest) for part in parts))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def node_parts(
    node: NodeSpec,
    kind: type[Component],
    *,
    params: Mapping[str, Any],
    inputs: Mapping[str, Sequence[ArtifactRecord]],
    data: Mapping[str, ExternalData],
    project: Path,
) -> list[CachePart]:
    """The parts of a node's key.

    Args:
        node: The node.
        kind: Its component's class.
        params: Its parameters: run parameters and upstream values filled in, `$source` and `$data` still references.
        inputs: Its artifacts by input. An input that is not known yet is left out, by a forecast only.
        data: Digested external data by parameter.
        project: Folder of the project's sources, or of the snapshot of them.
    """
    parts = [_component_part(node, kind)]
    for name, artifacts in sorted(inputs.items()):
        identities = [artifact.identity for artifact in artifacts]
        parts.append(_part(f"input {name}", identities, _short(" ".join(identities))))
    for name, value in sorted(params.items()):
        if isinstance(value, Mapping) and "$source" in value:
            parts += _source_parts(name, value, project)
        elif isinstance(value, Mapping) and "$data" in value:
            parts.append(CachePart(name=f"data {name}", digest=data[name].digest, shown=data[name].shown))
        else:
            parts += [_part(f"param {path}", leaf, _short(json.dumps(leaf))) for path, leaf in _leaves(name, value)]
    if node.component.origin.startswith("project:"):
        file = node.component.origin.removeprefix("project:")
        parts += _code_parts(project, file, kind.__name__)
    # Beside "library numpy", which user code imports under that name, stands "distribution numpy".
    for name in kind.libraries:
        parts.append(_part(f"distribution {name}", distribution_version(name), distribution_version(name)))
    return list({part.name: part for part in parts}.values())


def _component_part(node: NodeSpec, kind: type[Component]) -> CachePart:
    code = "" if node.component.origin.startswith("project:") else component_digest(kind)  # type: ignore[arg-type]  # a class is hashable, whatever its instances say
    shown = f"{node.component.name} {kind.version}"
    return _part("component", [node.component.name, kind.version, code], shown)


def _source_parts(name: str, value: Mapping[str, Any], project: Path) -> list[CachePart]:
    file, entry = value["$source"], value["entry"]
    # The entry's name counts: two functions of one file can share all that they reach.
    return [
        _part(f"entry {name}", entry, entry),
        *_code_parts(project, file, entry),
    ]


def _code_parts(project: Path, file: str, entry: str) -> list[CachePart]:
    """The user's definitions that are reached, and the libraries that they import."""
    return [
        CachePart(name=part.name if part.shown else f"code {part.name}", digest=part.digest, shown=part.shown)
        for part in fingerprint(project, file, entry)
    ]


def _leaves(path: str, value: Any) -> list[tuple[str, Any]]:
    """Objects, and lists of objects, are taken apart, so that a reason can name the field that changed."""
    if isinstance(value, Mapping) and value:
        return [leaf for key in sorted(value) for leaf in _leaves(f"{path}.{_step(key)}", value[key])]
    if isinstance(value, Sequence) and value and all(isinstance(item, Mapping) for item in value):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(f"{path}[{index}]", item)]
    return [(path, value)]


def _step(key: str) -> str:
    """A key in a path: in quotes unless it is a word, for `{"a.b": 1}` is not `{"a": {"b": 1}}`."""
    return key if key.isidentifier() else json.dumps(key)


def _part(name: str, content: Any, shown: str) -> CachePart:
    text = json.dumps(content, sort_keys=True)
    return CachePart(name=name, digest=hashlib.sha256(text.encode()).hexdigest(), shown=shown)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


@cache
def distribution_version(name: str) -> str:
    """Installed version of a distribution; "none" when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def differences(old: Sequence[CachePart], new: Sequence[CachePart]) -> list[str]:
    """What changed from one set of parts to another, a phrase each: `model.py: run_fn changed`."""
    before = {part.name: part for part in old}
    after = {part.name: part for part in new}
    phrases = []
    for name in [*after, *(name for name in before if name not in after)]:
        was, now = before.get(name), after.get(name)
        if was and now and was.digest == now.digest:
            continue
        phrases.append(_phrase(name, was, now))
    return phrases


def _phrase(name: str, was: CachePart | None, now: CachePart | None) -> str:
    kind, _, rest = name.partition(" ")
    if kind == "code":
        return f"{rest} {'changed' if was and now else 'is new' if now else 'is gone'}"
    if kind in ("input", "data") and was and now:
        return f"{name}: new content"
    if kind == "component" and was and now and was.shown == now.shown:
        return f"code of {now.shown.split()[0]} changed"
    if was and now and was.shown == now.shown:  # too long to show where they differ
        return f"{name} changed"
    if kind in ("param", "library", "distribution", "python", "entry", "component"):
        return f"{name}: {was.shown if was else 'default'} -> {now.shown if now else 'default'}"
    return f"{name} {'changed' if was and now else 'is new' if now else 'is gone'}"
