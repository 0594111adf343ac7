"""Every error that Penstock raises on purpose, under one root.

A message says where, what was received, what was expected, and what to do next; the parts stay attributes, so that the
command line, the page and a test read the same facts. `exit_code` is what the command line ends with, `transient`
whether trying the same thing again can help.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

__all__ = [
    "ArtifactError",
    "DataError",
    "DefinitionError",
    "GateRefusedError",
    "InterruptedNodeError",
    "MissingDependencyError",
    "NodeFailedError",
    "NotFoundError",
    "PenstockError",
    "StaleAttemptError",
    "StorageError",
    "StoreBusyError",
    "StoreVersionError",
    "UnknownNameError",
    "UsageError",
    "nearest",
]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Returns the known name that is most like `name`, or None when none is alike."""
    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


class PenstockError(Exception):
    """Root of all errors raised on purpose.

    Args:
        message: What is wrong, in one line, without the place.
        at: Where: `file:line`, or the name of a run, a node or a file.
        received: What was found.
        expected: What would have been right.
        hint: What to do next, a command if there is one.
        field: The input or parameter that is at fault, for readers that know a better line.
    """

    exit_code: ClassVar[int] = 5
    transient: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        at: str | None = None,
        received: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.received = received
        self.expected = expected
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        lines = [f"{self.at}: {self.message}" if self.at else self.message]
        if self.received is not None:
            lines.append(f"  received {self.received}")
        if self.expected is not None:
            lines.append(f"  expected {self.expected}")
        if self.hint is not None:
            lines.append(f"  Hint: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # The default rebuilds from args alone and would lose the keyword-only parts on the way between processes.
        return _rebuild, (type(self), dict(self.__dict__))


def _rebuild(kind: type[PenstockError], state: dict[str, object]) -> PenstockError:
    error = kind.__new__(kind)
    Exception.__init__(error, state["message"])
    error.__dict__.update(state)
    return error


class DefinitionError(PenstockError, ValueError):
    """A pipeline definition, a parameter or a spec is wrong."""

    exit_code = 2


class UnknownNameError(DefinitionError, LookupError):
    """A name that is not among the known ones; the nearest one becomes the hint."""

    def __init__(
        self,
        message: str,
        *,
        name: str,
        known: Iterable[str],
        at: str | None = None,
        hint: str | None = None,
        field: str | None = None,
    ) -> None:
        names = sorted(known)
        match = nearest(name, names)
        parts = [part for part in (f'did you mean "{match}"?' if match else None, hint) if part]
        super().__init__(
            message,
            at=at,
            expected=f"one of {', '.join(names)}" if names and not match else None,
            hint=" ".join(parts) or None,
            field=field,
        )
        self.name = name


class UsageError(PenstockError, ValueError):
    """A command was asked for something that cannot be done."""

    exit_code = 2


class NotFoundError(PenstockError, LookupError):
    """A run, artifact, node or file that is not there."""

    exit_code = 2


class MissingDependencyError(PenstockError, ImportError):
    """An optional library is not installed; the hint is the line that installs it."""

    exit_code = 2

    def __init__(self, library: str, *, extra: str, needed_by: str) -> None:
        super().__init__(
            f"{needed_by} needs {library}, which is not installed", hint=f'pip install "penstock[{extra}]"'
        )


class DataError(PenstockError, ValueError):
    """Input data is not what a component can read."""

    exit_code = 2


class ArtifactError(PenstockError, ValueError):
    """An artifact's files are missing, incomplete or not of its type."""

    exit_code = 1


class NodeFailedError(PenstockError, RuntimeError):
    """A node's executor failed; where a lower process died, the message says how."""

    exit_code = 1


class GateRefusedError(PenstockError, RuntimeError):
    """A gate (schema, blessing, infra check) refused, and the run was asked to be strict."""

    exit_code = 3


class StoreBusyError(PenstockError, TimeoutError):
    """The metadata store did not let us in within its time limit."""

    exit_code = 4
    transient = True


class StoreVersionError(PenstockError, RuntimeError):
    """The store was written by a version of Penstock that this one cannot read."""

    exit_code = 2


class StaleAttemptError(PenstockError, RuntimeError):
    """An attempt wanted to publish, but another one has taken its place or the run was cancelled."""


class InterruptedNodeError(PenstockError, RuntimeError):
    """A signal ended a node that was run by itself; `exit_code` is 128 and the signal's number."""

    transient = True

    def __init__(self, signal: int, *, at: str) -> None:
        super().__init__(f"ended by signal {signal}; nothing was published", at=at, hint="run the same command again")
        self.exit_code = 128 + signal  # type: ignore[misc]  # this one's depends on the signal


class StorageError(PenstockError, OSError):
    """The disk refused: no space, read-only, or an input/output error."""

    exit_code = 5

    def __str__(self) -> str:
        return PenstockError.__str__(self)
