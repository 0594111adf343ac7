"""CsvExampleGen: CSV files to tf.Example records."""

from penstock.components.csv_example_gen.component import CsvExampleGen

__all__ = ["CsvExampleGen"]
