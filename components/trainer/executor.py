"""Runs `run_fn` with its seed, and checks that it left a model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from penstock.components.trainer.component import Trainer
from penstock.components.trainer.event_files import watched_event_files
from penstock.components.trainer.fn_args import FnArgs
from penstock.components.trainer.progress import Progress, reported_fit
from penstock.dsl.execution import ExecutionContext
from penstock.dsl.standard_artifacts import Examples, HyperParameters
from penstock.dsl.user_code import load_user_function
from penstock.errors import ArtifactError, DataError, DefinitionError

__all__ = ["TrainerExecutor"]


class TrainerExecutor:
    """Calls the user's `run_fn`."""

    def run(self, node: Trainer, context: ExecutionContext) -> None:
        """Trains.

        Raises:
            DefinitionError: The module cannot be imported, or `deterministic` was asked for without a seed.
            UnknownNameError: The module has no `run_fn`.
            DataError: A split is empty or not there.
            NodeFailedError: The loss is NaN or infinite.
            ArtifactError: `run_fn` left no model.
        """
        fn_args = _fn_args(node, context)
        if node.seed is not None:
            tf.keras.utils.set_random_seed(node.seed)
        if node.deterministic:
            if node.seed is None:
                raise DefinitionError("deterministic needs a seed", at=context.node_id, received="seed: None")
            tf.config.experimental.enable_op_determinism()
        run_fn = load_user_function(node.module_file, "run_fn", context.project)
        progress = Progress(context)
        with reported_fit(progress), watched_event_files(fn_args.model_run_dir, progress):
            run_fn(fn_args)
        if not Path(fn_args.serving_model_dir, "saved_model.pb").exists():
            raise ArtifactError(
                f"{Path(node.module_file).name}: run_fn ended without saving a model",
                at=fn_args.serving_model_dir,
                expected="a SavedModel in fn_args.serving_model_dir",
                hint="tf.saved_model.save(model, fn_args.serving_model_dir, signatures=...)",
            )
        if progress.metrics:
            context.report(note=progress.summary)


def _fn_args(node: Trainer, context: ExecutionContext) -> FnArgs:
    return FnArgs(
        train_files=_patterns(node.examples, node.train_args.splits, "train_args"),
        eval_files=_patterns(node.examples, node.eval_args.splits, "eval_args"),
        train_steps=node.train_args.num_steps,
        eval_steps=node.eval_args.num_steps,
        schema_path=str(Path(node.schema.uri, "schema.pbtxt")) if node.schema else None,
        transform_graph_path=node.transform_graph.uri if node.transform_graph else None,
        serving_model_dir=node.model.serving_uri,
        model_run_dir=node.model_run.uri,
        base_model=node.base_model.serving_uri if node.base_model else None,
        hyperparameters=_read(node.hyperparameters) if node.hyperparameters else None,
        custom_config=dict(node.custom_config or {}),
        working_dir=str(Path(context.temp_dir).resolve()),
    )


def _patterns(examples: Examples, splits: Sequence[str], parameter: str) -> list[str]:
    for split in splits:
        if split not in examples.splits:
            raise DataError(
                f'{parameter}.splits names "{split}", which the examples lack',
                at=examples.uri,
                expected=f"some of {', '.join(examples.splits)}",
            )
        if not any(Path(examples.split_uri(split)).iterdir()):
            raise DataError(f'split "{split}" is empty', at=examples.split_uri(split))
    return [str(Path(examples.split_uri(split), "*")) for split in splits]


def _read(hyperparameters: HyperParameters) -> dict[str, object]:
    path = Path(hyperparameters.uri, "hyperparameters.json")
    try:
        values: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"not readable hyperparameters: {error}", at=str(path)) from error
    return values
