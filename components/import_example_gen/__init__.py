"""ImportExampleGen: TFRecord files of tf.Example records."""

from penstock.components.import_example_gen.component import ImportExampleGen

__all__ = ["ImportExampleGen"]
