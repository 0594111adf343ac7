"""Transform's contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from penstock.components.transform.config import SplitsConfig
from penstock.dsl.channel import Input, Output, output
from penstock.dsl.component import Component
from penstock.dsl.parameter import CodeRef, UserCode
from penstock.dsl.standard_artifacts import Examples, Schema, TransformCache, TransformGraph
from penstock.errors import DefinitionError

__all__ = ["Transform"]


class Transform(Component):
    """Applies a user's `preprocessing_fn(inputs)`, written with tensorflow_transform, to Examples.

    Exactly one of `module_file` and `preprocessing_fn` is given. The function may take `custom_config` as a second
    argument. Batches have a fixed size and records a canonical encoding, so that the same input gives the same bytes
    (with Beam's in_memory mode, the default).

    Inputs:
        examples: What to transform.
        schema: Types and shapes of the features. Without it they are inferred from all splits: a feature that has the
            same number of values in every example of every split is dense, any other one sparse.
        analyzer_cache: What an earlier Transform computed; analyzers that it covers are not computed again.

    Parameters:
        module_file: The user's module that defines `preprocessing_fn`.
        preprocessing_fn: The function, as `file.py:function` or as a function object.
        splits_config: Splits to analyse and splits to transform.
        custom_config: Plain data for a `preprocessing_fn` that takes `custom_config`.
        disable_analyzer_cache: Neither reads nor writes the cache. On by default, unlike in TFX: the cache pays where a
            later Transform is given it and analyzes some of the same splits again, and costs each run a quarter more.

    Outputs:
        transform_graph: For `tft.TFTransformOutput`.
        transformed_examples: The transformed splits.
        updated_analyzer_cache: What the analyzers computed, for a later run; empty with `disable_analyzer_cache`.
    """

    executor: ClassVar[str] = "penstock.components.transform.executor:TransformExecutor"
    worker: ClassVar[Literal["light", "tensorflow"]] = "tensorflow"
    libraries: ClassVar[Sequence[str]] = (
        "tensorflow",
        "tensorflow-transform",
        "tfx-bsl",
        "apache-beam",
        "numpy",
        "pyarrow",
    )

    examples: Input[Examples]
    schema: Input[Schema] | None = None
    analyzer_cache: Input[TransformCache] | None = None
    module_file: Annotated[str, UserCode("preprocessing_fn")] | None = None
    preprocessing_fn: CodeRef | None = None
    splits_config: SplitsConfig = SplitsConfig()
    custom_config: dict[str, Any] | None = None
    disable_analyzer_cache: bool = True
    transform_graph: Output[TransformGraph] = output()
    transformed_examples: Output[Examples] = output()
    updated_analyzer_cache: Output[TransformCache] = output()

    def check(self) -> None:
        """Exactly one way to name the function, and a cache only where caching is on.

        Raises:
            DefinitionError: None or both are given, or a cache that would not be read.
        """
        if self.analyzer_cache is not None and self.disable_analyzer_cache is True:
            raise DefinitionError(
                "analyzer_cache is given and would not be read",
                received="disable_analyzer_cache: True, the default",
                expected="disable_analyzer_cache: False",
                field="disable_analyzer_cache",
            )
        if (self.module_file is None) == (self.preprocessing_fn is None):
            raise DefinitionError(
                "the function to apply",
                received="neither module_file nor preprocessing_fn" if self.module_file is None else "both of them",
                expected="exactly one of module_file and preprocessing_fn",
                field="module_file",
            )
