from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penstock.errors import NotFoundError, StaleAttemptError
from penstock.metadata.records import Owner, RunState
from tests.metadata.given import DIAMOND, OWNER, a_run, claimed, publish, states


def test_a_run_is_found_by_id_and_by_number(store):
    run = a_run(store)
    assert store.run(run.id) == store.run(run.number) == run
    assert run.params == {"steps": 5}
    assert run.state is RunState.RUNNING


def test_numbers_count_up_over_all_pipelines(store):
    assert [a_run(store, pipeline=name).number for name in ("x", "y", "x")] == [1, 2, 3]


def test_times_are_utc_and_exact(store):
    run = a_run(store)
    assert run.created_at.tzinfo is UTC
    assert abs(datetime.now(UTC) - run.created_at) < timedelta(minutes=1)
    assert store.run(run.id).created_at == run.created_at


def test_runs_come_newest_first(store):
    for name in ("x", "y", "x"):
        a_run(store, pipeline=name)
    assert [run.number for run in store.runs()] == [3, 2, 1]
    assert [run.number for run in store.runs(pipeline="x")] == [3, 1]
    assert [run.number for run in store.runs(limit=1)] == [3]


@pytest.mark.parametrize("which", [99, "01ARZ3NDEKTSV4RRFFQ69G5FAV", ""])
def test_an_unknown_run_is_said(store, which):
    with pytest.raises(NotFoundError, match="no run"):
        store.run(which)


def test_nodes_keep_their_order_and_wait_for_what_they_read(store):
    run = a_run(store, {"b": [], "a": ["b"], "c": []})
    assert states(store, run) == {"b": "ready", "a": "pending", "c": "ready"}
    assert [execution.node for execution in store.executions(run.id)] == ["b", "a", "c"]


def test_excluded_nodes_are_skipped_with_their_reason_and_hold_nobody(store):
    run = a_run(store, {"a": [], "b": ["a"], "c": ["a", "b"]}, excluded={"a": "not in --from b"})
    assert states(store, run) == {"a": "skipped", "b": "ready", "c": "pending"}
    assert store.execution(run.id, "a").reason == "not in --from b"


def test_a_node_behind_an_excluded_one_waits_for_its_other_upstream(store):
    run = a_run(store, {"a": [], "x": [], "c": ["a", "x"]}, excluded={"x": "excluded"})
    publish(store, run, "a")
    assert states(store, run)["c"] == "ready"


def test_a_run_cannot_refer_to_unknown_nodes(store):
    with pytest.raises(KeyError, match="nowhere"):
        a_run(store, {"a": ["nowhere"]})
    assert store.runs() == []


def test_a_run_with_work_left_is_not_finished(store):
    run = a_run(store, DIAMOND)
    publish(store, run, "a")
    assert store.finish_run(run.id).state is RunState.RUNNING


def test_a_run_whose_nodes_all_ended_well_succeeded(store):
    run = a_run(store, {"a": [], "b": []}, excluded={"b": "excluded"})
    publish(store, run, "a")
    finished = store.finish_run(run.id)
    assert finished.state is RunState.SUCCEEDED
    assert finished.ended_at is not None
    assert store.finish_run(run.id) == finished


def test_a_run_with_a_failed_node_failed(store):
    run = a_run(store, {"a": [], "b": ["a"], "c": []})
    store.fail(claimed(store, run), error="boom")
    publish(store, run, "c")
    assert store.finish_run(run.id).state is RunState.FAILED


def test_interrupting_ends_what_runs_and_keeps_what_is_done(store):
    run = a_run(store, DIAMOND)
    publish(store, run, "a")
    claim = claimed(store, run, "left")
    assert store.interrupt_run(run.id).state is RunState.INTERRUPTED
    assert states(store, run) == {"a": "succeeded", "left": "interrupted", "right": "ready", "join": "pending"}
    assert [attempt.state for attempt in store.attempts(claim.execution_id)] == ["interrupted"]
    assert store.attempts(claim.execution_id)[0].ended_at is not None


def test_nothing_is_claimed_or_published_in_an_interrupted_run(store):
    run = a_run(store, {"a": [], "b": []})
    claim = claimed(store, run)
    store.interrupt_run(run.id)
    assert store.claim(run.id, "b", OWNER) is None
    assert store.claim_next(run.id, OWNER) is None
    with pytest.raises(StaleAttemptError):
        store.publish(claim, inputs={}, outputs=[], parts=[], cacheable=False)


def test_interrupting_a_run_that_is_done_finishes_it(store):
    run = a_run(store)
    publish(store, run, "a")
    assert store.interrupt_run(run.id).state is RunState.SUCCEEDED


def test_recovery_finds_the_run_of_a_dead_launcher(store):
    alive = Owner(name="here", boot_id="boot", pid=8, pid_start=80)
    dead, living = a_run(store, DIAMOND), a_run(store, owner=alive)
    claimed(store, dead)
    store.claim(living.id, "a", alive)
    ((run, nodes),) = store.recover(lambda owner: owner.pid == 8)
    assert (run.id, run.state, nodes) == (dead.id, RunState.INTERRUPTED, ["a"])
    assert states(store, dead)["a"] == "interrupted"
    assert states(store, living)["a"] == "running"


def test_recovery_happens_once(store):
    a_run(store)
    assert len(store.recover(lambda owner: False)) == 1
    assert store.recover(lambda owner: False) == []


def test_recovery_leaves_what_it_cannot_see_and_what_an_engine_runs(store):
    seen, engine = a_run(store), a_run(store, owner=None)
    assert store.recover(lambda owner: None) == []
    assert [run.id for run, _ in store.recover(lambda owner: False)] == [seen.id]
    assert store.run(engine.id).state is RunState.RUNNING


@pytest.mark.parametrize("launcher", [None, Owner(name="here", boot_id="boot", pid=8, pid_start=80)])
def test_recovery_gives_back_the_node_of_a_dead_process_in_a_run_that_goes_on(store, launcher):
    run = a_run(store, DIAMOND, owner=launcher)
    lost = claimed(store, run)
    ((found, nodes),) = store.recover(lambda owner: owner.pid == 8)
    assert (found.id, found.state, nodes) == (run.id, RunState.RUNNING, ["a"])
    with pytest.raises(StaleAttemptError):
        store.fail(lost, error="too late")
    again = claimed(store, run)
    assert again.attempt == 2
    assert [str(attempt.state) for attempt in store.attempts(again.execution_id)] == ["interrupted", "running"]
    assert store.recover(lambda owner: None) == []


def test_recovery_closes_a_run_that_lacked_only_its_end(store):
    run = a_run(store)
    publish(store, run, "a")
    ((recovered, nodes),) = store.recover(lambda owner: False)
    assert (recovered.id, recovered.state, nodes) == (run.id, RunState.SUCCEEDED, [])
