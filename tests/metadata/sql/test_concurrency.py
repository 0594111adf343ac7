"""Several threads, and several processes, on one store."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from penstock.metadata.records import CachePart, RunState
from penstock.metadata.sql import open_store
from tests.metadata.given import DIAMOND, OWNER, a_run, an_output, claimed, publish, states


def _at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` returns in threads that start together."""
    barrier = threading.Barrier(count)

    def run() -> Any:
        barrier.wait(30)
        return work()

    with ThreadPoolExecutor(count) as pool:
        return [future.result(60) for future in [pool.submit(run) for _ in range(count)]]


def _processes(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [future.result(120) for future in [pool.submit(work, *arguments) for _ in range(count)]]


def _claim(url: str, run_id: str) -> bool:
    store = open_store(url)
    try:
        return store.claim(run_id, "a", OWNER) is not None
    finally:
        store.close()


def _create(url: str) -> int:
    store = open_store(url)
    try:
        return a_run(store).number
    finally:
        store.close()


def _work(url: str, run_id: str) -> int:
    """Runs whatever is ready, as a worker process does, until nothing is left."""
    store = open_store(url)
    done = 0
    try:
        while store.unfinished(run_id):
            claim = store.claim_next(run_id, OWNER)
            if claim is None:
                continue
            store.record_key(claim, key=f"k{claim.node}", reason="new", log_uri="/log", resolution={})
            parts = [CachePart(name="code", digest="d")]
            store.publish(claim, inputs={}, outputs=[an_output(), an_output("b")], parts=parts, cacheable=True)
            done += 1
    finally:
        store.close()
    return done


def test_threads_that_claim_one_node_get_one_claim(store):
    for _ in range(5):
        run = a_run(store)
        assert sum(claim is not None for claim in _at_once(8, lambda run=run: store.claim(run.id, "a", OWNER))) == 1
        assert len(store.attempts(store.execution(run.id, "a").id)) == 1


def test_processes_that_claim_one_node_get_one_claim(store, store_url):
    run = a_run(store)
    assert sorted(_processes(3, _claim, store_url, run.id)) == [False, False, True]


def test_threads_that_ask_for_the_next_node_get_different_ones(store):
    run = a_run(store, {f"n{number}": [] for number in range(8)})
    claims = _at_once(8, lambda: store.claim_next(run.id, OWNER))
    assert len({claim.node for claim in claims if claim}) == 8


def test_processes_that_open_a_new_store_at_once_make_one(store_url):
    assert sorted(_processes(4, _create, store_url)) == [1, 2, 3, 4]


def test_threads_that_open_a_new_store_at_once_make_one(store_url):
    assert sorted(_at_once(6, lambda: _create(store_url))) == [1, 2, 3, 4, 5, 6]


def test_processes_work_off_a_run_together(store, store_url):
    nodes = {"first": [], **{f"n{number}": ["first"] for number in range(40)}}
    nodes["last"] = list(nodes)[1:]
    run = a_run(store, nodes)
    done = _processes(3, _work, store_url, run.id)
    assert sum(done) == 42
    assert store.finish_run(run.id).state is RunState.SUCCEEDED
    assert sorted(record.seq for record in store.artifacts(limit=1000)) == list(range(1, 85))
    assert all(store.cached(f"k{node}") for node in nodes)


def test_two_upstream_that_end_at_once_make_the_node_ready(store):
    for _ in range(5):
        run = a_run(store, DIAMOND)
        publish(store, run, "a")
        claims = iter([claimed(store, run, "left"), claimed(store, run, "right")])
        lock = threading.Lock()

        def end(claims=claims, lock=lock) -> None:
            with lock:
                claim = next(claims)
            store.publish(claim, inputs={}, outputs=[], parts=[], cacheable=False)

        _at_once(2, end)
        assert states(store, run)["join"] == "ready"


def test_the_numbers_of_artifacts_follow_the_order_of_commits(store):
    """Who reads while others publish never sees a number below one that was already there before."""
    run = a_run(store, {f"n{number}": [] for number in range(30)})
    seen: list[set[int]] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.append({record.seq for record in store.artifacts(limit=1000)})

    def work() -> None:
        while claim := store.claim_next(run.id, OWNER):
            store.publish(claim, inputs={}, outputs=[an_output()], parts=[], cacheable=False)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            _at_once(4, work)
        finally:
            done.set()
        watching.result(30)
    assert all(numbers == set(range(1, len(numbers) + 1)) for numbers in seen)


def test_the_same_key_published_at_once_is_one_entry(store):
    runs = [a_run(store) for _ in range(4)]
    left = iter(runs)
    lock = threading.Lock()

    def work() -> None:
        with lock:
            run = next(left)
        publish(store, run, "a", an_output(), key="k")

    _at_once(4, work)
    entry = store.cached("k")
    assert entry is not None
    assert entry.run_id in {run.id for run in runs}


def test_a_launcher_that_dies_is_recovered_by_one_of_many(store):
    run = a_run(store, DIAMOND)
    claimed(store, run)
    found = _at_once(6, lambda: store.recover(lambda owner: False))
    assert [nodes for recovered in found for _, nodes in recovered] == [["a"]]
    assert store.run(run.id).state is RunState.INTERRUPTED
