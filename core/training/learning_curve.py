"""Whether more rows would help: what a model loses when it learns from a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import row_losses
from core.text.messages import Progress, message, silent
from core.training.folds import ALONE, Units, fit

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Floats

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
    pipeline: Pipeline,
    rows: pd.DataFrame,
    target: Floats,
    units: Units = ALONE,
    *,
    seed: int,
    progress: Progress = silent,
) -> LearningCurve:
    """Fits a fresh copy of a pipeline on growing parts of each of at most `FOLDS` folds' training rows, each part
    within the next; folds and parts are of the kind of the `units`. Only training rows are used: the test split stays
    out of it."""
    from sklearn.base import clone

    folds = units.folds(target, FOLDS, seed)
    unseen, seen = np.empty((2, len(SHARES), len(folds)))
    for number, (learn, left_out) in enumerate(folds):
        for place, share in enumerate(SHARES):
            done = number * len(SHARES) + place
            progress(done, FITS, message("Learning from {share:.0%} of the rows", share=share))
            part = learn[units.of(learn).share(target[learn], share, seed)]
            model = fit(clone(pipeline), rows.iloc[part], target[part], units.of(part))
            for found, where in ((unseen, left_out), (seen, part)):
                probability = model.predict_proba(rows.iloc[where])[:, 1]
                found[place, number] = row_losses(target[where], probability).mean()
    learned = float(np.mean([len(learn) for learn, _ in folds]))
    return LearningCurve(
        tuple(round(share * learned) for share in SHARES),
        *(tuple(part.tolist()) for part in (unseen.mean(1), unseen.min(1), unseen.max(1), seen.mean(1))),
    )
