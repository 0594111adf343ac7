"""The spec as plain data, JSON and YAML text, and back. What is read is checked whole: it may come from anywhere."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

import yaml

from penstock.errors import DefinitionError
from penstock.ir.model import (
    SPEC_VERSION,
    ComponentRef,
    InputSpec,
    NodeSpec,
    OptionsSpec,
    ParameterSpec,
    PipelineSpec,
    QuerySpec,
    TypeSpec,
)
from penstock.ir.plain import PlainObject, plain_data
from penstock.ir.validation import validate_spec
from penstock.ir.yaml_syntax import read_yaml

__all__ = [
    "canonical_json",
    "spec_digest",
    "spec_from_json",
    "spec_from_plain",
    "spec_from_yaml",
    "spec_to_json",
    "spec_to_plain",
    "spec_to_yaml",
]

_MAX_BYTES = 16 << 20


def spec_to_plain(spec: PipelineSpec) -> dict[str, Any]:
    """The spec as JSON data; what equals its default is left out, `spec` and the names stand first."""
    return {
        "spec": SPEC_VERSION,
        "pipeline": spec.pipeline,
        **_if_set("params", {name: _parameter_to_plain(param) for name, param in spec.params.items()}),
        **_if_set("build", dict(spec.build)),
        "sources": spec.sources,
        **({} if spec.enable_cache else {"enable_cache": False}),
        **_if_set("beam_pipeline_args", list(spec.beam_pipeline_args)),
        "nodes": [_node_to_plain(node) for node in spec.nodes],
        "types": {
            name: {**_if_set("bases", list(about.bases)), **_if_set("properties", dict(about.properties))}
            for name, about in spec.types.items()
        },
    }


def _if_set(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}


def _parameter_to_plain(param: ParameterSpec) -> dict[str, Any]:
    default = {} if param.required else {"default": param.default}
    return {"type": param.type, **default, **_if_set("description", param.description)}


def _node_to_plain(node: NodeSpec) -> dict[str, Any]:
    options = {} if node.options.cache else {"cache": False}
    return {
        "id": node.id,
        "component": {
            "name": node.component.name,
            "version": node.component.version,
            "from": node.component.origin,
        },
        **_if_set("inputs", {name: _input_to_plain(wired) for name, wired in node.inputs.items()}),
        **_if_set("params", dict(node.params)),
        **_if_set("outputs", dict(node.outputs)),
        **({"effect": True} if node.effect else {}),
        **_if_set("options", {**options, **_if_set("beam_pipeline_args", list(node.options.beam_pipeline_args))}),
        **_if_set("at", node.at),
    }


def _input_to_plain(wired: InputSpec) -> dict[str, Any]:
    source = {"query": {wired.query.name: wired.query.of}} if wired.query else {"from": list(wired.sources)}
    return {"type": wired.type, "min": wired.min, "max": wired.max, **source}


def canonical_json(data: Any) -> str:
    """JSON without spaces, keys sorted, ASCII only: equal data gives equal text."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def spec_digest(spec: PipelineSpec) -> str:
    """`sha256:` of the spec's canonical JSON without the places of its nodes in the user's files."""
    plain = spec_to_plain(spec)
    for node in plain["nodes"]:
        node.pop("at", None)
    return f"sha256:{hashlib.sha256(canonical_json(plain).encode()).hexdigest()}"


