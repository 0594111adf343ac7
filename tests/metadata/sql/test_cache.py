from __future__ import annotations

from penstock.metadata.records import CachePart
from tests.metadata.given import a_run, an_output, claimed, publish, reuse


def test_the_cache_serves_what_was_published_for_it(store):
    run = a_run(store)
    publish(store, run, "a", an_output(), key="k")
    assert store.cached("k") == store.execution(run.id, "a")
    assert store.cached("other") is None


def test_what_is_not_cacheable_is_not_served(store):
    publish(store, a_run(store), "a", an_output(), key="k", cacheable=False)
    assert store.cached("k") is None


def test_a_failed_attempt_never_enters_the_cache(store):
    run = a_run(store)
    claim = claimed(store, run)
    store.record_key(claim, key="k", reason="", log_uri="", resolution={})
    store.fail(claim, error="no")
    assert store.cached("k") is None


def test_the_newest_execution_replaces_the_entry(store):
    for _ in range(2):
        run = a_run(store)
        publish(store, run, "a", an_output(), key="k")
    entry = store.cached("k")
    assert entry is not None
    assert entry.run_id == run.id


def test_the_parts_of_a_key_keep_their_order(store):
    run = a_run(store)
    parts = [CachePart(name=name, digest=f"sha256:{name}", shown=name) for name in ("component", "z", "a")]
    claim = claimed(store, run)
    store.publish(claim, inputs={}, outputs=[], parts=parts, cacheable=True)
    assert store.cache_parts(claim.execution_id) == parts


def test_the_last_execution_is_the_newest_good_one_of_the_pipeline(store):
    good, cached, failed, other = a_run(store), a_run(store), a_run(store), a_run(store, pipeline="other")
    publish(store, good, "a", key="k")
    assert store.last_execution("penguins", "a") == store.execution(good.id, "a")
    reuse(store, cached, "a", "k")
    store.fail(claimed(store, failed), error="no")
    publish(store, other, "a", key="k2")
    assert store.last_execution("penguins", "a") == store.execution(cached.id, "a")
    assert store.last_execution("penguins", "b") is None
