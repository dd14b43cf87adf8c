"""Bootstrap intervals of the test split's size: ours, beside scikit-learn's metric called once a resample."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import log_loss

from core.metrics.intervals import interval, intervals
from core.metrics.registry import METRICS

ROWS, RESAMPLES, REPEATS = 4_057, 2_000, 5


def seconds(work: Callable[[], object]) -> float:
    """Median seconds of a few calls."""

    def once() -> float:
        begun = time.perf_counter()
        work()
        return time.perf_counter() - begun

    return statistics.median(once() for _ in range(REPEATS))


def main() -> None:
    """Prints the seconds of one metric, of all, and of the obvious way to one."""
    random = np.random.default_rng(0)
    probability = random.random(ROWS)
    target = (random.random(ROWS) < probability).astype(int)

    def obvious() -> None:
        for rows in random.integers(0, ROWS, (RESAMPLES, ROWS)):
            log_loss(target[rows], probability[rows], labels=[0, 1])

    one = seconds(lambda: interval(target, probability, "log_loss", 0, resamples=RESAMPLES))
    every = seconds(lambda: intervals(target, probability, METRICS, 0, resamples=RESAMPLES))
    loop = seconds(obvious)
    print(f"| {RESAMPLES:,} resamples of {ROWS:,} rows | seconds | times as long |\n|---|---|---|")
    for name, took in (("one metric", one), (f"all {len(METRICS)} metrics", every), ("log loss by a loop", loop)):
        print(f"| {name} | {took:.2f} | {took / one:.1f} |")


if __name__ == "__main__":
    main()
