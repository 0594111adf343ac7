"""What an executor is given beside its node: the attempt's folder, Beam arguments, and a way to report progress."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["ExecutionContext", "read_progress"]

_IN_MEMORY = ("--runner=FnApiRunner", "--direct_running_mode=in_memory")


@dataclass(frozen=True, kw_only=True)
class ExecutionContext:
    """The surroundings of one attempt. The working directory is the attempt's own folder.

    Attributes:
        node_id: Id of the node.
        temp_dir: An empty folder for scratch files, relative to the working directory, so that no absolute path gets
            into an output.
        beam_pipeline_args: Arguments for the Beam pipelines inside the component.
        project: The project's sources (a snapshot of them); user code is loaded from here.
        base: The folder of the definition, which relative destinations start from.
        progress_file: Where `report` writes; None where nobody reads it.
    """

    node_id: str
    temp_dir: str
    project: str
    base: str
    beam_pipeline_args: Sequence[str] = ()
    progress_file: str | None = None

    def report(self, **fields: Any) -> None:
        """Tells how far the work is: `report(step=320, steps=500, metrics={"loss": 0.1})`, or `report(note="...")`.

        The last note becomes the node's line on the screen; a component that ends with one says what it did.

        Args:
            **fields: `step` and `steps` (counts), `metrics` (name to number), `eta` (seconds), `note` (text).
        """
        if self.progress_file is not None:
            with Path(self.progress_file).open("a", encoding="utf-8") as file:
                file.write(json.dumps(fields) + "\n")

    def beam_pipeline(self, **options: Any) -> Any:
        """A Beam pipeline with the node's arguments; the in-memory FnApiRunner when they name no runner.

        DirectRunner is not the default: Beam 2.77's first tries to fetch a binary from the network.

        Args:
            **options: Further pipeline options by name.

        Returns:
            An `apache_beam.Pipeline`, to be used in a `with` block.
        """
        import apache_beam as beam  # noqa: PLC0415 - a definition must not load Beam

        from penstock.dsl.beam_options import CachedOptions  # noqa: PLC0415 - it imports Beam

        args = list(self.beam_pipeline_args)
        if not any(arg.startswith("--runner") for arg in args):
            args = [*_IN_MEMORY, *args]
        return beam.Pipeline(options=CachedOptions(args, **options))


def read_progress(path: Path, offset: int) -> tuple[list[Mapping[str, Any]], int]:
    """Reads the reports that were written since `offset`; a line that is being written waits for the next call."""
    if not path.exists():
        return [], offset
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    end = data.rfind(b"\n") + 1
    return [json.loads(line) for line in data[:end].splitlines()], offset + end
