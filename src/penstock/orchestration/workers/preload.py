"""What each kind of fork server imports before it forks, and how its children still choose their Keras."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Literal

__all__ = ["STAGES", "KerasChoice", "WorkerKind", "preload"]

WorkerKind = Literal["light", "tensorflow"]


STAGES: dict[WorkerKind, tuple[tuple[str, ...], ...]] = {
    "light": ((),),
    "tensorflow": (
        ("apache_beam", "tensorflow", "tensorflow_transform", "tensorflow_transform.beam"),
        ("tensorflow_model_analysis",),
    ),
}
"""Modules by kind, as far as they are installed. Workers start after the first stage; the rest follows while they work,
and one that needs it earlier imports it itself."""

# jemalloc inside pyarrow starts a thread of its own, which a fork would lose.
_ENVIRONMENT = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}


def preload(modules: Sequence[str], keras: KerasChoice) -> None:
    """Imports what is installed of the modules and leaves the process without threads, ready to fork."""
    os.environ.update(_ENVIRONMENT)
    # Unset, TensorFlow loads Keras 3 and tensorflow_transform then adds Keras 2: children find both in memory.
    os.environ.pop("TF_USE_LEGACY_KERAS", None)
    for name in modules:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
            keras.note()
    keras.reset()
    # OpenBLAS ends its threads before a fork and starts them again where they are needed; this fork is for that.
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    # Out of the garbage collector's sight, so that children do not copy these pages.
    gc.collect()
    gc.freeze()


class KerasChoice:
    """Makes `tf.keras` choose between Keras 2 and 3 in a child, after a preload in which libraries have touched it.

    TensorFlow decides by TF_USE_LEGACY_KERAS: at its import for `import tensorflow.keras`, at the first touch for
    `tf.keras`. Importing tensorflow_transform touches it. So fresh lazy loaders take the place of the touched ones,
    and the child puts the folder of its choice on TensorFlow's path.
    """

    def __init__(self) -> None:
        self._loaders: list[tuple[dict[str, Any], str, tuple[Any, ...]]] = []
        self._modules: list[ModuleType] = []

    def note(self) -> None:
        """Remembers the lazy loaders as soon as TensorFlow has made them."""
        if self._modules or "tensorflow" not in sys.modules:
            return
        from tensorflow.python.util.lazy_loader import KerasLazyLoader  # noqa: PLC0415

        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] != "tensorflow":
                continue
            if "_tf_uses_legacy_keras" in vars(module):
                self._modules.append(module)
            for attribute, value in list(vars(module).items()):
                if isinstance(value, KerasLazyLoader):
                    own = object.__getattribute__(value, "__dict__")
                    parts = tuple(
                        own[f"_tfll_{part}"] for part in ("parent_module_globals", "mode", "submodule", "name")
                    )
                    self._loaders.append((vars(module), attribute, parts))

    def reset(self) -> None:
        """Puts fresh loaders in the place of all."""
        if self._loaders:
            from tensorflow.python.util.lazy_loader import KerasLazyLoader  # noqa: PLC0415

            for namespace, attribute, parts in self._loaders:
                namespace[attribute] = KerasLazyLoader(*parts)

    def apply(self) -> None:
        """Follows TF_USE_LEGACY_KERAS as TensorFlow would if it were imported now; for a child, before user code."""
        if os.environ.get("TF_USE_LEGACY_KERAS") not in ("true", "True", "1"):
            return  # as preloaded
        keras, legacy = (importlib.util.find_spec(name) for name in ("keras", "tf_keras"))
        if keras is None or keras.origin is None or legacy is None or legacy.origin is None:
            return
        old, new = f"{os.path.dirname(keras.origin)}/api/", f"{os.path.dirname(legacy.origin)}/api/"  # noqa: PTH120
        for module in self._modules:
            module.__path__[:] = [entry.replace(old, new) for entry in module.__path__]
