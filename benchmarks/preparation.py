"""Ten million rows by eight columns from a path: checked, split and described, beside reading and writing alone."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PIECE = 1_000_000
PREPARE = """
import sys
from core import workflows
made = workflows.prepare("kobe", sys.argv[1])
"""
COPY = """
import sys, pyarrow.parquet as pq
with pq.ParquetFile(sys.argv[1]) as file, pq.ParquetWriter(sys.argv[2], file.schema_arrow) as out:
    for batch in file.iter_batches(500_000):
        out.write_batch(batch)
"""


def write(path: Path, rows: int) -> None:
    """Kobe-like shots with an id: the six features, the target, and one column more."""
    random = np.random.default_rng(1)
    writer = None
    for start in range(0, rows, PIECE):
        size = min(PIECE, rows - start)
        far, angle = random.gamma(2, 6, size), random.uniform(0, np.pi, size)
        table = pa.table(
            {
                "shot_id": np.arange(start, start + size),
                "lat": 34.0443 - far * np.sin(angle) / 100,
                "lon": -118.2698 + far * np.cos(angle) / 100,
                "minutes_remaining": random.integers(0, 12, size),
                "period": random.integers(1, 5, size),
                "playoffs": random.integers(0, 2, size),
                "shot_distance": np.floor(np.clip(far, 0, 79)).astype("int64"),
                "shot_made_flag": (random.random(size) < 0.45).astype("float64"),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def measured(code: str, *arguments: str, home: str) -> tuple[float, float]:
    """Seconds and peak GB of a fresh process that runs `code`."""
    report = "\nprint(__import__('json').dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"import resource\n{code}{report}", *arguments],
        env={**os.environ, "COURTSIDE_HOME": home},
        capture_output=True,
        text=True,
        check=True,
    )

    return time.perf_counter() - begun, json.loads(done.stdout.splitlines()[-1]) / 2**20


def main() -> None:
    """Prints seconds, memory and the ratio to a plain copy."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shots.parquet"
        write(path, rows)
        copy = measured(COPY, str(path), str(Path(folder) / "copy.parquet"), home=folder)
        ours = measured(PREPARE, str(path), home=folder)
    print(f"| {rows:,} rows x 8 columns | seconds | peak GB | ratio |\n|---|---|---|---|")
    print(f"| read and written by pyarrow alone | {copy[0]:.1f} | {copy[1]:.2f} | 1 |")
    print(f"| checked, split and described by `prepare` | {ours[0]:.1f} | {ours[1]:.2f} | {ours[0] / copy[0]:.1f} |")


if __name__ == "__main__":
    main()
