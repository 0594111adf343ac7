"""Penguin species from body measurements."""

from penstock import Param, Pipeline, latest_blessed
from penstock.components import CsvExampleGen, Evaluator, Pusher, Trainer, Transform
from penstock.config import (
    EvalConfig,
    Filesystem,
    GenericValueThreshold,
    MetricConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    PushDestination,
    SlicingSpec,
    TrainArgs,
)


def create_pipeline(train_steps: Param[int] = 500, accuracy: Param[float] = 0.95) -> Pipeline:
    """Trains, evaluates and pushes a penguin classifier.

    Args:
        train_steps: Number of training batches.
        accuracy: Smallest accuracy on the eval split that is good enough to push.
    """
    example_gen = CsvExampleGen(input_base="data", null_values=["NA"]).with_id("example_gen")
    transform = Transform(examples=example_gen.examples, module_file="model.py")
    trainer = Trainer(
        examples=transform.transformed_examples,
        transform_graph=transform.transform_graph,
        module_file="model.py",
        train_args=TrainArgs(num_steps=train_steps),
        keras=3,
    )
    evaluator = Evaluator(
        examples=example_gen.examples,
        model=trainer.model,
        baseline_model=latest_blessed(trainer.model),
        eval_config=EvalConfig(
            model_specs=[
                ModelSpec(
                    label_key="species_id",
                    signature_name="serving_default",
                    preprocessing_function_names=["transform_features"],
                )
            ],
            slicing_specs=[SlicingSpec(), SlicingSpec(feature_keys=["island"])],
            metrics_specs=[
                MetricsSpec(
                    metrics=[
                        MetricConfig(
                            class_name="SparseCategoricalAccuracy",
                            threshold=MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=accuracy)),
                        )
                    ]
                )
            ],
        ),
    )
    pusher = Pusher(
        model=trainer.model,
        model_blessing=evaluator.blessing,
        push_destination=PushDestination(filesystem=Filesystem(base_directory="serving")),
    )
    return Pipeline("penguins", [example_gen, transform, trainer, evaluator, pusher])
