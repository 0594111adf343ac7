"""Finds the input files of an ExampleGen, in an order that does not depend on the file system."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.errors import DataError, DefinitionError
from penstock.examples.config import Input, InputSplit, check_split_names

__all__ = ["InputFile", "find_files"]


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file to read.

    Attributes:
        index: Its place among all files.
        split: Its split, where the input says so; empty where records are split by hash.
        path: Absolute path.
    """

    index: int
    split: str
    path: str


def find_files(input_base: str, input_config: Input | None, *, folder_pattern: str) -> list[InputFile]:
    """The files of each input split, ordered by split, then by path.

    Args:
        input_base: A file, a folder or a glob, absolute.
        input_config: Splits by pattern below the folder `input_base`; None for one split with all files.
        folder_pattern: Which files of a folder are read when `input_config` is None, such as `*.csv`. Hidden files are
            left out.

    Raises:
        DataError: There is no such file or folder, or a pattern finds nothing.
        DefinitionError: The config names no split or one twice, a pattern leads out of the folder or to hidden files,
            or a file is in two splits.
    """
    base = Path(input_base)
    if input_config is None:
        return _numbered("", _expand(base, folder_pattern))
    if not base.is_dir():
        raise DataError(
            "no such folder",
            at=input_base,
            expected="input_base is a folder when input_config gives patterns below it",
        )
    names = [split.name for split in input_config.splits]
    check_split_names(names, "input_config")
    found: list[InputFile] = []
    for split in input_config.splits:
        _check_pattern(split)
        files = _matches(Path(glob.escape(str(base))) / split.pattern)
        if not files:
            raise DataError(
                f'split "{split.name}": no file matches "{split.pattern}"', at=input_base, received=_listing(base)
            )
        taken = {file.path: file.split for file in found}
        for path in files:
            if path in taken:
                raise DefinitionError(
                    f'input_config: {path} is in split "{taken[path]}" and in split "{split.name}"',
                    expected="patterns that do not overlap, so that no record is in two splits",
                )
        found += _numbered(split.name if len(names) > 1 else "", files, start=len(found))
    return found


def _check_pattern(split: InputSplit) -> None:
    """What lies outside of the folder, or is hidden in it, has no part in the cache key."""
    pattern = Path(split.pattern)
    if pattern.is_absolute() or any(part.startswith(".") for part in pattern.parts):
        raise DefinitionError(
            f'input_config: the pattern of split "{split.name}"',
            received=repr(split.pattern),
            expected="files below input_base that are not hidden",
            hint="make input_base the folder above all of them",
        )


def _expand(base: Path, folder_pattern: str) -> list[str]:
    if base.is_dir():
        if files := _matches(Path(glob.escape(str(base))) / folder_pattern):
            return files
        raise DataError(
            f"no file matches {folder_pattern} in this folder",
            at=str(base),
            received=_listing(base),
            hint="name the files by a glob, such as data/*.txt" if any(base.iterdir()) else None,
        )
    if base.exists():
        return [str(base)]
    if files := _matches(base):
        return files
    raise DataError("no such file or folder", at=str(base), expected="a file, a folder, or a glob that finds files")


def _matches(pattern: Path) -> list[str]:
    # Not Path.glob: it takes no absolute pattern, and finds hidden files.
    return sorted(path for path in glob.glob(str(pattern), recursive=True) if Path(path).is_file())  # noqa: PTH207


def _numbered(split: str, paths: Iterable[str], start: int = 0) -> list[InputFile]:
    return [InputFile(index=index, split=split, path=path) for index, path in enumerate(paths, start)]


def _listing(folder: Path, most: int = 5) -> str:
    names: Sequence[str] = sorted(path.name for path in folder.iterdir())
    if not names:
        return "an empty folder"
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
