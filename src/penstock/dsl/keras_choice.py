"""Makes `tf.keras` follow TF_USE_LEGACY_KERAS in a process that has loaded TensorFlow before the choice.

TensorFlow looks at the variable when it is imported (for `import tensorflow.keras`) and when `tf.keras` is first
touched, and importing tensorflow_transform both sets it to 1 and touches `tf.keras`. A process that is forked from a
warm one, or runs one component after another, therefore keeps the first choice whatever the variable says later. Both
packages live side by side; only what the names in `tensorflow` lead to has to be led elsewhere.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from types import ModuleType

__all__ = ["choose_keras"]

_MODULES = re.compile(r"tensorflow(?:(?:\._api\.v2)?(?:\.compat\.(?P<interface>v[12]))+)?")
# Modules that TensorFlow's names lead to: those of Keras, and, after `import tensorflow.keras.x`, TensorFlow's own.
_KERAS = re.compile(
    r"(?:keras\._tf_keras|tf_keras\.api\._v[12]|tensorflow(?:(?:\._api\.v2)?(?:\.compat\.v[12])+)?)\.keras"
    r"(?:\.(?P<submodule>.+))?"
)


def choose_keras() -> None:
    """Makes `tf.keras`, `import tensorflow.keras` and their like mean the Keras that TF_USE_LEGACY_KERAS names now.

    Names that a module took from `tensorflow` before, such as `from tensorflow import keras`, stay what they were: call
    this before user code is imported. Where TensorFlow is not loaded there is nothing to do: it will look for itself.
    """
    if "tensorflow" not in sys.modules:
        return
    keras, legacy = _api("keras"), _api("tf_keras")
    for name, module in list(sys.modules.items()):
        if found := _MODULES.fullmatch(name):
            _forget_choice(module, found["interface"])
            if keras and legacy:
                _lead_imports(module, keras, legacy)
        elif name.startswith("tensorflow.") and _KERAS.fullmatch(name):
            del sys.modules[name]
    # As at TensorFlow's import, for what Keras registers there: SavedModels with an optimizer need it.
    with suppress(ImportError):
        importlib.import_module("tf_keras.src.optimizers" if _is_legacy() else "keras.src.optimizers")


def _forget_choice(module: ModuleType, interface: str | None) -> None:
    """Puts TensorFlow's lazy loaders back where their first touch has left a module of one Keras."""
    from tensorflow.python.util.lazy_loader import KerasLazyLoader  # noqa: PLC0415 - TensorFlow is loaded by now

    for names in (vars(module), vars(vars(module)["nn"])):
        for name, value in list(names.items()):
            if isinstance(value, KerasLazyLoader):
                submodule = vars(value)["_tfll_submodule"]
            elif isinstance(value, ModuleType) and (found := _KERAS.fullmatch(value.__name__)):
                submodule = found["submodule"]
            else:
                continue
            names[name] = KerasLazyLoader(names, mode=interface, submodule=submodule, name=name)


def _lead_imports(module: ModuleType, keras: str, legacy: str) -> None:
    """Changes the paths that `import tensorflow.keras` and its like go by, as TensorFlow would have set them."""
    before, now = (keras, legacy) if _is_legacy() else (legacy, keras)
    for package in (module, vars(module)["nn"]):
        package.__path__ = [
            now + path.removeprefix(before) if path.startswith(before) else path for path in package.__path__
        ]


def _is_legacy() -> bool:
    return os.environ.get("TF_USE_LEGACY_KERAS") in ("1", "true", "True")


def _api(package: str) -> str | None:
    """The folder where TensorFlow looks for a Keras, whether it is there or not."""
    spec = importlib.util.find_spec(package)
    return f"{Path(spec.origin).parent}/api/" if spec is not None and spec.origin is not None else None
