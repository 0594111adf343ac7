from __future__ import annotations

import pytest
from sqlalchemy import update

from penstock.metadata.sql.tables import artifacts
from tests.metadata.given import a_run, an_output, publish


@pytest.fixture
def train(store):
    """Publishes a model, and a blessing of it when a verdict is given."""

    def run(identity, blessed=None, pipeline="penguins"):
        created = a_run(store, {"trainer": [], "evaluator": ["trainer"]}, pipeline=pipeline)
        (model,) = publish(store, created, "trainer", an_output("model", type="Model", identity=identity))
        if blessed is not None:
            publish(store, created, "evaluator", _blessing(identity, blessed))
        return model

    return run


def _blessing(identity, blessed):
    return an_output("blessing", type="ModelBlessing", properties={"blessed": int(blessed), "model_identity": identity})


def test_without_a_blessed_model_there_is_no_baseline(store, train):
    assert store.baseline_model("new") is None
    train("unjudged")
    train("refused", blessed=False)
    assert store.baseline_model("new") is None


def test_the_baseline_is_the_newest_blessed_model(store, train):
    train("one", blessed=True)
    two = train("two", blessed=True)
    train("three", blessed=False)
    train("four")
    assert store.baseline_model("new") == two


def test_a_model_is_never_its_own_baseline(store, train):
    train("one", blessed=True)
    assert store.baseline_model("one") is None


def test_the_baseline_is_older_than_the_first_model_of_the_identity(store, train):
    one = train("one", blessed=True)
    train("two", blessed=True)
    train("three", blessed=True)
    train("two", blessed=True)
    assert store.baseline_model("two") == one


def test_the_newest_blessing_counts(store, train):
    one = train("one", blessed=True)
    train("two", blessed=True)
    publish(store, a_run(store), "a", _blessing("two", False))
    assert store.baseline_model("new") == one
    two = train("two", blessed=True)
    assert store.baseline_model("new") == two


def test_a_model_whose_bytes_are_gone_is_no_baseline(store, train):
    one = train("one", blessed=True)
    two = train("two", blessed=True)
    with store._database.write() as connection:
        connection.execute(update(artifacts).where(artifacts.c.id == two.id).values(state="deleted"))
    assert store.baseline_model("new") == one


def test_the_latest_blessed_model_of_an_output(store, train):
    one = train("one", blessed=True)
    train("two", blessed=False)
    train("other", blessed=True, pipeline="other")
    assert store.latest_blessed_model(pipeline="penguins", node="trainer", channel="model") == one
    assert store.latest_blessed_model(pipeline="penguins", node="tuner", channel="model") is None
    assert store.latest_blessed_model(pipeline="penguins", node="trainer", channel="best") is None
