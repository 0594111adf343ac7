"""From a parameter's type to the JSON schema of what a definition in YAML can give it."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

from penstock.dsl.values import field_types, strip_annotated
from penstock.ir.docstrings import described_names, first_line

__all__ = ["Schema", "ValueSchemas"]

Schema = dict[str, Any]  # JSON: its keys and values are the schema language's

_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_PARAM: Schema = {"$ref": "#/$defs/param"}


class ValueSchemas:
    """Builds schemas, and collects those of dataclasses under their names.

    Attributes:
        defs: For `$defs` of the document.
    """

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}

    def of(self, annotation: Any) -> Schema:
        """The schema of a type, a run parameter being accepted at every depth."""
        annotation = strip_annotated(annotation)
        origin, args = get_origin(annotation), get_args(annotation)
        if annotation is None:
            annotation = type(None)
        if annotation in _SCALARS:
            plain: Schema = {"type": _SCALARS[annotation]}
            # A text pattern would be a second way to say str.
            return plain if annotation in (str, type(None)) else {"anyOf": [plain, _PARAM]}
        if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
            return self._dataclass(annotation)
        if origin in (Union, types.UnionType):
            return _any_of([self.of(arg) for arg in args])
        plain = {}
        if origin is Literal:
            plain = {"enum": list(args)}
        elif (origin or annotation) in (list, tuple, Sequence):
            plain = {"type": "array", "items": self.of(args[0]) if args else {}}
        elif (origin or annotation) in (dict, Mapping):
            plain = {"type": "object", "additionalProperties": self.of(args[1]) if args else {}}
        return {"anyOf": [plain, _PARAM]}

    def _dataclass(self, kind: type) -> Schema:
        name = f"{kind.__module__.split('.')[-2]}.{kind.__qualname__}"
        reference = {"$ref": f"#/$defs/{name}"}
        if name in self.defs:
            return reference
        self.defs[name] = {}  # so that a dataclass which holds itself ends here
        about = described_names(kind)
        hints = field_types(kind)
        fields = [field for field in dataclasses.fields(kind) if field.init]
        required = [
            field.name
            for field in fields
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        ]
        self.defs[name] = {
            "type": "object",
            "description": first_line(kind),
            "properties": {
                field.name: described(self.of(hints[field.name]), about.get(field.name)) for field in fields
            },
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }
        return reference


def described(schema: Schema, text: str | None) -> Schema:
    """The schema with a description, if there is one."""
    return {"description": text, **schema} if text else schema


def _any_of(choices: list[Schema]) -> Schema:
    flat: list[Schema] = []
    for choice in choices:
        for item in choice["anyOf"] if list(choice) == ["anyOf"] else [choice]:
            if item not in flat:
                flat.append(item)
    return {"anyOf": flat}
