"""Scores a batch: every input row comes back, in its order, with a probability or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.checking import check
from core.contract import Contract
from core.features import model_input, unseen

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

ADDED = ("probability", "prediction", "threshold", "model_version", "status", "reason")
"""Columns that scoring adds to a batch."""


@dataclass(frozen=True)
class ScoredBatch:
    """A batch after scoring.

    `rows` are all input rows in their order with all their columns, then `ADDED`: the probability of the positive
    class, the prediction at the threshold, and a status of "scored", "imputed" (a missing feature was filled as in
    training) or "rejected" with its reason (probability and prediction are null). `unseen` counts the rows with a
    category that training did not have.
    """

    rows: pd.DataFrame
    rejected: int
    imputed: int
    unseen: int

    @property
    def scored(self) -> int:
        return len(self.rows) - self.rejected


def score(
    batch: pd.DataFrame, pipeline: Pipeline, contract: Contract, *, threshold: float, version: int
) -> ScoredBatch:
    """Scores `batch` with a version's pipeline. A structural fault of the batch is a `CourtsideError`."""
    checked = check(batch, contract, labelled=False)
    features = model_input(checked.rows, contract)
    probability = np.full(len(batch), np.nan)
    if len(features):
        probability[checked.kept_positions] = pipeline.predict_proba(features)[:, 1]
    status = np.full(len(batch), "rejected", dtype=object)
    missing = features.isna().to_numpy().any(axis=1)
    status[checked.kept_positions] = np.where(missing, "imputed", "scored")
    known = ~np.isnan(probability)
    prediction = pd.array(np.where(known, probability >= threshold, 0), dtype="Int8")
    prediction[~known] = pd.NA
    # A file that was scored before carries these columns already: they are the input's, and keep their place.
    rows = (
        _renamed(batch)
        .reset_index(drop=True)
        .assign(
            probability=probability,
            prediction=prediction,
            threshold=threshold,
            model_version=version,
            status=status,
            reason=np.asarray(checked.reasons, dtype=object),
        )
    )
    new = int(unseen(pipeline, features).sum())
    return ScoredBatch(rows, rejected=int((~known).sum()), imputed=int(missing.sum()), unseen=new)


def _renamed(batch: pd.DataFrame) -> pd.DataFrame:
    taken, new = set(batch.columns), {}
    for name in ADDED:
        free = f"input_{name}"
        while free in taken:
            free = f"input_{free}"
        if name in taken:
            new[name] = free
    return batch.rename(columns=new)
