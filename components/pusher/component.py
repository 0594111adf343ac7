"""The contract of Pusher."""

from __future__ import annotations

from penstock.artifacts import InfraBlessing, Model, ModelBlessing, PushedModel
from penstock.components.pusher.config import PushDestination
from penstock.dsl.channel import Input, Output, output
from penstock.dsl.component import Component

__all__ = ["Pusher"]


class Pusher(Component):
    """Publishes a model as the next version `<base_directory>/<version>/`, in the layout that TensorFlow Serving reads.

    Every blessing that is given must be positive and about this very model. A model that the newest version already
    holds is not published twice. A version appears complete or not at all.

    Attributes:
        model: The model to publish.
        model_blessing: The Evaluator's verdict.
        infra_blessing: The InfraValidator's verdict.
        push_destination: Where it goes.
        pushed_model: Which version it became, or why none.
    """

    executor = "penstock.components.pusher.executor:PusherExecutor"
    effect = True
    confirm = "penstock.components.pusher.confirm:confirm"

    model: Input[Model]
    model_blessing: Input[ModelBlessing] | None = None
    infra_blessing: Input[InfraBlessing] | None = None
    push_destination: PushDestination
    pushed_model: Output[PushedModel] = output()
