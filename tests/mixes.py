"""Batches of harder and easier cases, of which a model says the true probability or only a part of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from core.data.contract import Contract, Feature
from core.monitoring.unlabelled import Side
from core.monitoring.verdict import Assessment, Known, assess

CONTRACT = Contract("t", "T", "y", "1", (Feature("x", "number"), Feature("ward", "category")))


def world(rows: int, seed: int, *, spread: float = 1.0, kept: float = 1.0, offset: float = 0.0) -> tuple:
    """Rows, their true probability as the model says it, and outcomes that follow only a part of it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows) * spread
    table = pd.DataFrame({"x": x, "ward": rng.choice(["a", "b"], rows)})
    outcome = rng.random(rows) < expit(offset + kept * 1.8 * x)
    return table, expit(offset + 1.8 * x), outcome.astype(float)


def judged(batch: tuple, *, labelled: np.ndarray | None = None, seed: int = 1, look: int = 1) -> Assessment:
    """The verdict on a batch of which all rows or some have labels."""
    table, said, outcome = batch
    target = outcome if labelled is None else np.where(labelled, outcome, np.nan)
    reference = Side(*world(4_000, 1_000 + seed))
    return assess(CONTRACT, reference, Side(table, said, target), 0.5, seed, Known(look=look))


def text(found: Assessment) -> str:
    """Everything that a verdict says."""
    return " ".join(map(str, (*found.text, *(answer for _, answer in found.answers))))
