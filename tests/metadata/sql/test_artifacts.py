from __future__ import annotations

import pytest

from penstock.errors import NotFoundError
from tests.metadata.given import a_run, an_output, publish


def test_artifacts_come_newest_first_and_by_type(store):
    run = a_run(store, {"a": [], "b": []})
    examples = publish(store, run, "a", an_output("x"), an_output("y"))
    (model,) = publish(store, run, "b", an_output(type="Model"))
    assert store.artifacts() == [model, *reversed(examples)]
    assert store.artifacts(type="Model") == [model]
    assert store.artifacts(limit=1) == [model]


def test_artifacts_are_found_by_all_of_the_given_properties(store):
    run = a_run(store, {"a": [], "b": []})
    publish(store, run, "a", an_output(properties={"span": 1, "name": "x"}))
    (second,) = publish(store, run, "b", an_output(properties={"span": 2, "name": "x", "loss": 2.0}))
    assert store.artifacts(properties={"span": 2, "name": "x"}) == [second]
    assert store.artifacts(properties={"span": 1, "name": "y"}) == []
    assert store.artifacts(properties={"span": 2.0, "loss": 2}) == [second]
    assert len(store.artifacts(properties={"name": "x"})) == 2


def test_artifacts_are_found_by_the_node_that_made_them(store):
    first, second = a_run(store, {"a": [], "b": []}), a_run(store, pipeline="other")
    (one,) = publish(store, first, "a", an_output())
    publish(store, first, "b", an_output())
    (three,) = publish(store, second, "a", an_output())
    assert store.artifacts(node="a") == [three, one]
    assert store.artifacts(pipeline="penguins", node="a") == [one]


def test_artifacts_without_bytes_are_not_listed_but_known(store):
    (record,) = publish(store, a_run(store), "a", an_output())
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE artifacts SET state = 'deleted'")
    assert store.artifacts() == []
    assert store.artifact(record.id).state == "deleted"


def test_an_artifact_is_found_by_the_beginning_of_its_id(store):
    (record,) = publish(store, a_run(store), "a", an_output())
    assert store.artifact(record.id[:12]) == record
    assert store.artifact(record.id[:12].lower()) == record


def test_a_beginning_that_two_ids_share_is_refused(store):
    publish(store, a_run(store), "a", an_output("x"), an_output("y"))
    with pytest.raises(NotFoundError, match="more than one"):
        store.artifact("0")


@pytest.mark.parametrize("name", ["", "%", "_", "zzz", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "a' OR 1=1", "é"])
def test_an_unknown_artifact_is_said(store, name):
    publish(store, a_run(store), "a", an_output())
    with pytest.raises(NotFoundError):
        store.artifact(name)


def test_executions_are_found_by_their_ids(store):
    run = a_run(store, {"a": [], "b": []})
    executions = store.executions(run.id)
    assert store.executions_by_id([executions[1].id, executions[0].id]) == {e.id: e for e in executions}
    assert store.executions_by_id([]) == {}
