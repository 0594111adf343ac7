from __future__ import annotations

from tests.metadata.given import a_run, an_output, publish, reuse

CHAIN = {"a": [], "b": ["a"], "c": ["b"]}


def _chain(store):
    run = a_run(store, CHAIN)
    (one,) = publish(store, run, "a", an_output("x"), key="ka")
    (two,) = publish(store, run, "b", an_output("y"), inputs={"in": [one.id]}, key="kb")
    (three,) = publish(store, run, "c", an_output("z"), inputs={"in": [two.id], "also": [one.id]}, key="kc")
    return one, two, three


def _shown(events):
    return [(event.direction, event.channel, event.artifact_id) for event in events]


def test_up_goes_to_all_that_an_artifact_was_made_of(store):
    one, two, three = _chain(store)
    assert _shown(store.lineage(three.id, direction="input")) == [
        ("output", "z", three.id),
        ("input", "also", one.id),
        ("input", "in", two.id),
        *sorted(
            [("output", "x", one.id), ("output", "y", two.id)],
            key=lambda shown: (one if shown[2] == one.id else two).execution_id,
        ),
        ("input", "in", one.id),
    ]


def test_down_goes_to_all_that_was_made_of_an_artifact(store):
    one, two, three = _chain(store)
    shown = _shown(store.lineage(one.id, direction="output"))
    assert set(shown[:2]) == {("input", "in", one.id), ("input", "also", one.id)}
    assert set(shown) == {
        ("input", "in", one.id),
        ("input", "also", one.id),
        ("input", "in", two.id),
        ("output", "y", two.id),
        ("output", "z", three.id),
    }


def test_the_depth_bounds_it(store):
    one, _, three = _chain(store)
    assert _shown(store.lineage(three.id, direction="input", depth=1))[-1][0] == "input"
    assert len(store.lineage(three.id, direction="input", depth=1)) == 3
    assert store.lineage(one.id, direction="output", depth=0) == []


def test_runs_that_reused_everything_add_nothing(store):
    one, two, three = _chain(store)
    before_up, before_down = store.lineage(three.id, direction="input"), store.lineage(one.id, direction="output")
    again = a_run(store, CHAIN)
    reuse(store, again, "a", "ka")
    reuse(store, again, "b", "kb", inputs={"in": [one.id]})
    reuse(store, again, "c", "kc", inputs={"in": [two.id], "also": [one.id]})
    assert store.lineage(three.id, direction="input") == before_up
    assert store.lineage(one.id, direction="output") == before_down


def test_a_remade_artifact_leads_down_to_what_was_served_from_the_cache(store):
    _, two, _ = _chain(store)
    again = a_run(store, {"a": [], "b": ["a"]})
    (remade,) = publish(store, again, "a", an_output("x"), key="ka2")
    reuse(store, again, "b", "kb", inputs={"in": [remade.id]})
    events = store.lineage(remade.id, direction="output")
    assert _shown(events)[:2] == [("input", "in", remade.id), ("output", "y", two.id)]
    assert events[0].execution_id == store.execution(again.id, "b").id


def test_an_artifact_that_nobody_used_leads_nowhere(store):
    (record,) = publish(store, a_run(store), "a", an_output())
    assert store.lineage(record.id, direction="output") == []
    assert len(store.lineage(record.id, direction="input")) == 1
