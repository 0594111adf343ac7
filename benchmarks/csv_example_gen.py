"""Rows per second and peak memory of CsvExampleGen, against a floor without types, splits and identity.

python benchmarks/csv_example_gen.py            1,000,000 rows of 18 columns
python benchmarks/csv_example_gen.py --full     and 10,000,000, with the ratio of the peaks
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

# All imports stand here, so that both sides pay the same ones before the clock starts.
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

import penstock.components.csv_example_gen.executor  # noqa: F401
from penstock.components.csv_example_gen.component import CsvExampleGen
from penstock.examples.writer import frame
from penstock.testing import run_node

ROWS = 1_000_000
CHUNK = 100_000


def generate(path: Path, rows: int) -> None:
    """Six int, six float and six text columns; one cell in twenty is missing."""
    random = np.random.default_rng(0)
    words = np.array([f"word {number}" for number in range(1000)])
    writer = None
    for _ in range(0, rows, CHUNK):
        columns = {}
        for number in range(6):
            columns[f"int_{number}"] = random.integers(-(10**number), 10 ** (number + 1), CHUNK)
            columns[f"float_{number}"] = random.normal(scale=10.0**number, size=CHUNK).round(4)
            columns[f"text_{number}"] = words[random.integers(0, 10 * (number + 1), CHUNK)]
        missing = {name: random.random(CHUNK) < 0.05 for name in columns}
        table = pa.table({name: pa.array(values, mask=missing[name]) for name, values in columns.items()})
        writer = writer or csv.CSVWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def component(path: str, folder: str) -> int:
    """What a node does."""
    result = run_node(CsvExampleGen, params={"input_base": path})
    note = str(result.progress[-1]["note"])
    Path(folder, "note").write_text(note)
    return int(note.partition(" ")[0].replace(",", ""))


def floor(path: str, folder: str) -> int:
    """Arrow's own types, tfx-bsl's encoder, one gzip stream."""
    encoder = RecordBatchToExamplesEncoder()
    zipper = zlib.compressobj(3, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    rows = 0
    with Path(folder, "floor.gz").open("wb") as file:
        for batch in csv.open_csv(path, read_options=csv.ReadOptions(block_size=4 << 20)):
            columns = []
            for column in batch.columns:
                kind = {pa.string(): pa.binary(), pa.float64(): pa.float32()}.get(column.type, column.type)
                counts = pa.array([0], pa.int32()), pc.cumulative_sum(pc.cast(column.is_valid(), pa.int32()))
                values = pc.cast(column.drop_null(), kind)
                columns.append(pa.ListArray.from_arrays(pa.concat_arrays(counts), values, mask=column.is_null()))
            records = encoder.encode(pa.RecordBatch.from_arrays(columns, batch.schema.names))
            file.write(zipper.compress(b"".join(map(frame, records))))
            rows += len(records)
        file.write(zipper.flush())
    return rows


def measure(what: str, path: Path, folder: str) -> tuple[float, float]:
    """Seconds (imports left out) and peak MB of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--worker", what, str(path), folder],
        check=True,
        stdout=subprocess.PIPE,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    rate = found["rows"] / found["seconds"]
    print(
        f"  {what:9}  {found['rows']:>10,} rows  {found['seconds']:6.1f} s (CPU {found['cpu']:.1f} s)  "
        f"{rate:>8,.0f} rows/s"
        f"  peak {found['peak']:,.0f} MB (imports {found['imports']:,.0f} MB)",
        flush=True,
    )
    return found["seconds"], found["peak"]


def rows() -> list[tuple[str, str, str, str]]:
    """Lines of the README's table: rows per second, and the peak memory of ten times as many rows."""
    command = "benchmarks.csv_example_gen --full"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        generate(path, ROWS)
        least, _ = measure("floor", path, folder)
        seconds, peak_once = measure("component", path, folder)
        generate(path, 10 * ROWS)
        _, peak_ten = measure("component", path, folder)
    against = f"{seconds / least:.2f} x Arrow's types, tfx-bsl's encoder and gzip"
    memory = f"{peak_ten / peak_once:.2f} x the peak of 1,000,000 rows ({peak_once:.0f} MB)"
    return [
        ("CsvExampleGen, 1,000,000 rows x 18", f"{ROWS / seconds:,.0f} rows/s", against, command),
        ("CsvExampleGen, 10,000,000 rows x 18", f"{peak_ten:.0f} MB at its peak", memory, command),
    ]


def worker(what: str, path: str, folder: str) -> None:
    imports = peak()
    start, cpu = time.perf_counter(), time.process_time()
    rows = {"component": component, "floor": floor}[what](path, folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    print(json.dumps({"rows": rows, "seconds": seconds, "cpu": cpu, "peak": peak(), "imports": imports}))


def peak() -> float:
    """Greatest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="also ten times the rows")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(*options.worker)
        return
    peaks = []
    for rows in (ROWS, 10 * ROWS) if options.full else (ROWS,):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "rows.csv")
            generate(path, rows)
            print(f"{rows:,} rows x 18 columns, {path.stat().st_size / 1e6:,.0f} MB of CSV", flush=True)
            least, _ = measure("floor", path, folder)
            taken, most = measure("component", path, folder)
            print(f"  time {taken / least:.2f} x floor", flush=True)
            peaks.append(most)
    if options.full:
        print(f"peak at 10x / 1x: {peaks[1] / peaks[0]:.2f}")


if __name__ == "__main__":
    main()
