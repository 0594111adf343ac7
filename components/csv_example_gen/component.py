"""CsvExampleGen: reads CSV files, finds the columns' types over all rows, and writes tf.Examples in splits.

**Files.** `input_base` is a folder (its `*.csv` files), a file, or a glob; `input_config` names patterns below a
folder. UTF-8, comma, a header that names the same columns in each file, quotes as in RFC 4180.

**Types.** A first pass reads every row: a column whose every value Python's `int` reads (and int64 holds) is an INT,
else one that `float` reads is a FLOAT (32 bits in a tf.Example), all else is BYTES. So `007` is 7, `nan` is a float,
and a column with an integer beyond int64 keeps its digits as BYTES. Dates and booleans stay text.

**Missing.** An empty field, or one of `null_values`; such a feature is absent in its Example.

**Splits.** By default two thirds `train`, one third `eval`, by a hash of the record's content: the same row always
falls into the same split, in whatever file or order it stands. `output_config` gives other splits, `input_config` with
several splits takes the files' own.

**Refused**, with file and line: a row with too many or too few fields, bytes that are not UTF-8, a quote that is never
closed, a header that repeats a name or differs from the first file's, a file without rows, a split that stays empty.

Memory does not grow with the data; a row must fit into 4 MiB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from penstock.artifacts import Examples
from penstock.dsl.channel import Output as OutputArtifact
from penstock.dsl.channel import output
from penstock.dsl.component import Component
from penstock.dsl.parameter import InputPath
from penstock.examples.config import Input, Output

__all__ = ["CsvExampleGen"]


class CsvExampleGen(Component):
    """Reads CSV files into tf.Examples, split by hash or by file.

    Args:
        input_base: A folder, a file or a glob of CSV files.
        input_config: Patterns of files below the folder `input_base`; several become splits as they are.
        output_config: Splits by hash; train and eval, 2 to 1, when None.
        null_values: Texts that mean a missing value, beside the empty one.

    Example:
        >>> CsvExampleGen(input_base="data", null_values=["NA"]).outputs["examples"]
        csv_example_gen.examples: Channel[Examples]
    """

    executor = "penstock.components.csv_example_gen.executor:CsvExampleGenExecutor"
    libraries: ClassVar[Sequence[str]] = ("pyarrow",)

    input_base: InputPath
    input_config: Input | None = None
    output_config: Output | None = None
    null_values: list[str] = []  # noqa: RUF012 - a field's default; instances get their own
    examples: OutputArtifact[Examples] = output()
