"""Which Keras `tf.keras` is, in processes of their own: fresh ones, warm ones, and ones forked from a warm one."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import os
from penstock.dsl.keras_choice import choose_keras

def look(legacy):
    os.environ["TF_USE_LEGACY_KERAS"] = legacy
    choose_keras()
    import tensorflow as tf
    import tensorflow_transform
    import tensorflow.keras
    from tensorflow.keras.layers import Dense
    by_import = tensorflow.keras.layers.Dense
    found = {tf.keras.layers.Dense, Dense, by_import, tf.compat.v2.keras.layers.Dense}
    found |= {tf.losses.MeanSquaredError, tf.optimizers.Adam, tf.compat.v2.metrics.Mean}
    if legacy == "1":
        found |= {tf.compat.v1.keras.layers.Dense, tf.compat.v1.nn.rnn_cell.BasicRNNCell}
    packages = {kind.__module__.partition(".")[0] for kind in found}
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(tf.ones([4, 2]), tf.ones([4]), verbose=0)
    print(legacy, *sorted(packages), flush=True)
"""
WARM = """
import tensorflow, tensorflow_transform, tensorflow_transform.beam, tensorflow_model_analysis
"""
FORKED = """
for legacy in "010":
    pid = os.fork()
    if pid == 0:
        try:
            look(legacy)
        finally:
            os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def output(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    return done.stdout.splitlines()


@pytest.mark.parametrize(("legacy", "package"), [("1", "tf_keras"), ("0", "keras")])
def test_in_a_fresh_process(legacy: str, package: str) -> None:
    assert output(f"{LOOK}\nlook({legacy!r})") == [f"{legacy} {package}"]


def test_several_times_in_one_process() -> None:
    code = f"{LOOK}\nfor legacy in '0101': look(legacy)"
    assert output(code) == ["0 keras", "1 tf_keras", "0 keras", "1 tf_keras"]


@pytest.mark.long
def test_in_children_of_a_process_that_has_loaded_everything() -> None:
    assert output(WARM + LOOK + FORKED) == ["0 keras", "1 tf_keras", "0 keras"]


def test_a_process_without_tensorflow_is_left_alone() -> None:
    code = (
        "import sys; from penstock.dsl.keras_choice import choose_keras; choose_keras(); print('keras' in sys.modules)"
    )
    assert output(code) == ["False"]
