"""The training of the original assignment three ways, one after the other, and what Courtside's costs as rows grow.

Logistic regression and decision tree, each plain and tuned by 100 settings on ten folds. Everything is imported, and
each way has run once with a single setting before the clock starts, so that its processes are warm; but for "PyCaret as
it comes". Growth is measured with real rows drawn again, each moved a little.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from core.data.contract import Contract
    from core.data.split import PreparedSplit
    from core.training.algorithms import Grid

ITERATIONS, FOLDS, SEED = 100, 10, 10
ROUNDS = 2
"""Times that each way runs, in turn; the least counts."""


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="10000,100000,1000000")
    parser.add_argument("--iterations", type=int, default=ITERATIONS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["COURTSIDE_HOME"] = home
        compare(given.iterations)
        growth([int(rows) for rows in given.rows.split(",") if rows], Path(home))


def compare(iterations: int) -> None:
    """The same work by Courtside, by scikit-learn, by PyCaret on numbers and by PyCaret as it comes."""
    from core import workflows
    from core.training import algorithms, search
    from core.workflows.preparation import split_of

    split, contract = split_of(workflows.prepare("kobe", "kobe-dev").run_id)
    search.warm()
    algorithms.warm()
    kept = {}

    def ours(settings: int) -> None:
        trained = workflows.train("kobe", iterations=settings, folds=FOLDS, seed=SEED)
        kept.update({item.name: item.test_log_loss for item in trained.candidates})

    ways: dict[str, Callable[[int], None]] = {
        "Courtside's whole run: setup, fits, evaluation, logging": ours,
        "scikit-learn alone: only the search fits, on columns scaled once": lambda settings: bare(
            split, contract, settings
        ),
        "PyCaret on scaled columns, `preprocess=False`": lambda settings: pycaret(
            split, contract, settings, plainly=True
        ),
    }
    taken = dict.fromkeys(ways, math.inf)
    for _ in range(ROUNDS):
        for name, way in ways.items():
            way(1)
            taken[name] = min(taken[name], timed(partial(way, iterations)))
    last = "PyCaret as it comes, in a process of its own: setup, `create_model`, `tune_model`"
    taken[last] = as_it_comes(iterations)
    first = next(iter(taken.values()))
    fits = 2 * iterations * FOLDS
    print(f"| {fits:,} search fits on {len(split.train):,} rows | seconds | times Courtside's run |\n|---|---|---|")
    for name, seconds in taken.items():
        print(f"| {name} | {seconds:.1f} | {seconds / first:.2f} |")
    print(
        "\nTest log loss: " + ", ".join(f"{name} {loss:.4f}" for name, loss in sorted(kept.items())) + "\n", flush=True
    )


def as_it_comes(iterations: int) -> float:
    """Seconds from `setup` on, PyCaret being imported; its processes start and import it within them."""
    code = f"from benchmarks.training import alone; print(alone({iterations}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.splitlines()[-1])


def alone(iterations: int) -> float:
    """What `as_it_comes` runs."""
    from core import workflows
    from core.training import algorithms
    from core.workflows.preparation import split_of

    algorithms.warm()
    split, contract = split_of(workflows.latest_prepared("kobe").run_id)
    return timed(lambda: pycaret(split, contract, iterations, plainly=False))


def bare(split: PreparedSplit, contract: Contract, iterations: int) -> None:
    """Nothing but the search fits, on columns scaled once."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    rows = StandardScaler().fit_transform(split.train[contract.feature_names].astype(float))
    models = (LogisticRegression(max_iter=1000), DecisionTreeClassifier(random_state=SEED))
    for model, grid in zip(models, grids(split, contract), strict=True):
        RandomizedSearchCV(
            model, grid, n_iter=iterations, scoring="neg_log_loss", n_jobs=-1, refit=False, random_state=SEED,
            cv=StratifiedKFold(FOLDS, shuffle=True, random_state=SEED),
        ).fit(rows, split.train[contract.target])  # fmt: skip


def grids(split: PreparedSplit, contract: Contract) -> list[Grid]:
    """PyCaret's grids for both models."""
    from core.training import algorithms

    made = algorithms.experiment(split, contract, FOLDS, SEED, 1)
    return [algorithms.grid(made, name) for name in ("lr", "dt")]


def pycaret(split: PreparedSplit, contract: Contract, iterations: int, *, plainly: bool) -> None:
    """Both models, plain and tuned. `plainly` switches its preprocessing off, on columns that are scaled already."""
    from pycaret.classification import ClassificationExperiment
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    tables = [part.astype(float).reset_index(drop=True) for part in (split.train, split.test)]
    if plainly:
        scaler = StandardScaler().fit(tables[0][contract.feature_names])
        for table in tables:
            table[contract.feature_names] = scaler.transform(table[contract.feature_names])
    tables[1].index += len(tables[0])
    made = ClassificationExperiment()
    made.setup(
        data=tables[0], test_data=tables[1], target=contract.target, session_id=SEED, html=False, verbose=False,
        fold_strategy=StratifiedKFold(FOLDS, shuffle=True, random_state=SEED), n_jobs=-1, system_log=False,
        **({"preprocess": False} if plainly else {"normalize": True}),
    )  # fmt: skip
    made.add_metric("log_loss", "Log loss", log_loss, target="pred_proba", greater_is_better=False)
    for name in ("lr", "dt"):
        model = made.create_model(name, verbose=False, cross_validation=not plainly)
        made.tune_model(model, n_iter=iterations, optimize="log_loss", verbose=False, tuner_verbose=False)


def growth(sizes: list[int], folder: Path) -> None:
    """What Courtside's run costs by rows, ten settings each, in seconds of the processor too: other work does not
    lengthen those."""
    from core import workflows
    from core.store import sources, tables
    from core.store.settings import load

    real = tables.read_table(sources.kobe(load(), "dev")).dropna(subset=["shot_made_flag"])
    print(
        "| rows | seconds of the run | processor seconds | microseconds of it a row | peak GB |\n|---|---|---|---|---|"
    )
    for rows in sizes:
        path = folder / f"{rows}.parquet"
        drawn(real, rows).to_parquet(path, index=False)
        workflows.prepare("kobe", str(path))
        before = processor()
        seconds = timed(lambda: workflows.train("kobe", iterations=10, folds=FOLDS, seed=SEED))
        used = processor() - before
        print(f"| {rows:,} | {seconds:.1f} | {used:.1f} | {used / rows * 1e6:,.0f} | {peak():.1f} |", flush=True)


def drawn(real: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Real rows drawn again and moved by up to half a foot, so that hardly two are the same."""
    rng = np.random.default_rng(SEED)
    made = real.iloc[rng.integers(0, len(real), rows)].reset_index(drop=True)
    for name in ("lat", "lon"):
        made[name] += rng.uniform(-0.005, 0.005, rows)
    return made.assign(lat=made["lat"].clip(33.1, 34.1), shot_id=np.arange(rows))


def peak() -> float:
    """The most memory that this process and those that fit have held, in GB."""
    status = [(folder / "status").read_text() for folder in processes()]
    return sum(int(text.split("VmHWM:")[1].split()[0]) for text in status) / 2**20


def processor() -> float:
    """Processor seconds that this process and those that fit have used."""
    used = [(folder / "stat").read_text().rpartition(")")[2].split()[11:13] for folder in processes()]
    return sum(int(ticks) for pair in used for ticks in pair) / os.sysconf("SC_CLK_TCK")


def processes() -> list[Path]:
    """Where the system tells of this process and of those that fit."""
    from core.training import search

    return [Path(f"/proc/{process}") for process in (os.getpid(), *search.warm())]


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
