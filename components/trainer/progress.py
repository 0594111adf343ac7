"""Live progress of `Model.fit`, and the end of a training whose loss is no longer a number.

One callback is added by wrapping the public `fit` of both Kerases, so that a user's module need not know of it.
"""

from __future__ import annotations

import functools
import inspect
import math
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import tf_keras

from penstock.dsl.execution import ExecutionContext
from penstock.errors import NodeFailedError

__all__ = ["Progress", "reported_fit"]

_SECONDS_BETWEEN_REPORTS = 0.2


class Progress:
    """Counts the steps of a training and reports them, at most five times a second and always at the end.

    Attributes:
        metrics: The newest metrics, by name.
        told_by_fit: Whether `Model.fit` has reported.
    """

    def __init__(self, context: ExecutionContext) -> None:
        self._context = context
        self._reported_at = -math.inf
        self._started_at = time.monotonic()
        self._first_step: int | None = None
        self.metrics: Mapping[str, float] = {}
        self.told_by_fit = False

    def update(self, step: int, steps: int | None, metrics: Mapping[str, float], *, final: bool = False) -> None:
        """Takes the state after a step.

        Args:
            step: Steps done.
            steps: Steps in all, None when nobody knows.
            metrics: Metrics by name.
            final: Whether this must be seen.

        Raises:
            NodeFailedError: A loss is NaN or infinite.
        """
        for name, value in metrics.items():
            if (name == "loss" or name.endswith("_loss")) and not math.isfinite(value):
                raise NodeFailedError(
                    f"{name} is {value} at step {step}",
                    at=_place_in(self._context.project),
                    expected="a finite loss",
                    hint="lower the learning rate, clip the gradients, or look for missing values among the features",
                )
        self.metrics = dict(metrics)
        now = time.monotonic()
        if self._first_step is None:
            self._first_step, self._started_at = step, now  # the first step holds the tracing and does not count
        if not final and now - self._reported_at < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported_at = now
        fields: dict[str, Any] = {"step": step, "metrics": self.metrics}
        if steps is not None:
            done = step - self._first_step
            fields["steps"] = steps
            if done:
                fields["eta"] = round((now - self._started_at) / done * max(steps - step, 0), 1)
        self._context.report(**fields)

    @property
    def summary(self) -> str:
        """The newest metrics in a line, such as `loss 0.112 accuracy 0.981`."""
        return " ".join(f"{name} {value:.3g}" for name, value in self.metrics.items())


@contextmanager
def reported_fit(progress: Progress) -> Iterator[None]:
    """Makes `Model.fit` of both Kerases report to `progress` inside the `with` block."""
    kinds = [(package, package.Model, package.Model.fit) for package in (keras, tf_keras)]
    for package, model, fit in kinds:
        model.fit = _with_callback(fit, package, progress)
    try:
        yield
    finally:
        for _, model, fit in kinds:
            model.fit = fit


def _with_callback(fit: Callable[..., Any], package: ModuleType, progress: Progress) -> Callable[..., Any]:
    signature = inspect.signature(fit)

    @functools.wraps(fit)
    def reported(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        given: Any = bound.arguments.get("callbacks")
        callback = _callback(package, progress)
        if isinstance(given, package.callbacks.CallbackList):
            given.append(callback)
            callback.set_params(given.params)
        else:
            others = given if isinstance(given, list | tuple) else [given] if given is not None else []
            bound.arguments["callbacks"] = [*others, callback]
        return fit(*bound.args, **bound.kwargs)

    return reported


def _callback(package: ModuleType, progress: Progress) -> Any:
    """A callback of this Keras; its base class is only known now."""

    class ProgressCallback(package.callbacks.Callback):  # type: ignore[name-defined,misc]
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - the form of Keras
            progress.told_by_fit = True
            self.before = 0
            self.in_epoch = 0
            self.epochs: int | None = None

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            if self.epochs is None:
                self.epochs = self.params["epochs"] - epoch
            self.in_epoch = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.in_epoch = batch + 1
            progress.update(self.before + self.in_epoch, self.total(), _numbers(logs))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            self.before += self.in_epoch
            self.seen_steps = self.in_epoch
            progress.update(self.before, self.total(), _numbers(logs), final=True)

        def total(self) -> int | None:
            steps = self.params.get("steps") or getattr(self, "seen_steps", None)
            return steps * self.epochs if steps and self.epochs else None

    return ProgressCallback()


def _numbers(logs: Any) -> dict[str, float]:
    return {name: float(value) for name, value in (logs or {}).items() if getattr(value, "ndim", 0) == 0}


def _place_in(project: str) -> str | None:
    """`model.py:58 run_fn`: where the user's code called what is running now."""
    root = Path(project).resolve()
    for frame in reversed(traceback.extract_stack()):
        if Path(frame.filename).is_relative_to(root):
            return f"{Path(frame.filename).relative_to(root)}:{frame.lineno} {frame.name}"
    return None
