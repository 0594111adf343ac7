"""Which digit a small image shows: a convolutional network on images that the pipeline writes itself."""

from images import digit_images

from penstock import Param, Pipeline, latest_blessed
from penstock.components import Evaluator, Pusher, Trainer, Transform
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


def create_pipeline(train_steps: Param[int] = 600) -> Pipeline:
    """Trains, evaluates and pushes a classifier of digits.

    Args:
        train_steps: Number of training batches.
    """
    images = digit_images()
    transform = Transform(examples=images.outputs["examples"], module_file="model.py")
    trainer = Trainer(
        examples=transform.transformed_examples,
        transform_graph=transform.transform_graph,
        module_file="model.py",
        train_args=TrainArgs(num_steps=train_steps),
        keras=3,
    )
    accuracy = MetricConfig(
        class_name="SparseCategoricalAccuracy",
        threshold=MetricThreshold(value_threshold=GenericValueThreshold(lower_bound=0.95)),
    )
    evaluator = Evaluator(
        examples=transform.transformed_examples,
        model=trainer.model,
        baseline_model=latest_blessed(trainer.model),
        eval_config=EvalConfig(
            model_specs=[ModelSpec(label_key="digit", signature_name="evaluate")],
            slicing_specs=[SlicingSpec(), SlicingSpec(feature_keys=["digit"])],
            metrics_specs=[MetricsSpec(metrics=[accuracy])],
        ),
    )
    pusher = Pusher(
        model=trainer.model,
        model_blessing=evaluator.blessing,
        push_destination=PushDestination(filesystem=Filesystem(base_directory="serving")),
    )
    return Pipeline("digits", [images, transform, trainer, evaluator, pusher])
