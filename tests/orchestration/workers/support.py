"""What the tests of workers share."""

import json
import os
import select
from pathlib import Path

from penstock.orchestration.workers import WorkerOutcome


def value_of(outcome: WorkerOutcome) -> str:
    assert outcome.error is None, outcome.error
    assert outcome.outputs is not None
    return json.loads((Path(outcome.outputs[0].uri) / "value").read_text(encoding="utf-8"))


def watch(pids: list[int]) -> list[int]:
    """File descriptors that become readable when the processes end."""
    return [os.pidfd_open(pid) for pid in pids]


def assert_all_end(pidfds: list[int]) -> None:
    """Waits for the processes to end; 20 s is only there to fail instead of hanging."""
    for descriptor in pidfds:
        ended, _, _ = select.select([descriptor], [], [], 20)
        os.close(descriptor)
        assert ended
