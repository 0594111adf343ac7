"""Compares an artifact's bytes with what was published."""

from __future__ import annotations

from pathlib import Path

from penstock.dsl.artifact import Artifact
from penstock.dsl.tree import TreeDigest
from penstock.errors import StorageError
from penstock.metadata.records import ArtifactRecord

__all__ = ["glance", "verify"]


def glance(artifact: ArtifactRecord) -> str | None:
    """What is wrong at first sight: bytes that are gone, or more or fewer than were published. No file is read."""
    if not Path(artifact.uri).exists():
        return f"missing: {artifact.uri}"
    size = Artifact(artifact.uri).bytes
    if size != artifact.bytes:
        return f"damaged: {artifact.uri} has {size:,} bytes, published were {artifact.bytes:,}"
    return None


def verify(artifact: ArtifactRecord) -> str | None:
    """What is wrong with an artifact's bytes; None when they are as they were published."""
    if not Path(artifact.uri).exists():
        return f"missing: {artifact.uri}"
    try:
        tree = TreeDigest.of(artifact.uri)
    except StorageError as error:
        return error.message
    if tree.digest == artifact.digest:
        return None
    grown = tree.bytes - artifact.bytes
    return f"{artifact.uri}: digest {tree.digest[:19]}…, published {artifact.digest[:19]}… ({grown:+,} bytes)"
