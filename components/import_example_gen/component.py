"""ImportExampleGen: takes TFRecord files of tf.Examples in, checks every record, and writes them in splits.

**Files.** `input_base` is a folder (all its files but hidden ones), a file, or a glob; `input_config` names patterns
below a folder. TFRecord, gzip or plain, told apart by their first bytes.

**Checked.** Both checksums of every record, and that it is a tf.Example; an error names the file and the record,
counted from 1.

**Written** anew in canonical form (features in the order of their names), so that the same records have the same
identity, whoever wrote them. Splits are those of CsvExampleGen.
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

__all__ = ["ImportExampleGen"]


class ImportExampleGen(Component):
    """Imports TFRecord files of tf.Examples, split by hash or by file.

    Args:
        input_base: A folder, a file or a glob of TFRecord files.
        input_config: Patterns of files below the folder `input_base`; several become splits as they are.
        output_config: Splits by hash; train and eval, 2 to 1, when None.

    Example:
        >>> ImportExampleGen(input_base="records").outputs["examples"]
        import_example_gen.examples: Channel[Examples]
    """

    executor = "penstock.components.import_example_gen.executor:ImportExampleGenExecutor"
    libraries: ClassVar[Sequence[str]] = ("protobuf",)

    input_base: InputPath
    input_config: Input | None = None
    output_config: Output | None = None
    examples: OutputArtifact[Examples] = output()
