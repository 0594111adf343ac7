from __future__ import annotations

import pytest

from penstock.errors import NotFoundError, StaleAttemptError
from penstock.metadata.records import ExecutionState
from tests.metadata.given import DIAMOND, OWNER, a_run, claimed, publish, states


def test_a_claim_makes_an_attempt_of_its_owner(store):
    run = a_run(store)
    claim = claimed(store, run)
    (attempt,) = store.attempts(claim.execution_id)
    assert (attempt.id, attempt.number, attempt.owner) == (claim.attempt_id, 1, OWNER)
    assert attempt.state is ExecutionState.RUNNING
    execution = store.execution(run.id, "a")
    assert (execution.state, execution.attempt) == (ExecutionState.RUNNING, 1)
    assert execution.started_at == attempt.started_at


def test_a_claimed_node_is_not_claimed_again(store):
    run = a_run(store)
    claimed(store, run)
    assert store.claim(run.id, "a", OWNER) is None


def test_a_node_that_waits_is_not_claimed(store):
    assert store.claim(a_run(store, DIAMOND).id, "join", OWNER) is None


def test_claiming_an_unknown_node_or_run_is_an_error(store):
    with pytest.raises(NotFoundError, match="nope"):
        store.claim(a_run(store).id, "nope", OWNER)
    with pytest.raises(NotFoundError, match="no run"):
        store.claim_next("01ARZ3NDEKTSV4RRFFQ69G5FAV", OWNER)


def test_the_next_claim_is_the_first_ready_node(store):
    run = a_run(store, {"a": [], "b": ["a"], "c": []})
    assert [getattr(store.claim_next(run.id, OWNER), "node", None) for _ in range(3)] == ["a", "c", None]


def test_a_node_becomes_ready_when_the_last_upstream_is_done(store):
    run = a_run(store, DIAMOND)
    publish(store, run, "a")
    publish(store, run, "left")
    assert states(store, run) == {"a": "succeeded", "left": "succeeded", "right": "ready", "join": "pending"}
    publish(store, run, "right")
    assert states(store, run)["join"] == "ready"


def test_the_key_is_noted_before_the_node_runs(store):
    run = a_run(store)
    claim = claimed(store, run)
    store.record_key(claim, key="k", reason="model.py changed", log_uri="/log", resolution={"model": ("id1",)})
    execution = store.execution(run.id, "a")
    assert (execution.key, execution.reason, execution.log_uri) == ("k", "model.py changed", "/log")
    assert execution.resolution == {"model": ["id1"]}


def test_a_failure_keeps_its_message_and_skips_all_that_need_the_node(store):
    run = a_run(store, {**DIAMOND, "alone": [], "last": ["join"]})
    publish(store, run, "a")
    assert store.fail(claimed(store, run, "left"), error="ValueError: no") == ["join", "last"]
    assert states(store, run) == {
        "a": "succeeded",
        "left": "failed",
        "right": "ready",
        "join": "skipped",
        "alone": "ready",
        "last": "skipped",
    }
    assert store.execution(run.id, "left").error == "ValueError: no"
    assert store.execution(run.id, "last").reason == "needs left"
    assert store.unfinished(run.id) == 2


def test_a_skipped_node_stays_skipped_when_its_other_upstream_succeeds(store):
    run = a_run(store, DIAMOND)
    publish(store, run, "a")
    store.fail(claimed(store, run, "left"), error="no")
    publish(store, run, "right")
    assert states(store, run)["join"] == "skipped"


def test_a_failure_does_not_reach_beyond_an_excluded_node(store):
    run = a_run(store, {"a": [], "b": ["a"], "c": ["b"]}, excluded={"b": "excluded"})
    assert store.fail(claimed(store, run), error="no") == []
    assert states(store, run)["c"] == "ready"


@pytest.mark.parametrize("error", ["a NUL \0 inside", "a lone surrogate \udc80", "x" * 100_000])
def test_any_message_of_an_exception_can_be_stored(store, error):
    run = a_run(store)
    store.fail(claimed(store, run), error=error)
    stored = store.execution(run.id, "a").error
    assert stored == error.replace("\0", "\\x00").replace("\udc80", "\\udc80")


def test_a_failed_attempt_cannot_do_anything_more(store):
    run = a_run(store)
    claim = claimed(store, run)
    store.fail(claim, error="no")
    with pytest.raises(StaleAttemptError):
        store.fail(claim, error="again")
    with pytest.raises(StaleAttemptError, match="attempt 1"):
        store.record_key(claim, key="k", reason="", log_uri="", resolution={})
    assert store.execution(run.id, "a").error == "no"


def test_a_node_can_be_skipped_before_and_after_its_claim(store):
    run = a_run(store, DIAMOND)
    publish(store, run, "a")
    claim = claimed(store, run, "left")
    assert store.skip(run.id, "left", reason="condition") == ["left", "join"]
    assert store.skip(run.id, "right", reason="condition") == ["right"]
    assert store.execution(run.id, "left").reason == "condition"
    assert store.execution(run.id, "join").reason == "needs left"
    assert store.attempts(claim.execution_id)[0].state is ExecutionState.SKIPPED
    assert store.unfinished(run.id) == 0


def test_what_is_done_cannot_be_skipped(store):
    run = a_run(store)
    publish(store, run, "a")
    assert store.skip(run.id, "a", reason="too late") == []
    assert states(store, run) == {"a": "succeeded"}
