"""The schema of a compiled pipeline."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.ir.model import QUERIES, SPEC_VERSION
from penstock.ir.schemas.value_schema import Schema

__all__ = ["spec_schema"]

_TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
_ADDRESS: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def spec_schema() -> Schema:
    """JSON schema (2020-12) of what `penstock compile` prints."""
    text: Schema = {"type": "string"}
    reference = {"$ref": "#/$defs/reference"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Penstock compiled pipeline",
        **_object(
            {
                "spec": {"const": SPEC_VERSION},
                "pipeline": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,99}$"},
                "sources": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
                "nodes": {"type": "array", "items": {"$ref": "#/$defs/node"}, "minItems": 1},
                "types": _map(_object({}, {"bases": _TEXTS, "properties": _map({"enum": ["int", "float", "text"]})})),
            },
            {
                "params": _map(_object({"type": text}, {"default": {}, "description": text})),
                "build": {"type": "object"},
                "enable_cache": {"type": "boolean"},
                "beam_pipeline_args": _TEXTS,
            },
        ),
        "$defs": {
            "node": _node(text),
            "input": {
                **_object(
                    {
                        "type": text,
                        "min": {"type": "integer", "minimum": 0},
                        "max": {"type": ["integer", "null"], "minimum": 0},
                    },
                    {
                        "from": {"type": "array", "items": _ADDRESS, "minItems": 1},
                        "query": {
                            **_object({}, dict.fromkeys(QUERIES, _ADDRESS)),
                            "minProperties": 1,
                            "maxProperties": 1,
                        },
                    },
                ),
                "oneOf": [{"required": ["from"]}, {"required": ["query"]}],
            },
            "value": {
                "anyOf": [
                    {"type": ["null", "boolean", "number", "string"]},
                    {"type": "array", "items": {"$ref": "#/$defs/value"}},
                    reference,
                    {
                        "type": "object",
                        "propertyNames": {"pattern": r"^(?!\$)"},
                        "additionalProperties": {"$ref": "#/$defs/value"},
                    },
                ]
            },
            "reference": {
                "oneOf": [
                    _object({"$source": text, "entry": text}),
                    _object({"$data": {"anyOf": [text, _object({"$param": text})]}}),
                    _object({"$param": text}),
                    _object({"$value": _ADDRESS}),
                ]
            },
        },
    }


def _node(text: Schema) -> Schema:
    return _object(
        {
            "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
            "component": _object(
                {
                    "name": text,
                    "version": text,
                    "from": {"type": "string", "pattern": r"^(standard$|package:|project:.+\.py$)"},
                }
            ),
        },
        {
            "inputs": _map({"$ref": "#/$defs/input"}),
            "outputs": _map(text),
            "params": _map({"$ref": "#/$defs/value"}),
            "effect": {"type": "boolean"},
            "options": _object({}, {"cache": {"type": "boolean"}, "beam_pipeline_args": _TEXTS}),
            "at": {"type": "string", "description": "file:line of the definition"},
        },
    )
