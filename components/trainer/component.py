"""Trainer's contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from penstock.components.trainer.config import EvalArgs, TrainArgs
from penstock.dsl.channel import Input, Output, output
from penstock.dsl.component import Component
from penstock.dsl.parameter import UserCode
from penstock.dsl.standard_artifacts import Examples, HyperParameters, Model, ModelRun, Schema, TransformGraph

__all__ = ["Trainer"]


class Trainer(Component):
    """Trains a model with a user's `run_fn(fn_args)`, which has TFX's contract (see `fn_args.FnArgs`).

    `run_fn` saves a SavedModel to `fn_args.serving_model_dir` and may log for TensorBoard to `fn_args.model_run_dir`.
    What it trains with `Model.fit` is shown while it runs, and stops when the loss is no longer a finite number.

    Inputs:
        examples: What to train on, transformed or raw.
        transform_graph: For `fn_args.transform_output`.
        schema: For `fn_args.schema_path`.
        base_model: A model to start from, for `fn_args.base_model`.
        hyperparameters: For `fn_args.hyperparameters`.

    Parameters:
        module_file: The user's module that defines `run_fn`.
        train_args: Splits and number of batches to train on.
        eval_args: Splits and number of batches to validate on.
        custom_config: Plain data for `fn_args.custom_config`.
        keras: What `tf.keras` is: 2 as TFX's modules expect, or 3.
        seed: For Python's, NumPy's and TensorFlow's random numbers, before `run_fn`; None leaves them alone.
        deterministic: Makes TensorFlow use deterministic operations only, which are slower.

    Outputs:
        model: The SavedModel.
        model_run: What training logged.
    """

    executor: ClassVar[str] = "penstock.components.trainer.executor:TrainerExecutor"
    worker: ClassVar[Literal["light", "tensorflow"]] = "tensorflow"
    libraries: ClassVar[Sequence[str]] = (
        "tensorflow",
        "keras",
        "tf-keras",
        "tensorflow-transform",
        "tfx-bsl",
        "numpy",
    )

    examples: Input[Examples]
    transform_graph: Input[TransformGraph] | None = None
    schema: Input[Schema] | None = None
    base_model: Input[Model] | None = None
    hyperparameters: Input[HyperParameters] | None = None
    module_file: Annotated[str, UserCode("run_fn")]
    train_args: TrainArgs = TrainArgs()
    eval_args: EvalArgs = EvalArgs()
    custom_config: dict[str, Any] | None = None
    keras: Literal[2, 3] = 2
    seed: int | None = 42
    deterministic: bool = False
    model: Output[Model] = output()
    model_run: Output[ModelRun] = output()

    @classmethod
    def environment(cls, params: Mapping[str, Any]) -> Mapping[str, str]:
        """The Keras that was asked for."""
        return {"TF_USE_LEGACY_KERAS": "0" if params.get("keras") == 3 else "1"}
