"""What an editor says of wiring. `# E` marks a line that both type checkers refuse."""

from penstock import Param, Pipeline, latest_blessed
from penstock.components import CsvExampleGen, Trainer, Transform
from penstock.config import TrainArgs


def create_pipeline(train_steps: Param[int] = 500) -> Pipeline:
    gen = CsvExampleGen(input_base="data")
    transform = Transform(examples=gen.examples, module_file="model.py")
    by_key = Transform(examples=gen.outputs["examples"], module_file="model.py").with_id("by_key")
    trainer = Trainer(
        examples=transform.transformed_examples,
        transform_graph=transform.transform_graph,
        module_file="model.py",
        train_args=TrainArgs(num_steps=train_steps),
    )
    warm = Trainer(
        examples=transform.transformed_examples,
        base_model=latest_blessed(trainer.model),
        module_file="model.py",
    ).with_options(cache=False)

    Transform(examples=trainer.model, module_file="model.py")  # E
    Transform(examples=gen, module_file="model.py")  # E
    Transform(examples="gen.examples", module_file="model.py")  # E
    Transform(module_file="model.py")  # E
    Transform(examples=gen.examples, module_fiel="model.py")  # E
    Transform(examples=gen.examples, module_file=3)  # E
    Trainer(examples=gen.examples, module_file="model.py", base_model=latest_blessed(gen.examples))  # E
    Trainer(examples=gen.examples, module_file="model.py", model=trainer.model)  # E
    Trainer(examples=gen.examples, module_file="model.py", train_args=TrainArgs(num_step=1))  # E
    Trainer(examples=gen.examples, module_file="model.py", train_args=TrainArgs(num_steps="1"))  # E
    Trainer(examples=gen.examples, module_file="model.py", keras=4)  # E
    trainer.modle  # E
    trainer.with_id(3)  # E
    trainer.with_options(cahce=False)  # E
    create_pipeline(train_steps="many")  # E
    Pipeline("p", gen)  # E
    Pipeline("p", [gen], rot="x")  # E
    return Pipeline("p", [gen, transform, by_key, trainer, warm])
