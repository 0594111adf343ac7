"""Pipeline: a name, and the nodes that belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from penstock.dsl.channel import Channel, Query
from penstock.dsl.component import Component, check_beam_args
from penstock.dsl.site import current_site
from penstock.dsl.values import describe_type
from penstock.errors import DefinitionError

__all__ = ["Pipeline"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")


class Pipeline:
    """A pipeline definition.

    Args:
        name: `[A-Za-z][A-Za-z0-9_.-]*`, at most 100 characters.
        components: The nodes, in any order.
        root: Folder of artifacts and store, relative to the definition's folder; `.penstock` when nothing else says.
        enable_cache: Whether nodes may be served from the cache.
        beam_pipeline_args: For the Beam pipelines inside all components.

    Raises:
        DefinitionError: A duplicate id, or a channel of a component that is not in the pipeline. (A cycle cannot be
            built: a channel exists only once its component does.)
    """

    def __init__(
        self,
        name: str,
        components: Sequence[Component],
        *,
        root: str | None = None,
        enable_cache: bool = True,
        beam_pipeline_args: Sequence[str] = (),
    ) -> None:
        self.at = current_site().at
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DefinitionError("a pipeline's name", at=self.at, received=repr(name), expected=_NAME.pattern)
        self.name = name
        self.root = root
        self.enable_cache = enable_cache
        for field, value, kind in (("root", root, str | None), ("enable_cache", enable_cache, bool)):
            if not isinstance(value, kind):
                expected = describe_type(kind)
                raise DefinitionError(field, at=self.at, received=repr(value), expected=expected, field=field)
        self.beam_pipeline_args = check_beam_args(beam_pipeline_args, self.at)
        self.components = self._check(components)

    def _check(self, components: Sequence[Component]) -> tuple[Component, ...]:
        if not components:
            raise DefinitionError(f'pipeline "{self.name}" has no nodes', at=self.at)
        by_id: dict[str, Component] = {}
        for node in components:
            if not isinstance(node, Component):
                raise DefinitionError(f'pipeline "{self.name}"', at=self.at, received=repr(node), expected="components")
            if node.id in by_id:
                raise DefinitionError(
                    f'two nodes have the id "{node.id}"',
                    at=node.at,
                    received=f"the other one is at {by_id[node.id].at}",
                    hint='name one of them: .with_id("...")',
                )
            by_id[node.id] = node
        for node in components:
            for field, channel in wired_channels(node):
                if by_id.get(channel.producer.id) is not channel.producer:
                    raise DefinitionError(
                        f'node "{node.id}", "{field}" reads {channel!r}, which is not in the pipeline',
                        at=node.at,
                        hint=f'add {channel.producer.id} to the components of "{self.name}"',
                    )
        return tuple(components)


def wired_channels(node: Component) -> Iterator[tuple[str, Channel]]:
    """Every channel that a node reads, with the field that reads it."""
    for field, value in node.inputs.items():
        for channel in [value.channel] if isinstance(value, Query) else value:
            yield field, channel
    for field, value in node.parameters.items():
        if isinstance(value, Channel):
            yield field, value
