"""What a SavedModel offers, read from its graph file without loading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from penstock.errors import ArtifactError

__all__ = ["Signatures"]


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """The callables of a SavedModel.

    Attributes:
        outputs: Signature to the names of its outputs.
        attributes: Names of the model object's own functions and parts.
    """

    outputs: Mapping[str, frozenset[str]]
    attributes: frozenset[str]

    @classmethod
    def of(cls, serving_uri: str) -> Signatures:
        """Reads `saved_model.pb`.

        Raises:
            ArtifactError: It is not a SavedModel.
        """
        try:
            data = Path(serving_uri, "saved_model.pb").read_bytes()
            graph = saved_model_pb2.SavedModel.FromString(data).meta_graphs[0]
        except (OSError, DecodeError, IndexError) as error:
            raise ArtifactError(f"not a SavedModel: {error}", at=serving_uri) from error
        nodes = graph.object_graph_def.nodes
        return cls(
            outputs={
                name: frozenset(signature.outputs)
                for name, signature in graph.signature_def.items()
                if not name.startswith("__")
            },
            attributes=frozenset(child.local_name for child in nodes[0].children) if nodes else frozenset(),
        )
