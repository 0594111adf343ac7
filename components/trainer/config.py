"""What a Trainer reads and for how long, with TFX's field names."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EvalArgs", "TrainArgs"]


@dataclass(frozen=True, kw_only=True)
class TrainArgs:
    """The training side.

    Attributes:
        splits: Splits of the Examples to train on.
        num_steps: Number of batches; reaches `run_fn` as `fn_args.train_steps`, None when not given.
    """

    splits: tuple[str, ...] = ("train",)
    num_steps: int | None = None


@dataclass(frozen=True, kw_only=True)
class EvalArgs:
    """The validation side.

    Attributes:
        splits: Splits of the Examples to validate on.
        num_steps: Number of batches; reaches `run_fn` as `fn_args.eval_steps`, None when not given.
    """

    splits: tuple[str, ...] = ("eval",)
    num_steps: int | None = None
