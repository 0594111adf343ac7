"""Artifact: a typed folder of bytes with properties, and the values that are small enough to be parameters."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
from pathlib import Path
from typing import Any, ClassVar, get_type_hints

from penstock.dsl.tree import TreeDigest
from penstock.errors import ArtifactError, DefinitionError

__all__ = ["Artifact", "PropertyValue", "ValueArtifact"]

PropertyValue = int | float | str
_PROPERTY_TYPES = {int: "int", float: "float", str: "text"}


class Artifact:
    """Base of all artifact types. A subclass adds typed properties as annotations of type int, float or str.

    Its name is the type's name, in specs and in the store. While a node runs, `uri` is a local folder; for an output it
    exists and is empty.

    Attributes:
        uri: Folder (or file) that holds the bytes, absolute.
        id: Id in the store; None for an output that is being made.
        digest: `sha256:` tree digest of the bytes; None until published.
        identity: What cache keys compare: bytes and properties, unless the type defines its own.

    Example:
        >>> class Embeddings(Artifact):
        ...     dimensions: int = 0
        >>> Embeddings.property_types()
        {'dimensions': 'int'}
    """

    _reserved: ClassVar[frozenset[str]] = frozenset({"uri", "id", "digest", "identity", "bytes", "type_name"})

    uri: str
    id: str | None
    digest: str | None
    identity: str | None

    def __init__(
        self,
        uri: str,
        *,
        id: str | None = None,
        digest: str | None = None,
        identity: str | None = None,
        properties: dict[str, PropertyValue] | None = None,
    ) -> None:
        self.uri = uri
        self.id = id
        self.digest = digest
        self.identity = identity
        for name, value in (properties or {}).items():
            setattr(self, name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in inspect.get_annotations(cls):
            if name in Artifact._reserved:
                raise DefinitionError(f'artifact type "{cls.__name__}": the property name "{name}" is taken')

    @classmethod
    def type_name(cls) -> str:
        """Name of the type in specs and in the store."""
        return cls.__name__

    @classmethod
    def property_types(cls) -> dict[str, str]:
        """Typed properties of this type and its bases: name to `int`, `float` or `text`."""
        found: dict[str, str] = {}
        for name, annotation in get_type_hints(cls).items():
            if name in Artifact._reserved or name.startswith("_"):
                continue
            if annotation not in _PROPERTY_TYPES:
                raise DefinitionError(
                    f'artifact type "{cls.__name__}", property "{name}"',
                    received=str(annotation),
                    expected="int, float or str",
                )
            found[name] = _PROPERTY_TYPES[annotation]
        return found

    @property
    def properties(self) -> dict[str, PropertyValue]:
        """The properties that are set, or have a default."""
        return {name: getattr(self, name) for name in self.property_types() if hasattr(self, name)}

    @property
    def bytes(self) -> int:
        """Size of all files, in bytes."""
        path = Path(self.uri)
        if path.is_file():
            return path.stat().st_size
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())

    def verify(self) -> None:
        """Checks that the bytes are complete for this type; called before an output is published.

        Raises:
            ArtifactError: A file is missing, empty or not of this type.
        """
        if not Path(self.uri).exists():
            raise ArtifactError(f"output of type {self.type_name()} was removed", at=self.uri)

    def compute_identity(self, tree: TreeDigest) -> str:
        """Returns what makes two artifacts of this type the same for the cache, unless a type knows better.

        It is the digest, and the properties if there are any: who reads the artifact can read these too.

        Args:
            tree: Digest of the artifact's files.
        """
        if not self.properties:
            return tree.digest
        told = json.dumps(self.properties, sort_keys=True)
        return f"sha256:{hashlib.sha256(f'{tree.digest} {told}'.encode()).hexdigest()}"


class ValueArtifact(Artifact):
    """Base of the small values that can also be given where a parameter is expected.

    Subclasses define `value_type`; the value is stored as canonical JSON in the file `value` (Bytes: as it is).
    """

    value_type: ClassVar[type]

    @classmethod
    def property_types(cls) -> dict[str, str]:
        """Value artifacts have no properties."""
        return {}

    @property
    def value(self) -> Any:  # a subclass narrows it
        """The value; reading it before it was set raises ArtifactError."""
        path = Path(self.uri, "value")
        if not path.exists():
            raise ArtifactError(f"{self.type_name()} has no value", at=self.uri, hint="set `.value` in the executor")
        return self._decode(path.read_bytes())

    @value.setter
    def value(self, value: Any) -> None:
        Path(self.uri, "value").write_bytes(self._encode(value))

    def verify(self) -> None:
        """Checks that a value was set and can be read back."""
        super().verify()
        _ = self.value

    @classmethod
    def _encode(cls, value: Any) -> bytes:
        if cls.value_type is float and type(value) is int:
            value = float(value)
        accepts_any = cls.value_type is object
        if not accepts_any and type(value) is not cls.value_type:
            raise ArtifactError(
                f"value of a {cls.type_name()}", received=f"{value!r}", expected=cls.value_type.__name__
            )
        if cls.value_type is float and not math.isfinite(value):
            return json.dumps(str(value)).encode()  # JSON knows no nan and no infinity
        try:
            return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise ArtifactError(f"value of a {cls.type_name()} is not JSON: {error}") from error

    @classmethod
    def _decode(cls, data: bytes) -> Any:
        decoded = json.loads(data)
        return float(decoded) if cls.value_type is float else decoded
