"""Compares an artifact's bytes with what was published."""

from __future__ import annotations

from pathlib import Path

from penstock.dsl.tree import TreeDigest
from penstock.errors import StorageError
from penstock.metadata.records import ArtifactRecord

__all__ = ["verify"]


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
