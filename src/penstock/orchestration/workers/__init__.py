"""Worker processes: each runs one attempt and is forked from a warm server."""

from penstock.orchestration.workers.outcome import WorkerError, WorkerOutcome
from penstock.orchestration.workers.pool import WorkerPool

__all__ = ["WorkerError", "WorkerOutcome", "WorkerPool"]
