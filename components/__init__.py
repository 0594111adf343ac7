"""The standard components."""

from penstock.components.csv_example_gen.component import CsvExampleGen
from penstock.components.evaluator.component import Evaluator
from penstock.components.import_example_gen.component import ImportExampleGen
from penstock.components.pusher.component import Pusher
from penstock.components.trainer.component import Trainer
from penstock.components.transform.component import Transform

__all__ = ["CsvExampleGen", "Evaluator", "ImportExampleGen", "Pusher", "Trainer", "Transform"]
