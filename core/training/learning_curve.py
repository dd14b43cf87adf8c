"""Whether more rows would help: what a model loses when it learns from a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import row_losses
from core.text.messages import Progress, message, silent

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Floats, Ints

SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
FOLDS = 5
FITS = FOLDS * len(SHARES)


@dataclass(frozen=True)
class LearningCurve:
    """Per number of training `rows`: the log loss on rows left out (`unseen`, with the range over folds), and on the
    rows learned from (`seen`). Where the two meet, more rows of the same kind bring nothing."""

    rows: tuple[int, ...]
    unseen: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seen: tuple[float, ...]


def learning_curve(
    pipeline: Pipeline, rows: pd.DataFrame, target: Floats, *, seed: int, progress: Progress = silent
) -> LearningCurve:
    """Fits a fresh copy of a pipeline on growing parts of each of `FOLDS` folds' training rows (stratified, each part
    within the next). Only training rows are used: the test split stays out of it."""
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedKFold

    unseen, seen = np.empty((2, len(SHARES), FOLDS))
    folding = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for number, (learn, left_out) in enumerate(folding.split(rows, target)):
        for place, share in enumerate(SHARES):
            done = number * len(SHARES) + place
            progress(done, FITS, message("Learning from {share:.0%} of the rows", share=share))
            part = _part(learn, target, share, seed)
            model = clone(pipeline).fit(rows.iloc[part], target[part])
            for found, where in ((unseen, left_out), (seen, part)):
                probability = model.predict_proba(rows.iloc[where])[:, 1]
                found[place, number] = row_losses(target[where], probability).mean()
    learned = round(len(rows) * (1 - 1 / FOLDS))
    return LearningCurve(
        tuple(round(share * learned) for share in SHARES),
        *(tuple(part.tolist()) for part in (unseen.mean(1), unseen.min(1), unseen.max(1), seen.mean(1))),
    )


def _part(learn: Ints, target: Floats, share: float, seed: int) -> Ints:
    """A part with the same rate of positives; a smaller share of the same seed lies within a larger one."""
    order = np.random.default_rng(seed).permutation(learn)
    return np.concatenate([of[: int(np.ceil(share * len(of)))] for of in (order[target[order] == v] for v in (0, 1))])
