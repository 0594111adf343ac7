"""Sends user code to Beam workers that cannot import it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from apache_beam.internal.cloudpickle import cloudpickle
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions

__all__ = ["portable_user_code"]

_IN_PROCESS = ("in_memory", "multi_threading")


@contextmanager
def portable_user_code(project: str, beam_pipeline_args: Sequence[str]) -> Iterator[None]:
    """Inside the block, Beam pickles the project's functions by value, where workers are other processes.

    Workers of one's own process find the modules in `sys.modules`, and pickling by value asks more of user code (every
    global that a function uses must be picklable).

    Args:
        project: The project's folder.
        beam_pipeline_args: The node's Beam arguments.
    """
    modules = [] if _stays_in_process(beam_pipeline_args) else _modules_of(Path(project).resolve())
    registered = [module for module in modules if module.__name__ not in cloudpickle.list_registry_pickle_by_value()]
    for module in registered:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in registered:
            cloudpickle.unregister_pickle_by_value(module)


def _stays_in_process(args: Sequence[str]) -> bool:
    options = PipelineOptions(list(args))
    runner = options.view_as(StandardOptions).runner
    return runner in (None, "FnApiRunner") and options.view_as(DirectOptions).direct_running_mode in _IN_PROCESS


def _modules_of(project: Path) -> list[ModuleType]:
    own = Path(__file__).resolve().parents[2]
    found = []
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_relative_to(project) and not Path(file).resolve().is_relative_to(own):
            found.append(module)
    return found
