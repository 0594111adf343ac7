"""Children of the server that has TensorFlow in memory."""

import sys

import pytest

from penstock.errors import MissingDependencyError
from penstock.orchestration.workers import WorkerPool
from tests.orchestration.workers.support import value_of


@pytest.fixture(scope="module")
def run_keras(tmp_path_factory):
    with WorkerPool() as pool:
        yield lambda request, legacy: pool.run(
            request,
            kind="tensorflow",
            env={"TF_USE_LEGACY_KERAS": legacy},
            log_path=tmp_path_factory.mktemp("log") / "log.txt",
        )


@pytest.mark.long
@pytest.mark.parametrize(("legacy", "found"), [("0", "keras 3"), ("1", "tf_keras 3"), ("0", "keras 3")])
def test_a_worker_chooses_its_keras_after_the_preload(run_keras, request_for, legacy, found):
    assert value_of(run_keras(request_for("keras_of"), legacy)) == found


@pytest.mark.long
def test_the_server_forks_without_threads(run_keras, request_for):
    assert value_of(run_keras(request_for("server_threads"), "0")) == "1"


def test_a_missing_tensorflow_is_named_with_the_line_that_installs_it(monkeypatch, pool, request_for, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "penstock\[tensorflow\]"'):
        pool.run(request_for("greet", text="x"), kind="tensorflow", env={}, log_path=tmp_path / "log.txt")
