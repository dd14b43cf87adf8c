"""The registry page with 500 versions and 10,000 runs in the store, beside the same page with 5 versions."""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core.store.settings import HOUSE

FEW, MANY, RUNS = 5, 500, 10_000
REPEATS = 5
PARTS = {
    "metrics": ("key", "value", "timestamp", "step", "is_nan"),
    "latest_metrics": ("key", "value", "timestamp", "step", "is_nan"),
    "params": ("key", "value"),
    "tags": ("key", "value"),
}
"""What belongs to a run in MLflow's tables, beside `run_uuid`."""


def crowd(home: Path, versions: int, runs: int) -> None:
    """Fills the store of a workspace up to `versions` versions and `runs` runs, copies of those in it."""
    with sqlite3.connect(home / "models" / "mlflow.db") as store:
        templates = store.execute("SELECT run_uuid, experiment_id FROM runs ORDER BY start_time").fetchall()
        for place in range(max(0, runs - len(templates) - versions)):
            _copy_run(store, templates[place % len(templates)][0], f"{place:032x}", place + 1)
        name, last, candidate = store.execute(
            "SELECT name, max(version), run_id FROM model_versions GROUP BY name ORDER BY name LIMIT 1"
        ).fetchone()
        for version in range(last + 1, versions + 1):
            _copy_run(store, candidate, f"{version:#032x}", version)
            _copy_version(store, name, last, version, f"{version:#032x}")
    store.close()


def _copy_run(store: sqlite3.Connection, source: str, target: str, later: int) -> None:
    own = [row[1] for row in store.execute("PRAGMA table_info(runs)") if row[1] not in ("run_uuid", "start_time")]
    listed = ", ".join(own)
    store.execute(
        f"INSERT INTO runs (run_uuid, start_time, {listed}) "
        f"SELECT ?, start_time - ?, {listed} FROM runs WHERE run_uuid = ?",
        (target, later, source),
    )
    for table, columns in PARTS.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        store.execute(
            f"INSERT INTO {table} (run_uuid, {listed}) SELECT ?, {listed} FROM {table} WHERE run_uuid = ?",
            (target, source),
        )


def _copy_version(store: sqlite3.Connection, name: str, source: int, target: int, run_id: str) -> None:
    for table, given in (("model_versions", {"run_id": run_id}), ("model_version_tags", {})):
        own = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
        own = [f'"{column}"' for column in own if column not in ("version", *given)]
        store.execute(
            f"INSERT INTO {table} (version, {', '.join([*given, *own])}) "
            f"SELECT {', '.join(['?'] * (1 + len(given)) + own)} FROM {table} WHERE name = ? AND version = ?",
            (target, *given.values(), name, source),
        )


def page_seconds(repeats: int = REPEATS) -> float:
    """Median seconds of the page's script, no read cached; what never changes the process has seen before: the figures
    of versions, and the comparison of two on the same rows."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    def once() -> float:
        st.cache_data.clear()
        st.cache_resource.clear()
        test = AppTest.from_file(str(HOUSE / "Home.py"), default_timeout=120)
        test.switch_page("pages/model_registry.py")
        begun = time.perf_counter()
        test.run()
        assert not test.exception
        assert not test.error
        return time.perf_counter() - begun

    once()
    gc.collect()
    gc.freeze()  # as the server does: pages/server/app.py
    return statistics.median(once() for _ in range(repeats))


def main() -> None:
    """Prints the page's time with few and with many versions, and the ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["COURTSIDE_HOME"] = scratch
        subprocess.run([sys.executable, "-m", "core", "demo"], cwd=HOUSE, capture_output=True, check=True)
        found = []
        for versions, runs in ((FEW, 0), (MANY, RUNS)):
            crowd(Path(scratch), versions, runs)
            found.append(page_seconds())
    print("| registry page, script seconds, no read cached | |\n|---|---|")
    print(f"| {FEW} versions | {found[0]:.2f} |")
    print(f"| {MANY} versions, {RUNS:,} runs | {found[1]:.2f} |")
    print(f"| ratio | {found[1] / found[0]:.2f} |")


if __name__ == "__main__":
    main()
