"""The contract of Evaluator."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.artifacts import Examples, Model, ModelBlessing, ModelEvaluation, Schema
from penstock.components.evaluator.config import EvalConfig
from penstock.dsl.channel import Input, Output, output
from penstock.dsl.component import Component
from penstock.dsl.parameter import InputPath
from penstock.errors import DefinitionError

__all__ = ["Evaluator"]


class Evaluator(Component):
    """Measures a SavedModel with TensorFlow Model Analysis, over all examples and in slices, and blesses it or not.

    A plain threshold is about all examples together; `per_slice_thresholds` say what slices must reach. Change
    thresholds compare with `baseline_model`, and are not applied while there is none. A config without any threshold
    blesses nothing.

    Attributes:
        examples: What to evaluate on.
        model: The candidate.
        baseline_model: What change thresholds compare with, such as `latest_blessed(trainer.outputs["model"])`.
        schema: The examples' schema; without it features are read as they come.
        eval_config: What to measure and what must be reached. Either this or `eval_config_file`.
        eval_config_file: The same as TFMA's own EvalConfig, in a file of JSON or protobuf text.
        example_splits: Splits to evaluate on, together.
        evaluation: TFMA's output for `tfma.load_eval_result`, and `summary.json`.
        blessing: The verdict and its reasons.
    """

    executor = "penstock.components.evaluator.executor:EvaluatorExecutor"
    worker = "tensorflow"
    libraries = ("tensorflow", "tensorflow-model-analysis", "tf-keras")

    examples: Input[Examples]
    model: Input[Model]
    baseline_model: Input[Model] | None = None
    schema: Input[Schema] | None = None
    eval_config: EvalConfig | None = None
    eval_config_file: InputPath | None = None
    example_splits: Sequence[str] = ("eval",)
    evaluation: Output[ModelEvaluation] = output()
    blessing: Output[ModelBlessing] = output()

    def check(self) -> None:
        """One config, and a split to evaluate on.

        Raises:
            DefinitionError: There are two configs or none, or no split.
        """
        if (self.eval_config is None) == (self.eval_config_file is None):
            raise DefinitionError(
                f"received {'no config' if self.eval_config is None else 'two configs'}",
                expected="eval_config or eval_config_file",
                field="eval_config",
            )
        if isinstance(self.example_splits, Sequence) and not self.example_splits:
            raise DefinitionError("names no split to evaluate on", field="example_splits")
