"""Seconds of a replay of the Kobe seasons, beside the same models fitted and asked in a bare loop.

The loop retrains after every window, which is every model that any of the strategies needs; the rest of a replay is the
evidence that policies decide on.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion

CANDIDATES = ("lr", "hgb")
FIRST = 3


def _bare(version: RegisteredVersion) -> tuple[float, int]:
    """Seconds of a plain loop over the windows, and its fits."""
    import numpy as np
    from sklearn.base import clone

    from core.data.encoding import model_input
    from core.store import registry, settings
    from core.workflows import histories, scoring

    history = histories.history("kobe", version, "season")
    contract, pipeline = scoring.contract_of(version), registry.load(version, settings.load())
    labels = np.unique(history.window)
    begun = time.perf_counter()
    for window in labels[FIRST:]:
        known, now = history.rows[history.window < window], history.rows[history.window == window]
        model = clone(pipeline).fit(model_input(known, contract), known[contract.target].to_numpy())
        model.predict_proba(model_input(now, contract))
    return time.perf_counter() - begun, len(labels) - FIRST


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["COURTSIDE_HOME"] = home
        from core import workflows

        workflows.prepare("kobe")
        workflows.train("kobe", candidates=CANDIDATES, folds=3)
        print(f"{'champion':<10} {'fits':>5} {'bare loop s':>12} {'replay s':>9} {'ratio':>6}")
        for name in CANDIDATES:
            version = workflows.register("kobe", name)
            workflows.promote("kobe", version.version)
            bare, fits = _bare(version)
            begun = time.perf_counter()
            workflows.replay("kobe", by="season", first=FIRST)
            seconds = time.perf_counter() - begun
            print(f"{name:<10} {fits:>5} {bare:>12.2f} {seconds:>9.1f} {seconds / bare:>6.1f}")


if __name__ == "__main__":
    main()
