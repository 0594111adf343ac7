from __future__ import annotations

import math

import pytest

from penstock.errors import DefinitionError
from penstock.ir.yaml_syntax import MAX_BYTES, YamlMap, YamlScalar, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2026-11-22", "2026-11-22"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("=", "="),
        ("010", 10),
        ("0o17", 15),
        ("0xFf", 255),
        ("+12", 12),
        ("-0", 0),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.inf", -math.inf),
        ("true", True),
        ("True", True),
        ("tRue", "tRue"),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", None),
        ("none", "none"),
        ('"1"', "1"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  1\n", "1\n"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    node = read_yaml(f"x: {text}\n", "f")
    assert isinstance(node, YamlMap)
    found = node.plain()["x"]
    assert (type(found), found) == (type(value), value)


def test_nan_is_read() -> None:
    node = read_yaml(".nan", "f")
    assert isinstance(node, YamlScalar)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


def test_lines_of_keys_and_values_are_kept() -> None:
    node = read_yaml("a: 1\nb:\n  c:\n    - 2\n    - 3\n", "f")
    assert isinstance(node, YamlMap)
    assert node.key_lines == {"a": 1, "b": 2}
    inner = node.items["b"]
    assert isinstance(inner, YamlMap)
    assert inner.key_lines == {"c": 3}
    assert [item.line for item in inner.items["c"].items] == [4, 5]  # type: ignore[union-attr]


def test_anchors_and_aliases_are_followed() -> None:
    assert read_yaml("a: &x {n: 1}\nb: *x\n", "f").plain() == {"a": {"n": 1}, "b": {"n": 1}}


def test_a_byte_order_mark_is_ignored() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1\n", "f").plain() == {"a": 1}


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10))

REFUSED = {
    "expanding aliases": (BOMB, ["more than 100,000 values, aliases expanded"]),
    "many aliases": ("a: &a 1\nb: [" + ", ".join(["*a"] * 101) + "]", ["f:2: more than 100 aliases"]),
    "alias of itself": ("a: &a [*a]", ["f:1: there is no complete anchor &a before this alias"]),
    "alias of nothing": ("a: *b", ["there is no complete anchor &b"]),
    "deep flow": ("[" * 200_000, ["f:1: nested deeper than 50 levels"]),
    "deep block": ("\n".join(" " * i + "k:" for i in range(60)), ["nested deeper than 50 levels"]),
    "too large": ("x" * (MAX_BYTES + 1), ["f: the file is too large", "at most 1 MiB"]),
    "many values": ("[" + "1," * 150_000 + "1]", ["more than 100,000 values"]),
    "python tag": ("a: !!python/object/apply:os.system [ls]", ["f:1: tags are not read", "python/object/apply"]),
    "plain tag": ("a: !!str 1", ["tags are not read"]),
    "local tag": ("a: !ref x", ["tags are not read", "received !ref"]),
    "merge key": ("a: &a {x: 1}\nb:\n  <<: *a\n", ["f:3: merge keys are not read", "YAML 1.2 has none"]),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", ['f:3: the key "a" stands twice', "the first one is in line 1"]),
    "key of another type": ("true: 1\n", ["f:1: a key is not a text", "received True"]),
    "list as key": ("? [a]\n: 1\n", ["a key is not a text", "a list or a mapping"]),
    "two documents": ("a: 1\n---\nb: 2\n", ["f:2: a second document begins here"]),
    "empty": ("# nothing\n", ["f: the file is empty"]),
    "tab": ("a:\n\tb: 1\n", ["f:2: not YAML", "indent with spaces"]),
    "unquoted reference in a flow mapping": (
        "a: 1\nb: {n: ${params.x}}\n",
        ["f:2: not YAML", 'in quotes: "${params.x}"'],
    ),
    "unquoted reference in a list": ("b: [${params.x}]\n", ["f:1: not YAML", 'in quotes: "${params.x}"']),
    "colon in a text": ("a: b: c\n", ["f:1: not YAML: mapping values are not allowed", 'a text that holds ": "']),
    "at sign": ("a: @b\n", ["f:1: not YAML", "a text that begins with @"]),
    "open quote": ('a: "b\n', ["not YAML", "quoted scalar"]),
    "control character": ("a: 1\nb: \x01\n", ["f:2: a character that YAML does not allow"]),
    "number beyond reading": ("a: " + "9" * 5000, ["f:1: not a number that can be read"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    text, parts = REFUSED[name]
    with pytest.raises(DefinitionError) as error:
        read_yaml(text, "f")
    for part in parts:
        assert part in str(error.value)


def test_a_file_that_is_not_utf8_is_refused_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r"f:2: the file is not UTF-8\n  received byte 0xe9"):
        read_yaml(b"a: 1\nb: caf\xe9\n", "f")
