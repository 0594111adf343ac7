from __future__ import annotations

import ast

import pytest

from penstock.sources.imports import Import, absolute, imports_in, third_party
from penstock.sources.project import Project

from .conftest import Write


@pytest.mark.parametrize(
    ("text", "file", "expected"),
    [
        ("from . import x", "p/a.py", "p"),
        ("from .b import x", "p/a.py", "p.b"),
        ("from .b import x", "p/__init__.py", "p.b"),
        ("from ..b import x", "p/q/a.py", "p.b"),
        ("from ... import x", "p/q/a.py", None),
        ("from . import x", "a.py", None),
        ("from b.c import x", "p/a.py", "b.c"),
    ],
)
def test_relative_imports_start_from_the_package(text: str, file: str, expected: str | None) -> None:
    (found,) = imports_in(ast.parse(text))

    assert absolute(found, file) == expected


def test_bound_names() -> None:
    found = imports_in(ast.parse("import a.b\nimport a.c as d\nfrom e import f as g, h\n"))

    assert found == [
        Import("a.b", 0, None, "a"),
        Import("a.c", 0, None, "d", renamed=True),
        Import("e", 0, "f", "g"),
        Import("e", 0, "h", "h"),
    ]


def test_third_party_is_what_is_neither_ours_nor_pythons(write: Write) -> None:
    folder = write({"helpers.py": "", "ns/a.py": "", "datasets/train.csv": ""})
    text = (
        "import os, numpy.linalg, helpers, penstock.artifacts, ns.a, datasets\nfrom . import x\nfrom yaml import load\n"
    )

    assert third_party(Project(folder), imports_in(ast.parse(text))) == {"numpy", "datasets", "yaml"}
