from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from penstock.components.pusher.destination import Destination
from penstock.dsl.tree import TreeDigest

_DYING = str(Path(__file__).with_name("push_and_die.py"))
_ALL_STEPS = 1_000


def start(base, model, steps=_ALL_STEPS):
    return subprocess.Popen([sys.executable, _DYING, str(base), model.serving_uri, str(steps)])


def numbers(serving):
    return sorted(int(path.name) for path in serving.glob("*") if path.name.isdigit())


class Watcher:
    """Lists a destination again and again, and keeps every version that is not one of the whole models."""

    def __init__(self, serving, models):
        self._serving = serving
        self._whole = {TreeDigest.of(model.serving_uri).digest for model in models}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.looks = 0
        self.broken = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.is_set():
            for number in numbers(self._serving):
                self.looks += 1
                if TreeDigest.of(self._serving / str(number)).digest not in self._whole:
                    self.broken.append(number)


def test_publishers_at_the_same_time_lose_and_double_no_version(make_model, tmp_path):
    models = [make_model(letter) for letter in "abcdef"]
    with Watcher(tmp_path / "serving", models) as watcher:
        children = [start(tmp_path, model) for model in models]
        assert [child.wait() for child in children] == [0] * len(models)
    assert numbers(tmp_path / "serving") == [1, 2, 3, 4, 5, 6]
    held = {TreeDigest.of(tmp_path / "serving" / str(n)).digest for n in range(1, 7)}
    assert held == {TreeDigest.of(model.serving_uri).digest for model in models}
    assert watcher.looks
    assert watcher.broken == []


@pytest.mark.long
def test_killed_at_any_step_no_half_version_is_seen_and_no_number_is_lost(make_model, tmp_path):
    model = make_model("a")
    place = Destination("serving", str(tmp_path))
    published = 0
    with Watcher(tmp_path / "serving", [model]) as watcher:
        for steps in range(_ALL_STEPS):
            code = start(tmp_path, model, steps).wait()
            if code == 0:
                break
            assert code == -signal.SIGKILL
            # The step after the rename leaves the version; every one before leaves none.
            assert numbers(tmp_path / "serving") in ([*range(1, published + 1)], [*range(1, published + 2)])
            published = len(numbers(tmp_path / "serving"))
        with place.locked(lambda: None):
            version = place.publish(model.serving_uri, "last")
    assert steps > 10
    assert version.number == published + 2
    assert numbers(tmp_path / "serving") == [*range(1, published + 3)]
    assert watcher.broken == []
    assert list((tmp_path / "serving").glob(".penstock-*")) == []


def test_a_dead_publisher_leaves_no_lock(make_model, tmp_path):
    model = make_model("a")
    assert start(tmp_path, model, 0).wait() == -signal.SIGKILL
    waited = []
    place = Destination("serving", str(tmp_path))
    with place.locked(lambda: waited.append(True)):
        assert list((tmp_path / "serving").glob(".penstock-*")) == []
    assert waited == []


def test_a_living_publisher_is_waited_for(tmp_path):
    place = Destination("serving", str(tmp_path))
    waiting, entered = threading.Event(), threading.Event()

    def second():
        with place.locked(waiting.set):
            entered.set()

    with place.locked(lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        waiting.wait()
        assert not entered.is_set()
    thread.join()
    assert entered.is_set()


def test_a_number_taken_by_a_stranger_meanwhile_is_passed_over(make_model, tmp_path, monkeypatch):
    model = make_model("a")
    rename = Path.rename

    def rename_late(path, target):
        monkeypatch.setattr(Path, "rename", rename)
        target.mkdir()
        (target / "stranger").touch()
        rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_late)
    place = Destination("serving", str(tmp_path))
    with place.locked(lambda: None):
        assert place.publish(model.serving_uri, "attempt").number == 2
    assert (tmp_path / "serving" / "1" / "stranger").exists()
