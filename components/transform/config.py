"""Which splits a Transform looks at, with TFX's field names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SplitsConfig"]


@dataclass(frozen=True, kw_only=True)
class SplitsConfig:
    """Splits of the Examples.

    Attributes:
        analyze: Splits that means, vocabularies and their like are computed from.
        transform: Splits that are transformed; None for all.
    """

    analyze: tuple[str, ...] = ("train",)
    transform: tuple[str, ...] | None = None
