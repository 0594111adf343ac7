"""What each kind of fork server imports before it forks."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
from collections.abc import Sequence
from typing import Literal

from penstock.dsl.collector import collector_paused

__all__ = ["STAGES", "WorkerKind", "preload"]

WorkerKind = Literal["light", "tensorflow"]


STAGES: dict[WorkerKind, tuple[tuple[str, ...], ...]] = {
    "light": ((),),
    "tensorflow": (
        ("apache_beam", "tensorflow", "tensorflow_transform", "tensorflow_transform.beam"),
        ("keras._tf_keras.keras", "tensorflow_model_analysis"),
    ),
}
"""Modules by kind, as far as they are installed. Workers start after the first stage; the rest follows while they work,
and one that needs it earlier imports it itself."""

# jemalloc inside pyarrow starts a thread of its own, which a fork would lose.
_ENVIRONMENT = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}


def preload(modules: Sequence[str]) -> None:
    """Imports what is installed of the modules and leaves the process without threads, ready to fork."""
    os.environ.update(_ENVIRONMENT)
    # The default of workers. Keras 3, which TensorFlow would load otherwise, takes a second more.
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    with collector_paused():
        for name in modules:
            if importlib.util.find_spec(name.partition(".")[0]) is not None:
                importlib.import_module(name)
        # Out of the garbage collector's sight, so that children do not copy these pages.
        gc.freeze()
    # OpenBLAS ends its threads before a fork and starts them again where they are needed; this fork is for that.
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
