"""How sure one can be of a metric, and of the difference between two models on the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from core.metrics.evaluation import METRICS, Cells, Metric, checked, divided, gaps, point, row_losses, values
from core.text.stored import known

EXACT_ROWS = 20_000
"""Up to here the bootstrap weighs every distinct row; above, rows of nearly equal probability share a weight."""
BINS = 2_000
"""Groups of nearly equal probability above `EXACT_ROWS`: they move an AUC by less than 1e-4, an interval by less."""
CELLS_AT_ONCE = 2_000_000
"""Bootstrap weights held in memory at a time: 2 million take about 50 MB with their products."""


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
        return cls(**known(cls, stored))


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
    cells = Cells.of(target, probability, threshold)
    points = {name: point(name, cells) for name in names}
    if len(target) > EXACT_ROWS:
        cells = cells.merged(BINS)
    rng = np.random.default_rng(seed)
    draws: dict[Metric, list[np.ndarray]] = {name: [] for name in names}
    for some in _chunks(resamples, 2 * len(cells.positives)):
        weights = [_poisson(rng, counts, some) for counts in (cells.positives, cells.negatives)]
        for name in names:
            draws[name].append(gaps(cells, *weights) if name == "ece" else values(name, cells, *weights))
    found = {}
    for name, value in points.items():
        drawn = np.concatenate(draws[name])
        if name == "ece":
            found[name] = _around_gaps(gaps(cells, cells.positives[None], cells.negatives[None])[0], drawn, level)
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
        draws.append(divided(weights @ differences, weights.sum(axis=1)))
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
    whole = [Cells.of(target, one, cut) for one, cut in zip((a, b), thresholds, strict=True)]
    points = {name: [point(name, cells) for cells in whole] for name in names}
    some = slice(None, None, -(-len(target) // EXACT_ROWS))
    sides = [_Ranked.of(target[some], one[some], cut) for one, cut in zip((a, b), thresholds, strict=True)]
    rng, draws = np.random.default_rng(seed), {name: [] for name in names}
    for part in _chunks(resamples, 4 * len(target[some])):
        weights = _poisson(rng, np.ones(len(target[some])), part)
        first, second = (side.gathered(weights) for side in sides)
        for name in names:
            draws[name].append(values(name, sides[0].cells, *first) - values(name, sides[1].cells, *second))
    return {
        name: None if None in (one, other) else _around(one - other, np.concatenate(draws[name]), level)
        for name, (one, other) in points.items()
    }


@dataclass(frozen=True)
class _Ranked:
    """Rows in the order of a model's probabilities, and the cells of equal ones that they form."""

    cells: Cells
    order: np.ndarray
    starts: np.ndarray
    positive: np.ndarray

    @classmethod
    def of(cls, target: np.ndarray, probability: np.ndarray, threshold: float) -> _Ranked:
        order = np.argsort(probability, kind="stable")
        ranked = probability[order]
        starts = np.append(0, np.flatnonzero(np.diff(ranked)) + 1)
        return cls(Cells.of(target, probability, threshold), order, starts, target[order])

    def gathered(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What weights of rows (resamples, rows) come to in each cell: of the positives, and of the negatives."""
        ranked = weights[:, self.order]
        positives = np.add.reduceat(ranked * self.positive, self.starts, axis=1)
        return positives, np.add.reduceat(ranked, self.starts, axis=1) - positives


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
