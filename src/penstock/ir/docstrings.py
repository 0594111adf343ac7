"""What Google docstrings say about names: arguments, fields, inputs and outputs."""

from __future__ import annotations

import inspect
import re

__all__ = ["described_names", "first_line"]

_SECTION = re.compile(r"^(?:Args|Attributes|Inputs|Outputs|Parameters):\n((?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"\*{0,2}(\w+)(?: \([^)]*\))?: *(.*)")


def described_names(subject: object) -> dict[str, str]:
    """Name to its text on one line, from the sections of an object's docstring."""
    found: dict[str, str] = {}
    for section in _SECTION.findall(inspect.getdoc(subject) or ""):
        last = None
        for line in inspect.cleandoc(section).splitlines():
            entry = None if line.startswith(" ") else _ENTRY.fullmatch(line)
            if entry:
                last = entry[1]
                found[last] = entry[2].strip()
            elif last is not None:
                found[last] = f"{found[last]} {line.strip()}".strip()
    return found


def first_line(subject: object) -> str:
    """The first line of an object's docstring."""
    return (inspect.getdoc(subject) or "").partition("\n")[0]
