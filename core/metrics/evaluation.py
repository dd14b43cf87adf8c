"""How good probabilities are on labelled rows, and how sure one can be of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np

from core.text.errors import CourtsideError
from core.text.messages import message

Metric = Literal[
    "log_loss", "brier", "roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "ece", "skill"
]
METRICS: tuple[Metric, ...] = get_args(Metric)
THRESHOLDED: tuple[Metric, ...] = ("accuracy", "precision", "recall", "f1")
"""The metrics that look at predictions and not at probabilities."""

EXACT_ROWS = 20_000
"""Up to here the bootstrap weighs every distinct row; above, rows of nearly equal probability share a weight."""
BINS = 2_000
"""Groups of nearly equal probability above `EXACT_ROWS`: they move an AUC by less than 1e-4, an interval by less."""
CELLS_AT_ONCE = 2_000_000
"""Bootstrap weights held in memory at a time: 2 million take about 50 MB with their products."""
ECE_BINS = 10


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


def metrics(target: np.ndarray, probability: np.ndarray, threshold: float = 0.5) -> dict[str, float | None]:
    """Every figure that Courtside shows for a set of labelled rows: `METRICS`, and `target_rate`.

    `target` is 0/1 or bool, `probability` that of the positive class, both (rows,). A prediction is positive at
    `threshold` or above. Skill is 1 - log_loss / log_loss of the best constant on the same rows: 0 means no better
    than always saying their rate. `ece` is the expected calibration error over `ECE_BINS` bins of equal counts (Naeini,
    Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015). With one class only
    `roc_auc`, `average_precision` and `skill` say nothing and are None; a precision, recall or F1 that would divide by
    zero is 0. Raises `CourtsideError` when there is no row.
    """
    target, probability = checked(target, probability)
    cells = _Cells.of(target, probability, threshold)
    return {**{name: _point(name, cells) for name in METRICS}, "target_rate": float(target.mean())}


def interval(
    target: np.ndarray,
    probability: np.ndarray,
    metric: Metric,
    seed: int,
    resamples: int = 1_000,
    level: float = 0.95,
    threshold: float = 0.5,
) -> Interval | None:
    """A metric with its bootstrap interval; None where the metric itself has no value (one class).

    The bounds are bias-corrected percentiles (Efron, "Better bootstrap confidence intervals", 1987): plain ones put
    the truth of a skill above their upper end twice as often as they should. Those of an `ece` know that
    noise only ever adds to a mean of absolute gaps, see `_around_gaps`.
    Every row gets a Poisson(1) weight per resample (Chamandy et al., "Estimating uncertainty for massive data
    streams", 2012), which for a group of equal rows is one Poisson weight of their number: a million rows cost no
    more memory than 20,000. The same seed gives the same interval. Raises `CourtsideError` when there is no row.
    """
    return intervals(target, probability, (metric,), seed, resamples, level, threshold)[metric]


def intervals(
    target: np.ndarray,
    probability: np.ndarray,
    names: Sequence[Metric] = METRICS,
    seed: int = 10,
    resamples: int = 1_000,
    level: float = 0.95,
    threshold: float = 0.5,
) -> dict[Metric, Interval | None]:
    """Several metrics, each as `interval` gives it, at the price of one: they share the resamples."""
    target, probability = checked(target, probability)
    cells = _Cells.of(target, probability, threshold)
    values = {name: _point(name, cells) for name in names}
    if len(target) > EXACT_ROWS:
        cells = cells.merged(BINS)
    rng = np.random.default_rng(seed)
    draws: dict[Metric, list[np.ndarray]] = {name: [] for name in names}
    for some in _chunks(resamples, 2 * len(cells.positives)):
        weights = [_poisson(rng, counts, some) for counts in (cells.positives, cells.negatives)]
        for name in names:
            draws[name].append(_gaps(cells, *weights) if name == "ece" else _values(name, cells, *weights))
    found = {}
    for name, value in values.items():
        drawn = np.concatenate(draws[name])
        if name == "ece":
            found[name] = _around_gaps(_gaps(cells, cells.positives[None], cells.negatives[None])[0], drawn, level)
        else:
            found[name] = None if value is None else _around(value, drawn, level)
    return found


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
    target, probability_a = checked(target, probability_a)
    _, probability_b = checked(target, probability_b)
    differences = np.sort(row_losses(target, probability_a) - row_losses(target, probability_b))
    value = float(differences.mean())
    counts = np.ones(len(differences))
    if len(differences) > EXACT_ROWS:
        starts = np.arange(BINS) * len(differences) // BINS
        counts = np.diff(np.append(starts, len(differences)))
        differences = np.add.reduceat(differences, starts) / counts
    rng = np.random.default_rng(seed)
    draws = []
    for some in _chunks(resamples, len(differences)):
        weights = _poisson(rng, counts, some)
        draws.append(_divided(weights @ differences, weights.sum(axis=1)))
    return _around(value, np.concatenate(draws), level)


def paired_differences(
    target: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    names: Sequence[Metric],
    thresholds: tuple[float, float],
    seed: int,
    resamples: int = 1_000,
    level: float = 0.95,
) -> dict[Metric, Interval | None]:
    """Each metric of `a` minus that of `b` on the same rows, resampled in pairs as in `paired_difference`;
    `thresholds` are those of a and of b. None where the metric has no value (one class).

    The bounds rest on at most `EXACT_ROWS` rows, every so-manieth of more, and are then wider than they need be.
    """
    target, a = checked(target, a)
    _, b = checked(target, b)
    whole = [_Cells.of(target, one, cut) for one, cut in zip((a, b), thresholds, strict=True)]
    points = {name: [_point(name, cells) for cells in whole] for name in names}
    some = slice(None, None, -(-len(target) // EXACT_ROWS))
    sides = [_Ranked.of(target[some], one[some], cut) for one, cut in zip((a, b), thresholds, strict=True)]
    rng, draws = np.random.default_rng(seed), {name: [] for name in names}
    for part in _chunks(resamples, 4 * len(target[some])):
        weights = _poisson(rng, np.ones(len(target[some])), part)
        first, second = (side.gathered(weights) for side in sides)
        for name in names:
            draws[name].append(_values(name, sides[0].cells, *first) - _values(name, sides[1].cells, *second))
    return {
        name: None if None in (one, other) else _around(one - other, np.concatenate(draws[name]), level)
        for name, (one, other) in points.items()
    }


def checked(target: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same as bool and float, once they are known to be labelled rows; none at all is a `CourtsideError`."""
    target, probability = np.asarray(target), np.asarray(probability, dtype=float)
    if not len(target):
        raise CourtsideError(
            message("There is no labelled row to evaluate."), message("Choose rows in which the target is known.")
        )
    if target.shape != probability.shape or not np.isin(target, (0, 1)).all() or np.isnan(probability).any():
        raise ValueError("target must be 0/1 and probability a number, one of each per row")
    return target.astype(bool), probability


def row_losses(target: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The log loss of each row, (rows,); a probability of exactly 0 or 1 costs what the nearest float does."""
    tiny = np.finfo(float).eps
    return -np.log(np.clip(np.where(np.asarray(target, bool), probability, 1 - probability), tiny, 1 - tiny))


@dataclass(frozen=True)
class _Cells:
    """Rows gathered by probability, rising: how many of each class, and what one such row costs.

    `called` says whether a prediction is positive there, `bins` which bin of the calibration error the cell is in.
    """

    positives: np.ndarray
    negatives: np.ndarray
    probability: np.ndarray
    called: np.ndarray
    bins: np.ndarray
    log_loss: tuple[np.ndarray, np.ndarray]
    brier: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, target: np.ndarray, probability: np.ndarray, threshold: float) -> _Cells:
        distinct, index = np.unique(probability, return_inverse=True)
        positives = np.bincount(index, target, minlength=len(distinct))
        negatives = np.bincount(index, minlength=len(distinct)) - positives
        yes, no = np.ones(len(distinct), bool), np.zeros(len(distinct), bool)
        return cls(
            positives,
            negatives,
            distinct,
            distinct >= threshold,
            np.searchsorted(equal_counts(probability, ECE_BINS), distinct),
            (row_losses(yes, distinct), row_losses(no, distinct)),
            ((1 - distinct) ** 2, distinct**2),
        )

    def merged(self, bins: int) -> _Cells:
        """The same rows in about `bins` cells of equal counts, each class with its mean loss there."""
        rows = self.positives + self.negatives
        group = ((np.cumsum(rows) - rows) * bins / rows.sum()).astype(int)
        # No cell lies on both sides of the threshold, or of the edge of a bin.
        change = np.diff(group) + np.diff(self.called) + np.diff(self.bins)
        starts = np.append(0, np.flatnonzero(change) + 1)
        classes = (self.positives, self.negatives)
        counts = tuple(np.add.reduceat(one, starts) for one in classes)

        def means(losses: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
            sums = (np.add.reduceat(loss * one, starts) for loss, one in zip(losses, classes, strict=True))
            return tuple(total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True))

        mean = np.add.reduceat(self.probability * rows, starts) / np.add.reduceat(rows, starts)
        flags = self.called[starts], self.bins[starts]
        return _Cells(*counts, mean, *flags, means(self.log_loss), means(self.brier))


@dataclass(frozen=True)
class _Ranked:
    """Rows in the order of a model's probabilities, and the cells of equal ones that they form."""

    cells: _Cells
    order: np.ndarray
    starts: np.ndarray
    positive: np.ndarray

    @classmethod
    def of(cls, target: np.ndarray, probability: np.ndarray, threshold: float) -> _Ranked:
        order = np.argsort(probability, kind="stable")
        ranked = probability[order]
        starts = np.append(0, np.flatnonzero(np.diff(ranked)) + 1)
        return cls(_Cells.of(target, probability, threshold), order, starts, target[order])

    def gathered(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What weights of rows (resamples, rows) come to in each cell: of the positives, and of the negatives."""
        ranked = weights[:, self.order]
        positives = np.add.reduceat(ranked * self.positive, self.starts, axis=1)
        return positives, np.add.reduceat(ranked, self.starts, axis=1) - positives


def equal_counts(probability: np.ndarray, bins: int) -> np.ndarray:
    """The inner edges of at most `bins` bins of about equal counts, rising; `searchsorted` gives a row its bin. Equal
    probabilities stay in one bin, so a tree with few leaves gives few bins."""
    return np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))


def _point(metric: Metric, cells: _Cells) -> float | None:
    value = float(_values(metric, cells, cells.positives[None], cells.negatives[None])[0])
    return None if np.isnan(value) else value


def _values(metric: Metric, cells: _Cells, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The metric under each row of weights, nan where a class has none."""
    yes, no = positives.sum(axis=1), negatives.sum(axis=1)
    if metric in THRESHOLDED:
        called = cells.called.astype(positives.dtype)
        return _of_predictions(metric, positives @ called, negatives @ called, yes, no)
    match metric:
        case "roc_auc":
            # A positive outranks every negative below it and half of those beside it (Mann-Whitney).
            below = np.cumsum(negatives, axis=1) - negatives / 2
            return _divided(np.einsum("ij,ij->i", positives, below), yes * no)
        case "average_precision":
            found, called = (np.cumsum(one[:, ::-1], axis=1)[:, ::-1] for one in (positives, positives + negatives))
            precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
            return _divided(np.einsum("ij,ij->i", positives, precision), np.where(no > 0, yes, 0))
        case "ece":
            return np.abs(_gaps(cells, positives, negatives)).sum(axis=1)
    # In the precision of the weights: else every product first makes a copy of them.
    hit, miss = (loss.astype(positives.dtype) for loss in (cells.brier if metric == "brier" else cells.log_loss))
    mean = _divided(positives @ hit + negatives @ miss, yes + no)
    return mean if metric != "skill" else 1 - _divided(mean, _entropy(_divided(yes, yes + no)))


def _gaps(cells: _Cells, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Per row of weights and bin with rows, the observed less the predicted positives, as a share of all rows."""
    starts = np.append(0, np.flatnonzero(np.diff(cells.bins)) + 1)
    share = cells.probability.astype(positives.dtype)
    gaps = np.add.reduceat(positives * (1 - share) - negatives * share, starts, axis=1)
    return gaps / (positives.sum(axis=1) + negatives.sum(axis=1))[:, None]


def _of_predictions(
    metric: Metric, hits: np.ndarray, alarms: np.ndarray, yes: np.ndarray, no: np.ndarray
) -> np.ndarray:
    """A metric of predictions from its counts: positives found, negatives called positive, all of each class."""
    above, below = {
        "accuracy": (hits + no - alarms, yes + no),
        "precision": (hits, hits + alarms),
        "recall": (hits, yes),
        "f1": (2 * hits, hits + alarms + yes),
    }[metric]
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def _entropy(rate: np.ndarray) -> np.ndarray:
    """The log loss of always saying the rate: what no constant can beat."""
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return np.nan_to_num(entropy)


def _divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _poisson(rng: np.random.Generator, counts: np.ndarray, resamples: int) -> np.ndarray:
    """Poisson weights with means `counts`, (resamples, len(counts)); single precision, which halves the time."""
    weights = np.zeros((resamples, len(counts)), np.float32)
    single, several = counts == 1, counts > 1
    # Most cells hold one row, and looking a weight up takes a quarter of the time of drawing it.
    weights[:, single] = _POISSON_OF_ONE[rng.integers(0, len(_POISSON_OF_ONE), (resamples, single.sum()), np.uint16)]
    weights[:, several] = rng.poisson(counts[several], (resamples, several.sum()))
    return weights


def _poisson_of_one() -> np.ndarray:
    """The quantiles of Poisson(1) at 65,536 even steps."""
    steps, below = (np.arange(2**16) + 0.5) / 2**16, np.cumsum([math.exp(-1) / math.factorial(k) for k in range(12)])
    return np.searchsorted(below, steps).astype(np.float32)


_POISSON_OF_ONE = _poisson_of_one()


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


def _around_gaps(gaps: np.ndarray, draws: np.ndarray, level: float) -> Interval:
    # The error of a sum of absolute gaps is at most the sum of the gaps' own errors, which gives a lower bound that a
    # calibrated model's holds at 0; the upper one is the percentile taken from the other side.
    value, noise = float(np.abs(gaps).sum()), np.abs(draws - gaps).sum(axis=1)
    tail = (1 - level) / 2
    low = value - np.quantile(noise, 1 - tail)
    high = 2 * value - np.quantile(np.abs(draws).sum(axis=1), tail)
    return Interval(value, max(0.0, float(low)), max(value, float(high)))
