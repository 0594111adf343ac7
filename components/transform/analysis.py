"""The analysis: one dataset a split, with a cache of what each analyzer found in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow_transform.beam as tft_beam
from apache_beam.pvalue import PCollection
from tensorflow_transform.beam.analysis_graph_builder import get_analysis_cache_entry_keys, get_analysis_dataset_keys
from tensorflow_transform.beam.analyzer_cache import DatasetKey, ReadAnalysisCacheFromFS, WriteAnalysisCacheToFS
from tfx_bsl.public.tfxio import TensorAdapter, TensorAdapterConfig

__all__ = ["AnalyzerCache", "analyze"]


@dataclass(frozen=True, kw_only=True)
class AnalyzerCache:
    """Where analyzers' results are kept.

    The results of some analyzers (quantiles) are pickles: read only a cache that this store's runs have written.

    Attributes:
        read_from: Folder of an earlier cache, or None.
        write_to: Folder for the updated one.
    """

    read_from: str | None
    write_to: str


def analyze(
    pipeline: beam.Pipeline,
    function: Callable[..., Any],
    datasets: Mapping[str, Callable[[], PCollection]],
    config: TensorAdapterConfig,
    cache: AnalyzerCache | None,
) -> Any:  # a transform_fn is a pair of a PCollection and metadata, as tensorflow_transform's transforms take it
    """Adds the analysis to a pipeline.

    Args:
        pipeline: The pipeline.
        function: The preprocessing_fn.
        datasets: For each dataset's key what reads it; a dataset that the cache covers is not read.
        config: How batches become tensors.
        cache: None to keep no results, which is faster for a single run.

    Returns:
        What `WriteTransformFn` and `TransformDataset` take.
    """
    if cache is None:
        splits = [read() for read in datasets.values()]
        merged = splits[0] if len(splits) == 1 else splits | "Merge" >> beam.Flatten()
        return (merged, config) | tft_beam.AnalyzeDataset(function)
    keys = {DatasetKey(key): read for key, read in datasets.items()}
    known, needed = {}, set(keys)
    if cache.read_from is not None:
        specs = TensorAdapter(config).OriginalTypeSpecs()
        for key in keys:
            if Path(cache.read_from, key.key).is_dir():
                shutil.copytree(Path(cache.read_from, key.key), Path(cache.write_to, key.key))
        wanted = get_analysis_cache_entry_keys(function, specs, set(keys), False)
        known = pipeline | ReadAnalysisCacheFromFS(cache.read_from, list(keys), wanted)
        needed = get_analysis_dataset_keys(function, specs, set(keys), known, False)
    data = {key: read() if key in needed else None for key, read in keys.items()}
    analyzed: Any = (data, known, config) | tft_beam.AnalyzeDatasetWithCache(function, pipeline=pipeline)
    transform_fn, updated = analyzed
    if updated:
        _ = updated | WriteAnalysisCacheToFS(pipeline, cache.write_to, list(keys))
    return transform_fn
