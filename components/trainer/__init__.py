"""Trainer: calls a user's `run_fn(fn_args)` and keeps the model that it saves."""

from penstock.components.trainer.component import Trainer
from penstock.components.trainer.config import EvalArgs, TrainArgs

__all__ = ["EvalArgs", "TrainArgs", "Trainer"]
