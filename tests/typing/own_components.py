"""What an editor says inside a user's own components. `# E` marks a line that both type checkers refuse."""

from typing import Any

from penstock import Component, ExecutionContext, Input, Output, Param, component, output
from penstock.artifacts import Examples, Integer, JsonValue, Model
from penstock.components import CsvExampleGen


@component
def model_card(model: Input[Model], title: str, card: Output[JsonValue]) -> None:
    size: int = model.bytes
    where: str = model.serving_uri
    card.value = {"title": title.upper(), "bytes": size, "where": where}
    model.byte  # E
    model.splits  # E
    wrong: str = model.bytes  # E
    del wrong
    title.value  # E


@component
def count(examples: Input[list[Examples]], base: Input[Model] | None = None) -> int:
    names = [name.upper() for item in examples for name in item.splits]
    base.bytes  # E
    examples.splits  # E
    return len(names) + (base.bytes if base is not None else 0)


class ModelSize(Component):
    model: Input[Model]
    unit: int = 1
    size: Output[Integer] = output()

    class executor:  # noqa: N801 - the name of the attribute
        def run(self, node: "ModelSize", context: ExecutionContext) -> None:
            node.size.value = node.model.bytes // node.unit
            context.report(note=f"{node.unit}")
            node.model.byte  # E
            context.reprot(note="x")  # E


def define(steps: Param[int], model: Any) -> None:
    gen = CsvExampleGen(input_base="data")
    size = ModelSize(model=model, unit=steps)
    size.size
    model_card(model=model, title="x").outputs["card"]
    ModelSize(model=gen.examples)  # E
    ModelSize(model=model, unit="x")  # E
    ModelSize(model)  # E
    ModelSize(model=model, size=size.size)  # E
