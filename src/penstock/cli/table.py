"""Plain tables and JSON on the terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import rich_click as click

__all__ = ["print_json", "print_rows", "shown_bytes", "shown_clock", "shown_number", "shown_seconds", "shown_time"]


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Prints rows in aligned columns, three spaces apart; the last column is as long as it is."""
    if not rows:
        return
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        click.echo("   ".join([*cells, row[-1]]).rstrip())


def print_json(data: Any) -> None:
    """Prints one JSON document; times as ISO 8601."""
    click.echo(json.dumps(data, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not plain data")


def shown_time(moment: datetime | None) -> str:
    """A time in the user's zone, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def shown_seconds(seconds: float) -> str:
    """`6.1 s`; from a minute on as on a clock."""
    return f"{seconds:.1f} s" if seconds < 60 else shown_clock(seconds)


def shown_clock(seconds: float) -> str:
    """`0:04`, `2:05`, `1:02:05`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def shown_number(count: int, noun: str) -> str:
    """`1 node`, `5 nodes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shown_bytes(count: int) -> str:
    """`13.5 kB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
