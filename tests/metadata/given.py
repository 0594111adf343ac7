"""Runs and artifacts for tests, in one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.metadata.ids import new_id
from penstock.metadata.records import (
    ArtifactRecord,
    CachePart,
    Claim,
    NewArtifact,
    Owner,
    PropertyValue,
    RunRecord,
)
from penstock.metadata.store import MetadataStore

OWNER = Owner(name="here", boot_id="boot", pid=7, pid_start=70)
DIAMOND = {"a": [], "left": ["a"], "right": ["a"], "join": ["left", "right"]}


def a_run(
    store: MetadataStore,
    upstream: Mapping[str, Sequence[str]] | None = None,
    *,
    pipeline: str = "penguins",
    owner: Owner | None = OWNER,
    excluded: Mapping[str, str] | None = None,
) -> RunRecord:
    return store.create_run(
        pipeline=pipeline,
        spec_digest="sha256:spec",
        params={"steps": 5},
        upstream={"a": []} if upstream is None else upstream,
        created_by="somebody",
        owner=owner,
        excluded=excluded,
    )


def an_output(
    channel: str = "out",
    *,
    type: str = "Examples",
    identity: str = "same",
    properties: Mapping[str, PropertyValue] | None = None,
) -> NewArtifact:
    return NewArtifact(
        id=new_id(),
        channel=channel,
        type=type,
        uri=f"/root/{channel}",
        digest="sha256:bytes",
        identity=identity,
        bytes=12,
        properties=properties or {},
    )


def claimed(store: MetadataStore, run: RunRecord, node: str = "a") -> Claim:
    claim = store.claim(run.id, node, OWNER)
    assert claim is not None
    return claim


def publish(
    store: MetadataStore,
    run: RunRecord,
    node: str = "a",
    *outputs: NewArtifact,
    inputs: Mapping[str, Sequence[str]] | None = None,
    key: str | None = None,
    cacheable: bool = True,
) -> Sequence[ArtifactRecord]:
    """Claims a node, and publishes what it made."""
    claim = claimed(store, run, node)
    if key is not None:
        store.record_key(claim, key=key, reason="new", log_uri="/log", resolution={})
    return store.publish(
        claim,
        inputs=inputs or {},
        outputs=outputs,
        parts=[CachePart(name="code", digest="sha256:c", shown="model.py")],
        cacheable=cacheable,
        note="done",
    )


def reuse(
    store: MetadataStore, run: RunRecord, node: str, key: str, *, inputs: Mapping[str, Sequence[str]] | None = None
) -> Sequence[ArtifactRecord]:
    """Claims a node, and serves it from the cache."""
    maker = store.cached(key)
    assert maker is not None
    return store.publish_cached(
        claimed(store, run, node),
        key=key,
        made_by=maker.id,
        inputs=inputs or {},
        parts=[CachePart(name="code", digest="sha256:c")],
        resolution={},
        reason="nothing changed",
    )


def states(store: MetadataStore, run: RunRecord) -> dict[str, str]:
    return {execution.node: str(execution.state) for execution in store.executions(run.id)}
