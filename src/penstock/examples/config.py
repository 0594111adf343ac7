"""How data is found and split: TFX's `Input` and `Output` configs, with its names and fields, as typed dataclasses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from penstock.errors import DefinitionError

__all__ = ["HashSplit", "Input", "InputSplit", "Output", "SplitConfig", "check_split_names"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def check_split_names(names: Sequence[str], parameter: str) -> None:
    """Split names become folders, so they are words, and each is there once.

    Args:
        names: Of all splits.
        parameter: The parameter that gives them, for the message.

    Raises:
        DefinitionError: They are not.
    """
    if not names or len(set(names)) < len(names):
        raise DefinitionError(
            f"{parameter}: the splits", received=", ".join(names) or "none", expected="one or more, each named once"
        )
    for name in names:
        if not _NAME.fullmatch(name):
            raise DefinitionError(
                f"{parameter}: the name of a split",
                received=repr(name),
                expected="letters, digits, and _ . - after the first one",
            )


@dataclass(frozen=True, kw_only=True)
class InputSplit:
    """An input split; TFX's `Input.Split`.

    Attributes:
        name: Name of the split, such as `train`.
        pattern: Glob of its files, relative to `input_base`, such as `train/*.csv`.
    """

    name: str
    pattern: str


@dataclass(frozen=True, kw_only=True)
class Input:
    """Which files are which split.

    One split only says which files are read, and the output is split by hash; several become splits as they are.

    Example:
        >>> Input(splits=[Input.Split(name="train", pattern="train/*"), Input.Split(name="eval", pattern="eval/*")])
        Input(splits=[InputSplit(name='train', pattern='train/*'), InputSplit(name='eval', pattern='eval/*')])
    """

    Split: ClassVar[type[InputSplit]] = InputSplit

    splits: list[InputSplit]


@dataclass(frozen=True, kw_only=True)
class HashSplit:
    """An output split; TFX's `SplitConfig.Split`.

    Attributes:
        name: Name of the split, such as `train`.
        hash_buckets: How many of all buckets fall into it; with 2 and 1, two thirds of the records.
    """

    name: str
    hash_buckets: int


@dataclass(frozen=True, kw_only=True)
class SplitConfig:
    """How records are split by hash.

    Attributes:
        splits: The splits, in order.
        partition_feature_name: Records with the same value of this feature fall into the same split; empty to hash the
            whole record.
    """

    Split: ClassVar[type[HashSplit]] = HashSplit

    splits: list[HashSplit] = field(default_factory=list)
    partition_feature_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """How the output is split.

    Example:
        >>> Output(split_config=SplitConfig(splits=[SplitConfig.Split(name="all", hash_buckets=1)])).split_config.splits
        [HashSplit(name='all', hash_buckets=1)]
    """

    split_config: SplitConfig
