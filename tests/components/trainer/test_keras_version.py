"""Which Keras a worker gets, in processes of their own: fresh ones, and ones forked from a warm one."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
def look(version):
    from penstock.components.trainer.keras_version import select_keras
    chosen = select_keras(version)
    import tensorflow as tf
    import tensorflow_transform
    from tensorflow.keras.layers import Dense
    found = {chosen.layers.Dense, tf.keras.layers.Dense, Dense, tf.compat.v2.keras.layers.Dense}
    found |= {tf.losses.MeanSquaredError, tf.optimizers.Adam}
    packages = {kind.__module__.partition(".")[0] for kind in found}
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(tf.ones([4, 2]), tf.ones([4]), verbose=0)
    print(version, *sorted(packages), flush=True)
"""
FORKED = (
    """
import os
import tensorflow, tensorflow_transform, tensorflow_transform.beam, tensorflow_model_analysis
"""
    + LOOK
    + """
for version in (3, 2, 3):
    pid = os.fork()
    if pid == 0:
        try:
            look(version)
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""
)


def output(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.splitlines()


@pytest.mark.parametrize(("version", "package"), [(2, "tf_keras"), (3, "keras")])
def test_in_a_fresh_process(version: int, package: str) -> None:
    assert output(f"{LOOK}\nlook({version})") == [f"{version} {package}"]


@pytest.mark.long
def test_in_children_of_a_process_that_has_loaded_everything() -> None:
    assert output(FORKED) == ["3 keras", "2 tf_keras", "3 keras"]
