"""How good probabilities are on labelled rows, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from core.errors import CourtsideError
from core.messages import message

Scored = Literal["log_loss", "skill", "roc_auc", "brier"]

EXACT_ROWS = 20_000
"""Up to here the bootstrap weighs every distinct row; above, rows of nearly equal probability share a weight."""
BINS = 2_000
"""Groups of nearly equal probability above `EXACT_ROWS`: they move an AUC by less than 1e-4, an interval by less."""
CELLS_AT_ONCE = 2_000_000
"""Bootstrap weights held in memory at a time: 2 million take about 50 MB with their products."""
ROC_POINTS = 200


@dataclass(frozen=True)
class Interval:
    """A figure and the bounds that its bootstrap puts around it."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict) -> Interval:
        return cls(**stored)


@dataclass(frozen=True)
class Calibration:
    """Per bin, by rising probability: its mean, the observed rate of positives, and the rows."""

    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    count: tuple[int, ...]


def metrics(target: np.ndarray, probability: np.ndarray, threshold: float = 0.5) -> dict[str, float | None]:
    """Every figure that Courtside shows for a set of labelled rows.

    `target` is 0/1 or bool, `probability` that of the positive class, both (rows,). A prediction is positive at
    `threshold` or above. Skill is 1 - log_loss / log_loss of the best constant on the same rows: 0 means no better
    than always saying their rate. With one class only `roc_auc` and `skill` say nothing and are None; a precision,
    recall or F1 that would divide by zero is 0. Raises `CourtsideError` when there is no row.
    """
    target, probability = _checked(target, probability)
    cells = _Cells.of(target, probability)
    predicted = probability >= threshold
    hits = int(np.sum(predicted & target))
    called, positives = int(predicted.sum()), int(target.sum())
    return {
        "log_loss": _point("log_loss", cells),
        "f1": 2 * hits / (called + positives) if called + positives else 0.0,
        "roc_auc": _point("roc_auc", cells),
        "accuracy": float(np.mean(predicted == target)),
        "precision": hits / called if called else 0.0,
        "recall": hits / positives if positives else 0.0,
        "brier": _point("brier", cells),
        "skill": _point("skill", cells),
        "target_rate": float(target.mean()),
    }


def interval(
    target: np.ndarray,
    probability: np.ndarray,
    metric: Scored,
    seed: int,
    resamples: int = 1_000,
    level: float = 0.95,
) -> Interval | None:
    """A metric with its bootstrap interval; None where the metric itself has no value (one class).

    The bounds are bias-corrected percentiles (Efron, "Better bootstrap confidence intervals", 1987): plain ones put
    the truth of a skill above their upper end twice as often as they should.
    Every row gets a Poisson(1) weight per resample (Chamandy et al., "Estimating uncertainty for massive data
    streams", 2012), which for a group of equal rows is one Poisson weight of their number: a million rows cost no
    more memory than 20,000. The same seed gives the same interval. Raises `CourtsideError` when there is no row.
    """
    return intervals(target, probability, (metric,), seed, resamples, level)[metric]


def intervals(
    target: np.ndarray,
    probability: np.ndarray,
    names: Sequence[Scored],
    seed: int,
    resamples: int = 1_000,
    level: float = 0.95,
) -> dict[Scored, Interval | None]:
    """Several metrics, each as `interval` gives it, at the price of one: they share the resamples."""
    target, probability = _checked(target, probability)
    cells = _Cells.of(target, probability)
    values = {name: _point(name, cells) for name in names}
    if len(target) > EXACT_ROWS:
        cells = cells.merged(BINS)
    rng = np.random.default_rng(seed)
    size = len(cells.positives)
    draws: dict[Scored, list[np.ndarray]] = {name: [] for name in names}
    for some in _chunks(resamples, 2 * size):
        weights = [rng.poisson(counts, (some, size)) for counts in (cells.positives, cells.negatives)]
        for name in names:
            draws[name].append(_values(name, cells, *weights))
    return {
        name: None if value is None else _around(value, np.concatenate(draws[name]), level)
        for name, value in values.items()
    }


def paired_difference(
    target: np.ndarray,
    probability_a: np.ndarray,
    probability_b: np.ndarray,
    seed: int,
    resamples: int = 1_000,
    level: float = 0.95,
) -> Interval:
    """log_loss of a minus log_loss of b on the same rows: above 0, b is better.

    Rows are resampled in pairs, so what makes a row hard for both models cancels out, and a difference shows far
    below the width of either model's own interval. Raises `CourtsideError` when there is no row.
    """
    target, probability_a = _checked(target, probability_a)
    _, probability_b = _checked(target, probability_b)
    differences = np.sort(_log_losses(target, probability_a) - _log_losses(target, probability_b))
    value = float(differences.mean())
    counts = np.ones(len(differences))
    if len(differences) > EXACT_ROWS:
        starts = np.arange(BINS) * len(differences) // BINS
        counts = np.diff(np.append(starts, len(differences)))
        differences = np.add.reduceat(differences, starts) / counts
    rng = np.random.default_rng(seed)
    draws = []
    for some in _chunks(resamples, len(differences)):
        weights = rng.poisson(counts, (some, len(differences)))
        draws.append(_divided(weights @ differences, weights.sum(axis=1)))
    return _around(value, np.concatenate(draws), level)


