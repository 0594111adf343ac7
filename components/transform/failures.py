"""Says what went wrong inside Beam and tensorflow_transform in terms of the user's function, schema and data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from penstock.dsl.user_code import user_frame
from penstock.errors import DataError, NodeFailedError, PenstockError

__all__ = ["explained"]

_STEP = re.compile(r" \[while running '(?P<step>.*?)'\]")
_SPLIT = re.compile(r"\[(?P<split>[^\[\]]+)\]")
_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
_WRONG_TYPE = re.compile(r'Feature had wrong type, expected (\w+), found (\w+) for feature "([^"]*)"')
_ABSENT = re.compile(r"Error raised when handling tensor '([^']*)'")
_LAST_ERROR = re.compile(r"^(?:[\w.]+\.)?(?P<text>\w+(?:Error|Exception|Exit|Interrupt)\b.*)", re.MULTILINE)


@contextmanager
def explained(project: str, function: str) -> Iterator[None]:
    """Raises what a user can read in the place of what Beam and tensorflow_transform raise.

    An error that has a frame of the project in its traceback is the user's own and passes as it is.

    Args:
        project: The project's folder.
        function: Name of the function, for messages.

    Raises:
        DataError: The examples do not fit the schema.
        NodeFailedError: The function fails while it is traced or applied.
    """
    try:
        yield
    except PenstockError:
        raise
    except Exception as error:
        if user_frame(error, project)[0] is not None:
            raise
        raise _explanation(str(error), type(error).__name__, project, function) from error


def _explanation(text: str, kind: str, project: str, function: str) -> PenstockError:
    if found := _WRONG_TYPE.search(text):
        expected, received, feature = found.groups()
        return DataError(
            f'the examples do not fit the schema: feature "{feature}"{_in_split(text)}',
            received=received.removesuffix("_list"),
            expected=expected.removesuffix("_list"),
            hint="correct the schema, or leave it out to have it inferred",
        )
    if found := _ABSENT.search(text):
        return DataError(
            f'the examples do not fit the schema: feature "{found[1]}"{_in_split(text)}',
            received="examples in which it is absent or has another number of values",
            expected="as many values in every example as its shape says",
            hint="give it no shape in the schema, which makes it sparse",
        )
    # A traceback that crossed a process, or TensorFlow's text about an operation, ends with such a line.
    lines = _LAST_ERROR.findall(text)
    frames = [frame for frame in _FRAME.finditer(text) if Path(frame["file"]).is_relative_to(Path(project).resolve())]
    at = None
    if frames:
        file = Path(frames[-1]["file"]).relative_to(Path(project).resolve())
        at = f"{file}:{frames[-1]['line']} {frames[-1]['function']}"
    what = lines[-1] if lines else _operation_error(text) or f"{kind}: {_STEP.sub('', text)}"
    return NodeFailedError(f"{function} fails{_in_split(text)}: {what}", at=at)


def _in_split(text: str) -> str:
    step = _STEP.search(text)
    split = _SPLIT.search(step["step"].partition("/")[0]) if step else None
    return f" (split {split['split']})" if split else ""


def _operation_error(text: str) -> str | None:
    """The line about the operation, in TensorFlow's long text about a graph."""
    if "Graph execution error" not in text:
        return None
    lines = [line.strip() for line in text.splitlines()]
    start = lines.index("<stack traces unavailable>") + 1 if "<stack traces unavailable>" in lines else 1
    return next((line for line in lines[start:] if line), None)
