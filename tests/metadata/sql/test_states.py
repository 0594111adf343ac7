"""Random lives of a run, against a model of what the states shall be."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from penstock.errors import StaleAttemptError
from penstock.metadata.records import TERMINAL, Claim, RunState
from penstock.metadata.sql import open_store, sqlite_url
from tests.metadata.given import OWNER, an_output

NODES = ["a", "b", "c", "d", "e"]
GOOD = {"succeeded", "cached"}


@functools.cache
def _empty_store() -> str:
    folder = tempfile.mkdtemp(prefix="penstock-states-")
    atexit.register(shutil.rmtree, folder)
    open_store(sqlite_url(f"{folder}/metadata.db")).close()
    return f"{folder}/metadata.db"


class Lives(RuleBasedStateMachine):
    """The store on one side; on the other `states`, `attempts` and the numbers of published artifacts."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(prefix="penstock-states-")
        shutil.copy(_empty_store(), f"{self.folder}/metadata.db")  # many lives: made once
        self.store = open_store(sqlite_url(f"{self.folder}/metadata.db"))
        self.claims: list[Claim] = []
        self.published = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize(
        edges=st.sets(st.sampled_from([(x, y) for y in range(5) for x in range(y)])),
        excluded=st.sets(st.sampled_from(NODES), max_size=2),
    )
    def create(self, edges, excluded):
        self.upstream = {node: [NODES[x] for x, y in sorted(edges) if y == at] for at, node in enumerate(NODES)}
        self.excluded = excluded
        self.run = self.store.create_run(
            pipeline="p",
            spec_digest="d",
            params={},
            upstream=self.upstream,
            created_by="x",
            owner=OWNER,
            excluded=dict.fromkeys(excluded, "excluded"),
        )
        self.states = {node: "skipped" if node in excluded else "pending" for node in NODES}
        self.attempts = dict.fromkeys(NODES, 0)
        self.over = RunState.RUNNING
        self._wake()

    def _wake(self) -> None:
        for node in NODES:
            done = all(self.states[u] in GOOD or u in self.excluded for u in self.upstream[node])
            if self.states[node] == "pending" and done:
                self.states[node] = "ready"

    def _needing(self, node: str) -> list[str]:
        """What waits for a node, directly or through others that wait, in order."""
        reached = {node}
        for later in NODES:
            if self.states[later] == "pending" and reached & set(self.upstream[later]):
                reached.add(later)
        return [later for later in NODES if later in reached and later != node]

    def _may_end(self, claim: Claim) -> bool:
        return self.states[claim.node] == "running" and self.attempts[claim.node] == claim.attempt

    @rule(node=st.sampled_from(NODES))
    def claim(self, node):
        claim = self.store.claim(self.run.id, node, OWNER)
        assert (claim is not None) == (self.over == "running" and self.states[node] == "ready")
        self._claimed(claim)

    @rule()
    def claim_next(self):
        claim = self.store.claim_next(self.run.id, OWNER)
        ready = [node for node in NODES if self.states[node] == "ready"] if self.over == "running" else []
        assert (claim.node if claim else None) == (ready[0] if ready else None)
        self._claimed(claim)

    def _claimed(self, claim: Claim | None) -> None:
        if claim:
            self.states[claim.node] = "running"
            self.attempts[claim.node] += 1
            assert claim.attempt == self.attempts[claim.node]
            # A twin that never was the current attempt tries everything too.
            self.claims += [claim, replace(claim, attempt=claim.attempt + 1)]

    @rule(data=st.data(), cached=st.booleans())
    def publish(self, data, cached):
        if not self.claims:
            return
        claim = data.draw(st.sampled_from(self.claims))
        allowed = self._may_end(claim)
        maker = self.store.cached("k") if cached else None
        try:
            if maker:
                self.store.publish_cached(
                    claim, key="k", made_by=maker.id, inputs={}, parts=[], resolution={}, reason="nothing changed"
                )
            else:
                self.store.record_key(claim, key="k", reason="new", log_uri="", resolution={})
                self.store.publish(claim, inputs={}, outputs=[an_output()], parts=[], cacheable=True)
        except StaleAttemptError:
            assert not allowed
            return
        assert allowed
        self.states[claim.node] = "cached" if maker else "succeeded"
        self.published += not maker
        self._wake()

    @rule(data=st.data())
    def fail(self, data):
        if not self.claims:
            return
        claim = data.draw(st.sampled_from(self.claims))
        allowed = self._may_end(claim)
        try:
            skipped = self.store.fail(claim, error="boom")
        except StaleAttemptError:
            assert not allowed
            return
        assert allowed
        assert skipped == self._needing(claim.node)
        self.states |= {claim.node: "failed", **dict.fromkeys(skipped, "skipped")}

    @rule(node=st.sampled_from(NODES))
    def skip(self, node):
        skipped = self.store.skip(self.run.id, node, reason="condition")
        open_ = self.states[node] in {"pending", "ready", "running", "interrupted"}
        assert skipped == ([node, *self._needing(node)] if open_ else [])
        self.states |= dict.fromkeys(skipped, "skipped")

    @rule()
    def finish(self):
        self._end()
        assert self.store.finish_run(self.run.id).state == self.over

    @rule()
    def interrupt(self):
        self._end()
        if self.over == "running":
            self.over = RunState.INTERRUPTED
            running = [node for node in NODES if self.states[node] == "running"]
            self.states |= dict.fromkeys(running, "interrupted")
        assert self.store.interrupt_run(self.run.id).state == self.over

    def _end(self) -> None:
        if self.over == "running" and set(self.states.values()) <= TERMINAL:
            self.over = RunState.FAILED if "failed" in self.states.values() else RunState.SUCCEEDED

    @invariant()
    def agree(self):
        executions = self.store.executions(self.run.id)
        assert {e.node: str(e.state) for e in executions} == self.states
        assert {e.node: e.attempt for e in executions} == self.attempts
        assert self.store.unfinished(self.run.id) == sum(state not in TERMINAL for state in self.states.values())
        assert [record.seq for record in self.store.artifacts(limit=1000)] == list(range(self.published, 0, -1))
        for execution in executions:
            states = [str(attempt.state) for attempt in self.store.attempts(execution.id)]
            assert len(states) == execution.attempt
            # An interrupted node that is skipped later keeps the history of its attempt.
            assert states[-1:] in ([], [self.states[execution.node]], ["interrupted"])
            made = sum(len(records) for records in self.store.outputs(execution.id).values())
            assert made == (self.states[execution.node] in GOOD)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
