"""`penstock components`."""

from __future__ import annotations

import pytest

from penstock.dsl.registry import STANDARD
from tests.cli.conftest import Shell


def test_ls_names_all_with_a_summary(shell: Shell) -> None:
    lines = shell("components", "ls").lines
    assert [line.split()[0] for line in lines] == list(STANDARD)
    assert all(len(line.split()) > 4 for line in lines)


@pytest.mark.parametrize("name", STANDARD)
def test_show_says_what_goes_in_and_out(shell: Shell, name: str) -> None:
    ended = shell("components", "show", name)
    assert ended.code == 0
    assert ended.lines[0].startswith(f"{name} (standard, version ")
    assert "outputs:" in ended.lines


def test_show_tells_what_is_required_and_what_is_the_default(shell: Shell) -> None:
    lines = [line.split() for line in shell("components", "show", "CsvExampleGen").lines]
    assert next(words for words in lines if words[:1] == ["input_base"])[-1] == "required"
    assert next(words for words in lines if words[:1] == ["null_values"])[-1] != "required"


def test_show_of_an_unknown_one_offers_the_nearest(shell: Shell) -> None:
    ended = shell("components", "show", "Trainr")
    assert ended.code == 2
    assert ended.err == 'unknown component "Trainr"\n  Hint: did you mean "Trainer"?\n'
