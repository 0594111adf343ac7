"""Sends records to splits by a hash of their content, and writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import compress
from pathlib import Path

import numpy as np

from penstock.dsl.tfrecord import RecordSum
from penstock.errors import DefinitionError
from penstock.examples.canonical import feature_key
from penstock.examples.config import HashSplit, Output, SplitConfig, check_split_names
from penstock.examples.files import InputFile
from penstock.examples.writer import SHARD_BYTES, ExampleWriter

__all__ = ["DEFAULT_SPLITS", "check_splits", "write_splits"]

DEFAULT_SPLITS = SplitConfig(splits=[HashSplit(name="train", hash_buckets=2), HashSplit(name="eval", hash_buckets=1)])
"""TFX's default: two thirds for training."""


def check_splits(output_config: Output | None, files: Sequence[InputFile]) -> SplitConfig | None:
    """How records are split by hash; None when the input files already are in splits.

    Raises:
        DefinitionError: The config cannot be followed.
    """
    if any(file.split for file in files):
        if output_config is not None and output_config.split_config.splits:
            raise DefinitionError(
                "both input_config and output_config say how to split",
                expected="splits by pattern (input_config with several splits) or by hash (output_config)",
            )
        return None
    config = output_config.split_config if output_config is not None else DEFAULT_SPLITS
    if not config.splits:
        config = SplitConfig(splits=DEFAULT_SPLITS.splits, partition_feature_name=config.partition_feature_name)
    check_split_names([split.name for split in config.splits], "output_config")
    for split in config.splits:
        if split.hash_buckets < 1:
            raise DefinitionError(
                f'output_config: hash_buckets of split "{split.name}"',
                received=str(split.hash_buckets),
                expected="1 or more",
            )
    return config


def write_splits(
    batches: Iterable[Sequence[bytes]],
    uri: str,
    file: InputFile,
    config: SplitConfig | None,
    *,
    shard_bytes: int = SHARD_BYTES,
) -> dict[str, RecordSum]:
    """Writes the records of one input file to `<uri>/Split-<name>/`, as shards named after the file's index.

    The bucket of a record is the first 8 bytes of its sha256 (or of its partition feature's) modulo the number of
    buckets, so it depends on nothing but the record.

    Args:
        batches: Canonical records.
        uri: Folder of the examples.
        file: Where the records come from.
        config: Hash splits; None to write all records to `file.split`.
        shard_bytes: See ExampleWriter.

    Returns:
        The sum of each split.

    Raises:
        DataError: A record lacks the partition feature.
        StorageError: The disk refused.
    """
    splits = config.splits if config is not None else [HashSplit(name=file.split, hash_buckets=1)]
    split_of_bucket = np.repeat(np.arange(len(splits)), [split.hash_buckets for split in splits])
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                ExampleWriter(
                    Path(uri, f"Split-{split.name}"), prefix=f"data-{file.index:05d}", shard_bytes=shard_bytes
                )
            )
            for split in splits
        ]
        for records in batches:
            digests = [hashlib.sha256(record).digest() for record in records]
            keys = digests
            if config is not None and config.partition_feature_name:
                keys = [
                    hashlib.sha256(feature_key(record, config.partition_feature_name)).digest() for record in records
                ]
            # A sha256 is four numbers of 8 bytes; the first one chooses.
            numbers = np.frombuffer(b"".join(keys), dtype=">u8")[::4]
            chosen = split_of_bucket[(numbers % len(split_of_bucket)).astype(np.intp)]
            for index, writer in enumerate(writers):
                mask = (chosen == index).tolist()
                writer.write_digested(list(compress(records, mask)), list(compress(digests, mask)))
    return {split.name: writer.sum for split, writer in zip(splits, writers, strict=True)}
