"""The schema of a definition in YAML, made from the standard components, so that an editor completes and checks it."""

from __future__ import annotations

from penstock.dsl.component import Component
from penstock.dsl.contract import MISSING, InputField
from penstock.dsl.registry import STANDARD, load_component
from penstock.ir.docstrings import described_names, first_line
from penstock.ir.schemas.value_schema import Schema, ValueSchemas, described

__all__ = ["definition_schema"]

_ID = "[a-z][a-z0-9_]*"
_ADDRESS: Schema = {
    "type": "string",
    "pattern": rf"^{_ID}\.[A-Za-z_][A-Za-z0-9_]*$",
    "description": "An output of another node: node.output",
}
_TYPE = r"^(bool|float|int|str|list|dict|list\[(bool|float|int|str)\]|dict\[str, ?(bool|float|int|str)\])( \| None)?$"
_FIXED: dict[str, Schema] = {
    "address": _ADDRESS,
    "beam_pipeline_args": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Arguments of the Beam pipelines inside components, such as --direct_num_workers=2",
    },
    "param": {
        "type": "string",
        "pattern": r"^\$\{\s*params\.[A-Za-z_][A-Za-z0-9_]*\s*\}$",
        "description": 'A run parameter, in quotes: "${params.name}"',
    },
    "query": {
        "type": "object",
        "properties": {
            "latest_blessed": {
                **_ADDRESS,
                "description": "The newest blessed model of another identity than this one",
            }
        },
        "required": ["latest_blessed"],
        "additionalProperties": False,
    },
    "value": {
        "type": "object",
        "properties": {"$value": {**_ADDRESS, "description": "The value artifact to take the parameter from"}},
        "required": ["$value"],
        "additionalProperties": False,
    },
    "run_parameter": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "pattern": _TYPE, "description": "int, float, str, bool, list[int], ..."},
            "default": {"description": "Its value unless a run gives another; without it, a run must give one"},
            "description": {"type": "string"},
        },
        "required": ["type"],
        "additionalProperties": False,
    },
    "options": {
        "type": "object",
        "properties": {
            "cache": {"type": "boolean", "description": "Whether the node may be served from the cache"},
            "beam_pipeline_args": {"$ref": "#/$defs/beam_pipeline_args"},
        },
        "additionalProperties": False,
    },
}


def definition_schema() -> Schema:
    """JSON schema (2020-12) of `pipeline.yaml`."""
    values = ValueSchemas()
    components = {name: _component(load_component(name, "standard", "."), values) for name in STANDARD}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Penstock pipeline",
        "type": "object",
        "properties": {
            "pipeline": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,99}$", "description": "Its name"},
            "params": {
                "type": "object",
                "description": "Run parameters: penstock run --set name=value",
                "additionalProperties": {"$ref": "#/$defs/run_parameter"},
            },
            "components": {
                "type": "array",
                "items": {"type": "string", "pattern": r"\.py$"},
                "description": "Files of the project that define components",
            },
            "nodes": {
                "type": "object",
                "propertyNames": {"pattern": f"^{_ID}$"},
                "additionalProperties": {"$ref": "#/$defs/node"},
                "minProperties": 1,
            },
            "enable_cache": {"type": "boolean", "description": "Whether nodes may be served from the cache"},
            "beam_pipeline_args": {"$ref": "#/$defs/beam_pipeline_args"},
            "root": {"type": "string", "description": "Folder of artifacts and store, relative to this file"},
        },
        "required": ["pipeline", "nodes"],
        "additionalProperties": False,
        "$defs": {
            **_FIXED,
            "node": _node(),
            **{f"component.{name}": schema for name, schema in components.items()},
            **dict(sorted(values.defs.items())),
        },
    }


def _node() -> Schema:
    names = {"enum": list(STANDARD)}
    own = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "description": "A component of your own"}
    return {
        "type": "object",
        "properties": {"component": {"anyOf": [names, own]}, "options": {"$ref": "#/$defs/options"}},
        "required": ["component"],
        "allOf": [
            {
                "if": {"properties": {"component": {"const": name}}, "required": ["component"]},
                "then": {"$ref": f"#/$defs/component.{name}"},
            }
            for name in STANDARD
        ],
    }


def _component(kind: type[Component], values: ValueSchemas) -> Schema:
    about = described_names(kind)
    contract = kind.contract
    properties: dict[str, Schema] = {"component": {"const": kind.component_name()}, "options": {}}
    for name, wired in contract.inputs.items():
        properties[name] = described(_input(wired), about.get(name) or f"{wired.type.type_name()} artifacts")
    for name, field in contract.parameters.items():
        schema = values.of(field.annotation)
        choices = schema["anyOf"] if list(schema) == ["anyOf"] else [schema]
        properties[name] = described({"anyOf": [*choices, {"$ref": "#/$defs/value"}]}, about.get(name))
    required = [name for name, wired in contract.inputs.items() if not wired.optional]
    required += [name for name, field in contract.parameters.items() if field.default is MISSING]
    return {
        "description": first_line(kind),
        "properties": properties,
        "required": ["component", *required],
        "additionalProperties": False,
    }


def _input(field: InputField) -> Schema:
    address: Schema = {"$ref": "#/$defs/address"}
    choices = [address]
    choices.append({"type": "array", "items": address, "minItems": 1, **({} if field.many else {"maxItems": 1})})
    if field.optional:
        choices += [{"$ref": "#/$defs/query"}, {"type": "null"}]
    return {"anyOf": choices}