def calibration(target: np.ndarray, probability: np.ndarray, bins: int = 10) -> Calibration:
    """What was predicted against what happened, in at most `bins` bins of about equal counts.

    Equal probabilities stay in one bin, so a tree with few leaves gives few bins. Raises `CourtsideError` when
    there is no row.
    """
    target, probability = _checked(target, probability)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    index = np.searchsorted(edges, probability)
    count = np.bincount(index, minlength=len(edges) + 1)
    kept = count > 0
    predicted = np.bincount(index, probability, minlength=len(count))[kept] / count[kept]
    observed = np.bincount(index, target, minlength=len(count))[kept] / count[kept]
    return Calibration(tuple(predicted.tolist()), tuple(observed.tolist()), tuple(count[kept].tolist()))


def roc_points(target: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates from (0, 0) to (1, 1), at most 200 points: enough for a chart.

    With one class only there is no curve and both are empty. Raises `CourtsideError` when there is no row.
    """
    cells = _Cells.of(*_checked(target, probability))
    if not cells.positives.any() or not cells.negatives.any():
        return np.empty(0), np.empty(0)
    false = np.append(0, np.cumsum(cells.negatives[::-1])) / cells.negatives.sum()
    true = np.append(0, np.cumsum(cells.positives[::-1])) / cells.positives.sum()
    kept = np.unique(np.linspace(0, len(false) - 1, ROC_POINTS).round().astype(int))
    return false[kept], true[kept]


@dataclass(frozen=True)
class _Cells:
    """Rows gathered by probability, rising: how many of each class, and the loss of one such row."""

    positives: np.ndarray
    negatives: np.ndarray
    log_loss: tuple[np.ndarray, np.ndarray]
    brier: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, target: np.ndarray, probability: np.ndarray) -> _Cells:
        distinct, index = np.unique(probability, return_inverse=True)
        positives = np.bincount(index, target, minlength=len(distinct))
        negatives = np.bincount(index, minlength=len(distinct)) - positives
        yes, no = np.ones(len(distinct), bool), np.zeros(len(distinct), bool)
        return cls(
            positives,
            negatives,
            (_log_losses(yes, distinct), _log_losses(no, distinct)),
            ((1 - distinct) ** 2, distinct**2),
        )

    def merged(self, bins: int) -> _Cells:
        """The same rows in about `bins` cells of equal counts, each class with its mean loss there."""
        below = np.cumsum(self.positives + self.negatives) - (self.positives + self.negatives)
        group = (below * bins / (self.positives + self.negatives).sum()).astype(int)
        starts = np.append(0, np.flatnonzero(np.diff(group)) + 1)
        classes = (self.positives, self.negatives)
        counts = tuple(np.add.reduceat(one, starts) for one in classes)

        def means(losses: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
            sums = (np.add.reduceat(loss * one, starts) for loss, one in zip(losses, classes, strict=True))
            return tuple(total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True))

        return _Cells(*counts, means(self.log_loss), means(self.brier))


def _checked(target: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    target, probability = np.asarray(target), np.asarray(probability, dtype=float)
    if not len(target):
        raise CourtsideError(
            message("There is no labelled row to evaluate."), message("Choose rows in which the target is known.")
        )
    if target.shape != probability.shape or not np.isin(target, (0, 1)).all() or np.isnan(probability).any():
        raise ValueError("target must be 0/1 and probability a number, one of each per row")
    return target.astype(bool), probability


def _log_losses(target: np.ndarray, probability: np.ndarray) -> np.ndarray:
    tiny = np.finfo(float).eps
    return -np.log(np.clip(np.where(target, probability, 1 - probability), tiny, 1 - tiny))


def _point(metric: Scored, cells: _Cells) -> float | None:
    value = float(_values(metric, cells, cells.positives[None], cells.negatives[None])[0])
    return None if np.isnan(value) else value


def _values(metric: Scored, cells: _Cells, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The metric under each row of weights, nan where a class has none."""
    yes, no = positives.sum(axis=1), negatives.sum(axis=1)
    if metric == "roc_auc":
        # A positive outranks every negative below it and half of those beside it (Mann-Whitney).
        below = np.cumsum(negatives, axis=1) - negatives / 2
        return _divided(np.einsum("ij,ij->i", positives, below), yes * no)
    losses = cells.brier if metric == "brier" else cells.log_loss
    mean = _divided(positives @ losses[0] + negatives @ losses[1], yes + no)
    return mean if metric != "skill" else 1 - _divided(mean, _entropy(_divided(yes, yes + no)))


def _entropy(rate: np.ndarray) -> np.ndarray:
    """The log loss of always saying the rate: what no constant can beat."""
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return np.nan_to_num(entropy)


def _divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _chunks(resamples: int, cells: int) -> list[int]:
    """The resamples in parts whose weights stay within `CELLS_AT_ONCE`."""
    at_once = max(1, CELLS_AT_ONCE // cells)
    return [min(at_once, resamples - start) for start in range(0, resamples, at_once)]


def _around(value: float, draws: np.ndarray, level: float) -> Interval:
    from scipy.special import ndtr, ndtri

    draws = draws[~np.isnan(draws)]
    # Resampling shifts skill down (any stray from the rate costs, whichever way); the correction takes that back.
    below = np.mean(draws < value) + np.mean(draws == value) / 2
    shift = ndtri(np.clip(below, 1 / len(draws), 1 - 1 / len(draws)))
    ends = ndtr(2 * shift + ndtri([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(draws, ends)
    return Interval(value, float(low), float(high))
