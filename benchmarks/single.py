"""Milliseconds on the server for one case: its probability, and everything that is said of it.

python -m benchmarks.single [--times N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

import pandas as pd

CANDIDATES = ("lr", "lightgbm")


def milliseconds(call: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and 95th percentile, after one call that warms up."""
    call()
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took), statistics.quantiles(took, n=20)[-1]


def _calls(version: int) -> dict[str, Callable[[], object]]:
    from core import workflows
    from core.scoring import explanation
    from core.workflows import single

    case, known = workflows.usual_case("kobe"), single.ground_of("kobe", version)
    row, model = pd.DataFrame([case]), known.scorer.model.probability
    values = {name: column[0] for name, column in single.as_columns(row, known.scorer.contract).items()}
    return {
        "prediction, champion looked up": lambda: workflows.predict("kobe", row),
        "prediction": lambda: workflows.predict("kobe", row, version=version),
        "Shapley values, 6 features": lambda: explanation.contributions(model, values, known.background, 10),
        "everything said of a case": lambda: workflows.explain("kobe", case, version=version),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as home:
        os.environ["COURTSIDE_HOME"] = home
        from core import workflows

        workflows.prepare("kobe")
        workflows.train("kobe", candidates=CANDIDATES)
        print(f"{'champion':<10} {'what':<34} {'median ms':>10} {'95 % ms':>10}")
        for name in CANDIDATES:
            version = workflows.register("kobe", name).version
            workflows.promote("kobe", version)
            calls = _calls(version)
            for what, call in calls.items():
                middle, high = milliseconds(call, times)
                print(f"{name:<10} {what:<34} {middle:>10.2f} {high:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