def spec_to_json(spec: PipelineSpec) -> str:
    """The spec as indented JSON text."""
    return json.dumps(spec_to_plain(spec), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def spec_to_yaml(spec: PipelineSpec) -> str:
    """The spec as YAML text, which any YAML 1.1 or 1.2 reader understands alike."""
    text: str = yaml.dump(
        spec_to_plain(spec), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=120
    )
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes texts that YAML 1.2 would take for something else, and writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base's signature
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML leaves bare what is text by YAML 1.1 rules, but 1.2 reads `1e3` and `0o17` as numbers.
    style = '"' if text[:1] in "+-.0123456789" or "\x85" in text or "\u2028" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def spec_from_json(text: str | bytes, *, at: str = "spec") -> PipelineSpec:
    """Reads and checks a spec.

    Args:
        text: JSON text, UTF-8 where it is bytes.
        at: What to call it in messages.

    Raises:
        DefinitionError: It is no spec that this version can read; see `spec_from_plain`.
    """
    if len(text) > _MAX_BYTES:
        raise DefinitionError("the spec is too large", at=at, received=f"{len(text)} bytes", expected="at most 16 MiB")

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            twice = Counter(key for key, _ in items).most_common(1)[0][0]
            raise DefinitionError(f'the key "{twice}" stands twice', at=at)
        return found

    def constant(name: str) -> NoReturn:
        raise DefinitionError(f"{name} is not JSON", at=at, expected="a finite number")

    try:
        data = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except DefinitionError:
        raise
    except RecursionError as error:
        raise DefinitionError("the spec is nested too deeply", at=at) from error
    except ValueError as error:
        place = f"{at}:{error.lineno}" if isinstance(error, json.JSONDecodeError) else at
        raise DefinitionError(f"not JSON: {error}", at=place) from error
    return spec_from_plain(data, at=at)


def spec_from_yaml(text: str | bytes, *, at: str = "spec") -> PipelineSpec:
    """Reads and checks a spec in YAML; as `spec_from_json`."""
    return spec_from_plain(read_yaml(text, at).plain(), at=at)


def spec_from_plain(data: Any, *, at: str = "spec") -> PipelineSpec:
    """Checks plain data and makes it a spec.

    Args:
        data: What JSON or YAML gave.
        at: What to call it in messages.

    Raises:
        DefinitionError: It is not a spec, of another major version, refers to what is not there, or its nodes read
            from each other in a circle.
        UnknownNameError: An unknown field or name, with the nearest known one.
    """
    version = data.get("spec") if isinstance(data, Mapping) else None
    if version != SPEC_VERSION:
        newer = isinstance(version, str) and version.startswith("penstock/")
        raise DefinitionError(
            "a spec of another version" if newer else "not a compiled pipeline",
            at=at,
            received=repr(version) if version is not None else "no version",
            expected=f'"spec": "{SPEC_VERSION}"',
            hint="upgrade Penstock to read it: pip install --upgrade penstock"
            if newer
            else "`penstock compile` makes one",
        )
    top = PlainObject(
        data,
        "",
        at,
        required=("spec", "pipeline", "sources", "types", "nodes"),
        optional=("params", "build", "enable_cache", "beam_pipeline_args"),
    )
    spec = PipelineSpec(
        pipeline=top.text("pipeline"),
        params={
            name: _parameter(value) for name, value in top.objects("params", ("type",), ("default", "description"))
        },
        build=plain_data(top.get("build", {}), "build", at),
        sources=top.text("sources"),
        types={
            name: TypeSpec(bases=tuple(about.texts("bases")), properties=about.text_map("properties"))
            for name, about in top.objects("types", (), ("bases", "properties"))
        },
        nodes=tuple(
            _node(PlainObject(value, f"nodes[{index}]", at, required=_NODE_REQUIRED, optional=_NODE_OPTIONAL))
            for index, value in enumerate(top.list("nodes"))
        ),
        enable_cache=top.flag("enable_cache", default=True),
        beam_pipeline_args=tuple(top.texts("beam_pipeline_args")),
    )
    return validate_spec(spec, at)


_NODE_REQUIRED = ("id", "component")
_NODE_OPTIONAL = ("inputs", "outputs", "params", "effect", "options", "at")


def _parameter(value: PlainObject) -> ParameterSpec:
    return ParameterSpec(
        type=value.text("type"),
        default=plain_data(value.get("default", None), f"{value.path}.default", value.at),
        required=not value.has("default"),
        description=value.text("description", default=""),
    )


def _node(node: PlainObject) -> NodeSpec:
    ref = node.object("component", ("name", "version", "from"))
    options = node.object("options", (), ("cache", "beam_pipeline_args"))
    return NodeSpec(
        id=node.text("id"),
        component=ComponentRef(name=ref.text("name"), version=ref.text("version"), origin=ref.text("from")),
        inputs={
            name: _input(value) for name, value in node.objects("inputs", ("type", "min", "max"), ("from", "query"))
        },
        outputs=node.text_map("outputs"),
        params=plain_data(node.get("params", {}), f"{node.path}.params", node.at),
        effect=node.flag("effect", default=False),
        options=OptionsSpec(
            cache=options.flag("cache", default=True), beam_pipeline_args=tuple(options.texts("beam_pipeline_args"))
        ),
        at=node.text("at", default=""),
    )


def _input(value: PlainObject) -> InputSpec:
    query = None
    if value.has("query"):
        asked = value.text_map("query")
        if len(asked) != 1 or value.has("from"):
            value.fail("query", "one query and no from")
        ((name, of),) = asked.items()
        query = QuerySpec(name=name, of=of)
    return InputSpec(
        type=value.text("type"),
        min=value.integer("min"),
        max=None if value.get("max", None) is None else value.integer("max"),
        sources=tuple(value.texts("from")),
        query=query,
    )
