from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.errors import ArtifactError, NotFoundError, StaleAttemptError
from penstock.metadata.ids import new_id
from penstock.metadata.records import CachePart, ExecutionState
from tests.metadata.given import a_run, an_output, claimed, publish, reuse, states


def test_published_artifacts_are_read_back_as_they_were_returned(store):
    run = a_run(store)
    output = an_output("model", type="Model", properties={"span": 3, "loss": 0.5, "name": "ü", "zero": 0, "none": ""})
    (record,) = publish(store, run, "a", output)
    assert store.artifact(record.id) == record
    assert store.outputs(store.execution(run.id, "a").id) == {"model": [record]}
    assert record.properties == output.properties
    assert (record.node, record.channel, record.pipeline, record.run_number) == ("a", "model", "penguins", run.number)


def test_the_execution_and_its_attempt_end(store):
    run = a_run(store)
    publish(store, run, "a")
    execution = store.execution(run.id, "a")
    assert (execution.state, execution.note) == (ExecutionState.SUCCEEDED, "done")
    assert execution.ended_at is not None
    assert store.attempts(execution.id)[0].state is ExecutionState.SUCCEEDED


def test_artifacts_are_numbered_in_the_order_of_publishing(store):
    run = a_run(store, {"a": [], "b": []})
    first = publish(store, run, "a", an_output("x"), an_output("y"))
    second = publish(store, run, "b", an_output())
    assert [record.seq for record in [*first, *second]] == [1, 2, 3]


def test_inputs_keep_their_order(store):
    run = a_run(store, {"a": [], "b": ["a"]})
    made = publish(store, run, "a", an_output(), an_output(), an_output())
    ids = [made[2].id, made[0].id, made[1].id]
    publish(store, run, "b", inputs={"examples": ids})
    assert [record.id for record in store.inputs(store.execution(run.id, "b").id)["examples"]] == ids


def test_several_artifacts_of_one_output_keep_their_order(store):
    run = a_run(store)
    made = publish(store, run, "a", *[an_output() for _ in range(12)])
    assert store.outputs(made[0].execution_id or "") == {"out": list(made)}


@pytest.mark.parametrize("number", [0, 2])
def test_an_attempt_that_is_not_the_current_one_publishes_nothing(store, number):
    run = a_run(store)
    claim = claimed(store, run)
    with pytest.raises(StaleAttemptError, match="nothing was written"):
        store.publish(
            replace(claim, attempt=number),
            inputs={},
            outputs=[an_output()],
            parts=[CachePart(name="code", digest="d")],
            cacheable=True,
        )
    assert store.artifacts() == []
    assert store.cache_parts(claim.execution_id) == []
    assert states(store, run) == {"a": "running"}


def test_an_attempt_publishes_once(store):
    run = a_run(store)
    claim = claimed(store, run)
    store.publish(claim, inputs={}, outputs=[an_output()], parts=[], cacheable=False)
    with pytest.raises(StaleAttemptError):
        store.publish(claim, inputs={}, outputs=[an_output()], parts=[], cacheable=False)
    assert len(store.artifacts()) == 1


def test_an_unknown_input_leaves_nothing_behind(store):
    run = a_run(store, {"a": [], "b": ["a"]})
    claim = claimed(store, run)
    store.record_key(claim, key="k", reason="", log_uri="", resolution={})
    with pytest.raises(NotFoundError):
        store.publish(
            claim,
            inputs={"examples": [new_id()]},
            outputs=[an_output(properties={"span": 1})],
            parts=[CachePart(name="code", digest="d")],
            cacheable=True,
        )
    assert states(store, run) == {"a": "running", "b": "pending"}
    assert (store.artifacts(), store.cached("k"), store.cache_parts(claim.execution_id)) == ([], None, [])
    (after,) = store.publish(claim, inputs={}, outputs=[an_output()], parts=[], cacheable=False)
    assert after.seq == 1


@pytest.mark.parametrize("value", [float("nan"), 2**63, "a NUL \0", "a surrogate \udc80"])
def test_a_property_that_cannot_be_kept_is_refused_before_anything_is_written(store, value):
    run = a_run(store)
    claim = claimed(store, run)
    with pytest.raises(ArtifactError, match='property "p"'):
        store.publish(claim, inputs={}, outputs=[an_output(properties={"p": value})], parts=[], cacheable=False)
    assert states(store, run) == {"a": "running"}


@pytest.mark.parametrize("value", [float("inf"), -(2**63), 2**63 - 1, "x" * 10_000, 1e-300, "'; DROP TABLE runs"])
def test_extreme_properties_are_kept(store, value):
    (record,) = publish(store, a_run(store), "a", an_output(properties={"p": value}))
    assert store.artifact(record.id).properties == {"p": value}
    assert [found.id for found in store.artifacts(properties={"p": value})] == [record.id]


def test_a_long_identity_is_refused(store):
    run = a_run(store)
    with pytest.raises(ArtifactError, match="identity"):
        publish(store, run, "a", an_output(identity="x" * 600))


def test_a_cached_node_refers_to_the_same_artifacts(store):
    first = a_run(store)
    made = publish(store, first, "a", an_output(), key="k")
    second = a_run(store, {"a": [], "b": ["a"]})
    assert reuse(store, second, "a", "k") == list(made)
    execution = store.execution(second.id, "a")
    assert (execution.state, execution.reused_run) == (ExecutionState.CACHED, first.number)
    assert execution.reused == store.execution(first.id, "a").id
    assert store.outputs(execution.id) == {"out": list(made)}
    assert states(store, second)["b"] == "ready"
    assert len(store.artifacts()) == 1


def test_reusing_a_cached_execution_names_the_one_that_made_the_bytes(store):
    first, second, third = a_run(store), a_run(store), a_run(store)
    publish(store, first, "a", an_output(), key="k")
    reuse(store, second, "a", "k")
    store.publish_cached(
        claimed(store, third),
        key="k",
        made_by=store.execution(second.id, "a").id,
        inputs={},
        parts=[],
        resolution={"model": ["x"]},
        reason="again",
    )
    execution = store.execution(third.id, "a")
    assert execution.reused_run == first.number
    assert execution.resolution == {"model": ["x"]}


def test_a_stale_attempt_reuses_nothing(store):
    publish(store, a_run(store), "a", an_output(), key="k")
    run = a_run(store)
    claim = replace(claimed(store, run), attempt=2)
    maker = store.cached("k")
    with pytest.raises(StaleAttemptError):
        store.publish_cached(claim, key="k", made_by=maker.id, inputs={}, parts=[], resolution={}, reason="")
    assert store.outputs(claim.execution_id) == {}


def test_an_artifact_that_retention_took_is_not_reused(store):
    (made,) = publish(store, a_run(store), "a", an_output(), key="k")
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE artifacts SET state = 'deleting'")
    run = a_run(store)
    with pytest.raises(StaleAttemptError, match="gone") as raised:
        reuse(store, run, "a", "k")
    assert raised.value.received == made.id
    assert states(store, run) == {"a": "running"}


def test_reusing_an_unknown_execution_is_an_error(store):
    run = a_run(store)
    with pytest.raises(NotFoundError):
        store.publish_cached(
            claimed(store, run), key="k", made_by=new_id(), inputs={}, parts=[], resolution={}, reason=""
        )
    assert states(store, run) == {"a": "running"}
