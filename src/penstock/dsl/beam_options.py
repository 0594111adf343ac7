"""Options of Beam pipelines, quick to ask. Imported only where a Beam pipeline is made."""

from __future__ import annotations

from typing import Any, TypeVar

from apache_beam.options.pipeline_options import PipelineOptions

__all__ = ["CachedOptions"]

View = TypeVar("View", bound=PipelineOptions)


class CachedOptions(PipelineOptions):  # type: ignore[misc]  # Beam is untyped here
    """Keeps the views that Beam asks for.

    Beam asks several times for each transform of a pipeline, and makes an argument parser each time: a tenth and more
    of the time of a small Transform. All views of one object share its values, so one of a kind is enough.
    """

    def view_as(self, cls: type[View]) -> View:
        """See `PipelineOptions.view_as`."""
        # Not an attribute: PipelineOptions lets options alone be set.
        views: dict[type[PipelineOptions], Any] = self.__dict__.setdefault("_views", {})
        if cls not in views:
            views[cls] = super().view_as(cls)
        view: View = views[cls]
        return view

    def __getstate__(self) -> dict[str, Any]:
        """A copy makes its own views, for they lead to the values."""
        return {name: value for name, value in super().__getstate__().items() if name != "_views"}
