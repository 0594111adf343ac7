"""Which Keras `tf.keras` is, chosen in a process that may have loaded TensorFlow, and both Kerases, before.

TensorFlow looks at TF_USE_LEGACY_KERAS when it is imported and when `tf.keras` is first touched, and importing
tensorflow_transform both sets the variable to 1 and touches `tf.keras` (in its keras_lib.py). A process that is forked
from a warm one, or imports tensorflow_transform before the user's module, therefore has Keras 2 whatever the variable
says later. The two packages live side by side; only what the names in `tensorflow` lead to has to be led elsewhere, by
putting TensorFlow's own lazy loaders back in the state of a first import.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Literal

import tensorflow as tf
from tensorflow.python.util.lazy_loader import KerasLazyLoader

__all__ = ["select_keras"]

_ALIASES = ("losses", "metrics", "optimizers", "initializers")


def select_keras(version: Literal[2, 3]) -> ModuleType:
    """Makes `tf.keras`, `import tensorflow.keras` and their like mean this Keras, and returns `tf.keras`.

    Names that a module took from `tensorflow` before, such as `from tensorflow import keras`, stay what they were: call
    this before user code is imported.

    Args:
        version: 2 (the package tf_keras), or 3 (keras).
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "1" if version == 2 else "0"
    _reset(tf, mode=None)
    _reset(tf.compat.v2, mode="v2")
    tf.compat.v1.keras = KerasLazyLoader(vars(tf.compat.v1), mode="v1")
    _lead_imports(version)
    _ = tf.keras.layers  # the first touch decides, and puts the package in the loader's place
    chosen: ModuleType = tf.keras
    return chosen


def _reset(module: ModuleType, *, mode: str | None) -> None:
    names = vars(module)
    names["keras"] = KerasLazyLoader(names, mode=mode)
    for name in _ALIASES:
        names[name] = KerasLazyLoader(names, mode=mode, submodule=name, name=name)


def _lead_imports(version: Literal[2, 3]) -> None:
    """For `import tensorflow.keras...`, which goes by `tensorflow.__path__`."""
    folders = {number: _folder_of(package) for number, package in ((2, "tf_keras.api._v2"), (3, "keras._tf_keras"))}
    others = [path for path in tf.__path__ if path not in folders.values()]
    tf.__path__ = [folders[version], *others]
    for name in [name for name in sys.modules if name == "tensorflow.keras" or name.startswith("tensorflow.keras.")]:
        del sys.modules[name]


def _folder_of(package: str) -> str:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(package)
    return str(Path(spec.origin).parent)
