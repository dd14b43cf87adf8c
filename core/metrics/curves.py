"""What lies behind the pictures of a model on labelled rows: curves of at most a few hundred points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import checked, equal_counts

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints

POINTS = 200


@dataclass(frozen=True)
class Calibration:
    """Per bin, by rising probability: its mean, the observed rate of positives, and the rows."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    count: tuple[int, ...]


def calibration(target: Floats, probability: Floats, bins: int = 10) -> Calibration:
    """What was predicted against what happened, in at most `bins` bins of about equal counts.

    Raises `CourtsideError` when there is no row.

    >>> found = calibration(np.array([0, 0, 1, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), bins=2)
    >>> [round(rate, 2) for rate in found.predicted], [round(rate, 2) for rate in found.observed]
    ([0.2, 0.8], [0.33, 0.67])
    """
    truth, probability = checked(target, probability)
    index = np.searchsorted(equal_counts(probability, bins), probability)
    count = np.bincount(index)
    kept = count > 0
    predicted = np.bincount(index, probability, minlength=len(count))[kept] / count[kept]
    observed = np.bincount(index, truth, minlength=len(count))[kept] / count[kept]
    return Calibration(tuple(predicted.tolist()), tuple(observed.tolist()), tuple(count[kept].tolist()))


def roc_points(target: Floats, probability: Floats) -> tuple[Floats, Floats]:
    """False and true positive rates from (0, 0) to (1, 1), at most `POINTS`: enough for a chart.

    With one class only there is no curve and both are empty. Raises `CourtsideError` when there is no row.
    """
    called = calls(target, probability)
    if called is None:
        return np.empty(0), np.empty(0)
    false, true = called.alarms / called.negatives, called.hits / called.positives
    return false[called.shown], true[called.shown]


def precision_recall_points(target: Floats, probability: Floats) -> tuple[Floats, Floats]:
    """Recall and precision, from the surest positive to all rows called positive, at most `POINTS`; empty with one
    class only. Raises `CourtsideError` when there is no row."""
    called = calls(target, probability)
    if called is None:
        return np.empty(0), np.empty(0)
    shown = called.shown[1:]  # where nothing is called positive there is no precision
    return (called.hits / called.positives)[shown], called.hits[shown] / (called.hits + called.alarms)[shown]


def gain_points(target: Floats, probability: Floats) -> tuple[Floats, Floats]:
    """Share of rows taken, surest first, and share of the positives among them, at most `POINTS`; empty with one class
    only. Raises `CourtsideError` when there is no row."""
    called = calls(target, probability)
    if called is None:
        return np.empty(0), np.empty(0)
    taken = (called.hits + called.alarms) / (called.positives + called.negatives)
    return taken[called.shown], (called.hits / called.positives)[called.shown]


@dataclass(frozen=True)
class Calls:
    """Rows called positive at every threshold, falling: above the highest probability (none), then at each distinct
    probability. `hits` are positives among them, `alarms` negatives; `shown` picks at most `POINTS` of them."""

    threshold: Floats
    hits: Floats
    alarms: Floats

    @property
    def positives(self) -> float:
        return float(self.hits[-1])

    @property
    def negatives(self) -> float:
        return float(self.alarms[-1])

    @property
    def shown(self) -> Ints:
        places: Ints = np.unique(np.linspace(0, len(self.hits) - 1, POINTS).round().astype(int))
        return places


def calls(target: Floats, probability: Floats) -> Calls | None:
    """What each threshold calls positive; None with one class only, where no threshold tells anything apart. Raises
    `CourtsideError` when there is no row."""
    truth, probability = checked(target, probability)
    distinct, index = np.unique(probability, return_inverse=True)
    hits = np.append(0, np.cumsum(np.bincount(index, truth)[::-1]))
    alarms = np.append(0, np.cumsum(np.bincount(index, ~truth)[::-1]))
    if not hits[-1] or not alarms[-1]:
        return None
    return Calls(np.append(np.inf, distinct[::-1]), hits, alarms)
