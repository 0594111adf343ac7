"""Specs made by hypothesis: whole in themselves, and as odd as the language allows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from penstock.ir.graph import in_order
from penstock.ir.model import (
    ComponentRef,
    InputSpec,
    NodeSpec,
    OptionsSpec,
    ParameterSpec,
    PipelineSpec,
    QuerySpec,
    TypeSpec,
    upstream,
)
from penstock.ir.parameter_types import annotation_of

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda n: n not in {"params", "secret", "run", "item"}
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
keys = texts.filter(lambda text: not text.startswith("$"))
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(keys, v, max_size=3), max_leaves=8)
_TYPED: dict[str, Any] = {
    "int": st.integers(),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "str": texts,
    "bool": st.booleans(),
    "list[str]": st.lists(texts, max_size=3),
    "dict[str, int]": st.dictionaries(keys, st.integers(), max_size=3),
    "str | None": texts | st.none(),
}
assert all(annotation_of(text) for text in _TYPED)
TYPES = {
    "Examples": TypeSpec(properties={"span": "int", "label": "text", "mean": "float"}),
    "Model": TypeSpec(),
    "Tiny": TypeSpec(bases=("Model",)),
    "Integer": TypeSpec(bases=("ValueArtifact",)),
}


@st.composite
def parameters(draw: st.DrawFn) -> ParameterSpec:
    kind = draw(st.sampled_from(sorted(_TYPED)))
    required = draw(st.booleans())
    default = None if required else draw(_TYPED[kind])
    return ParameterSpec(type=kind, default=default, required=required, description=draw(texts))


@st.composite
def nodes(draw: st.DrawFn, node_id: str, before: list[NodeSpec], params: list[str]) -> NodeSpec:
    outputs = draw(st.dictionaries(names, st.sampled_from(sorted(TYPES)), max_size=3))
    made = {kind: [f"{n.id}.{o}" for n in before for o, k in n.outputs.items() if k == kind] for kind in TYPES}
    made["Model"] = made["Model"] + made["Tiny"]
    inputs = {}
    for name in draw(st.lists(names, max_size=3, unique=True)):
        kind = draw(st.sampled_from(sorted(TYPES)))
        if made[kind]:
            sources = tuple(draw(st.lists(st.sampled_from(made[kind]), min_size=1, max_size=3)))
            asks = draw(st.booleans())
            inputs[name] = InputSpec(
                type=kind,
                min=draw(st.integers(0, 1)),
                max=draw(st.sampled_from([len(sources), None])),
                sources=() if asks else sources,
                query=QuerySpec(name="latest_blessed", of=sources[0]) if asks else None,
            )
    references = [st.just({"$source": "m.py", "entry": "run_fn"}), st.builds(lambda d: {"$data": d}, texts)]
    if params:
        picked = st.sampled_from(params)
        references += [
            st.builds(lambda p: {"$param": p}, picked),
            st.builds(lambda p: {"$data": {"$param": p}}, picked),
        ]
        references.append(st.builds(lambda p, v: [v, {"deep": {"$param": p}}], picked, values))
    if made["Integer"]:
        references.append(st.builds(lambda a: {"$value": a}, st.sampled_from(made["Integer"])))
    origins = ["standard", "package:some-thing", "project:own/cards.py"]
    return NodeSpec(
        id=node_id,
        component=ComponentRef(name="Some", version=draw(texts), origin=draw(st.sampled_from(origins))),
        inputs=inputs,
        outputs=outputs,
        params=draw(st.dictionaries(names, st.one_of(values, *references), max_size=4)),
        effect=draw(st.booleans()),
        options=OptionsSpec(cache=draw(st.booleans()), beam_pipeline_args=tuple(draw(st.lists(texts, max_size=2)))),
        at=draw(texts),
    )


@st.composite
def specs(draw: st.DrawFn) -> PipelineSpec:
    params = draw(st.dictionaries(names, parameters(), max_size=3))
    made: list[NodeSpec] = []
    for node_id in draw(st.lists(names, min_size=1, max_size=5, unique=True)):
        made.append(draw(nodes(node_id, made, sorted(params))))
    order = in_order({node.id: upstream(node) for node in made})
    return PipelineSpec(
        pipeline=draw(st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True)),
        params=params,
        build=draw(st.dictionaries(names, values, max_size=2)),
        sources="sha256:" + draw(st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
        types=TYPES,
        nodes=tuple(sorted(made, key=lambda node: order.index(node.id))),
        enable_cache=draw(st.booleans()),
        beam_pipeline_args=tuple(draw(st.lists(texts, max_size=2))),
    )
