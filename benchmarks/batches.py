"""A large batch through the workflow, as the app and the shell score it: rows per second and memory, by its size.

python -m benchmarks.batches [--rows N] [--files N ...]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

from benchmarks.scoring import batch


def champion(home: Path) -> None:
    """Makes a logistic regression the champion of a new workspace."""
    os.environ["COURTSIDE_HOME"] = str(home)
    from core import workflows

    workflows.prepare("kobe")
    workflows.train("kobe", candidates=("lr",), iterations=1)
    workflows.promote("kobe", workflows.register("kobe", "lr", reason="a benchmark").version)


def scored(home: Path, data: Path) -> tuple[int, float, float, float]:
    """Rows, seconds of the whole workflow, seconds until the last row was scored, and the most megabytes held."""
    os.environ["COURTSIDE_HOME"] = str(home)
    from benchmarks.scoring import held
    from core import workflows

    workflows.score("kobe")  # or the first line would pay for importing what the app has at hand
    told = []
    begun = time.perf_counter()
    found = workflows.score("kobe", str(data), progress=lambda *_: told.append(time.perf_counter()))
    ended = time.perf_counter()
    return found.rows, ended - begun, told[-2] - told[0], held()


def main() -> None:
    """Prints a line per number of files; a folder holds one file several times, so that no disk is too small."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", type=int, default=10**7, help="rows of one file")
    asked.add_argument("--files", type=int, nargs="+", default=[1, 10], help="files of a batch")
    said = asked.parse_args()
    print("| through `workflows.score`, logistic regression | rows/s of the whole run | rows/s of the stream | MB |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        home, file = Path(name) / "home", batch(Path(name) / "batch.parquet", said.rows)
        with get_context("spawn").Pool(1) as alone:
            alone.apply(champion, (home,))
        for files in said.files:
            folder = Path(name) / f"{files}"
            folder.mkdir()
            for number in range(files):
                (folder / f"{number:04}.parquet").hardlink_to(file)
            with get_context("spawn").Pool(1) as alone:
                rows, whole, streamed, held = alone.apply(scored, (home, folder))
            print(f"| {rows:,} rows | {rows / whole:,.0f} | {rows / streamed:,.0f} | {held:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
