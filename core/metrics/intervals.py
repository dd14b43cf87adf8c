"""How sure one can be of a metric, and of the difference between two models on the same rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from core.metrics import shares
from core.metrics.cells import Cells, checked, row_losses
from core.metrics.evaluation import point
from core.metrics.registry import METRICS
from core.metrics.shares import SHARES
from core.metrics.thresholds import USUAL
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats, Ints

LEVEL = 0.95
"""How often an interval holds the truth; everything that a person reads calls it the 95 % interval."""
REACH = NormalDist().inv_cdf((1 + LEVEL) / 2)
"""Standard errors that such an interval reaches to either side of a figure that is about normal: 1.96."""
FEWEST_LABELS = 100
"""Labelled rows below which no metric is told: its interval would hold anything."""

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

    def as_dict(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, float]) -> Interval:
        return cls(**known(cls, stored))


@dataclass(frozen=True)
class Model:
    """What a model says of rows: their probabilities (rows,), and its threshold."""

    probability: Floats
    threshold: float


def interval(
    target: Floats,
    probability: Floats,
    metric: str,
    seed: int,
    resamples: int = 1_000,
    level: float = LEVEL,
    threshold: float = USUAL,
) -> Interval | None:
    """A metric with its bootstrap interval; None where the metric itself has no value (one class).

    The bounds are bias-corrected percentiles (Efron, "Better bootstrap confidence intervals", 1987): plain ones put
    the truth of a skill above their upper end twice as often as they should. Those of a metric with parts, such as
    the calibration error, know that noise only ever adds to a sum of absolute values, see `around_parts`.
    Every row gets a Poisson(1) weight per resample (Chamandy et al., "Estimating uncertainty for massive data
    streams", 2012), which for a group of equal rows is one Poisson weight of their number: a million rows cost no
    more memory than 20,000. The same seed gives the same interval. Raises `CourtsideError` when there is no row.

    >>> target = np.tile([0, 0, 1, 1], 100)
    >>> found = interval(target, np.tile([0.1, 0.6, 0.4, 0.9], 100), "roc_auc", seed=10)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.75, 0.7, 0.79)
    """
    return intervals(target, probability, (metric,), seed, resamples, level, threshold)[metric]


def intervals(
    target: Floats,
    probability: Floats,
    names: Iterable[str] = METRICS,
    seed: int = 10,
    resamples: int = 1_000,
    level: float = LEVEL,
    threshold: float = USUAL,
) -> dict[str, Interval | None]:
    """Several metrics, each as `interval` gives it, at the price of one: they share the resamples. Shares of rows have
    Wilson's interval, see `core.metrics.shares`."""
    truth, probability = checked(target, probability)
    cells = Cells.of(truth, probability, threshold)
    wanted = [METRICS[name] for name in names]
    points = {metric.key: point(metric, cells) for metric in wanted}
    counted = {
        key: Interval(value, *shares.bounds(key, cells, level))
        for key, value in points.items()
        if key in SHARES and value is not None
    }
    if len(target) > EXACT_ROWS:
        cells = cells.merged(BINS)
    rng = np.random.default_rng(seed)
    drawn_ones = [metric for metric in wanted if metric.key not in SHARES]
    draws: dict[str, list[Floats]] = {metric.key: [] for metric in drawn_ones}
    for some in chunks(resamples if drawn_ones else 0, 2 * len(cells.positives)):
        weights = [poisson(rng, counts, some) for counts in (cells.positives, cells.negatives)]
        for metric in drawn_ones:
            draws[metric.key].append((metric.parts or metric.function)(cells, *weights))
    found: dict[str, Interval | None] = {}
    for metric in wanted:
        if metric.key in SHARES:
            found[metric.key] = counted.get(metric.key)
            continue
        drawn, value = np.concatenate(draws[metric.key]), points[metric.key]
        if metric.parts:
            parts = metric.parts(cells, cells.positives[None], cells.negatives[None])[0]
            found[metric.key] = around_parts(parts, drawn, level)
        else:
            found[metric.key] = None if value is None else around(value, drawn, level)
    return found


def paired_difference(
    target: Floats,
    probability_a: Floats,
    probability_b: Floats,
    seed: int,
    resamples: int = 1_000,
    level: float = LEVEL,
) -> Interval:
    """log_loss of a minus log_loss of b on the same rows: above 0, b is better.

    Rows are resampled in pairs, so what makes a row hard for both models cancels out, and a difference shows far
    below the width of either model's own interval. Raises `CourtsideError` when there is no row.

    >>> target = np.tile([0, 1], 200)
    >>> bold, shy = np.tile([0.2, 0.8], 200), np.tile([0.4, 0.6], 200)
    >>> found = paired_difference(target, shy, bold, seed=10)
    >>> round(found.value, 3), found.low > 0
    (0.288, True)
    """
    truth, probability_a = checked(target, probability_a)
    _, probability_b = checked(target, probability_b)
    differences = np.sort(row_losses(truth, probability_a) - row_losses(truth, probability_b))
    value = float(differences.mean())
    counts = np.ones(len(differences))
    if len(differences) > EXACT_ROWS:
        starts = np.arange(BINS) * len(differences) // BINS
        counts = np.diff(np.append(starts, len(differences)))
        differences = np.add.reduceat(differences, starts) / counts
    rng = np.random.default_rng(seed)
    draws = []
    for some in chunks(resamples, len(differences)):
        weights = poisson(rng, counts, some)
        drawn = weights.sum(axis=1)
        draws.append(np.divide(weights @ differences, drawn, out=np.full(some, np.nan), where=drawn > 0))
    return around(value, np.concatenate(draws), level)


def paired_differences(
    target: Floats,
    a: Model,
    b: Model,
    names: Iterable[str],
    seed: int,
    resamples: int = 1_000,
    level: float = LEVEL,
) -> dict[str, Interval | None]:
    """Each metric of `a` minus that of `b` on the same rows, resampled in pairs as in `paired_difference`. None where
    the metric has no value (one class).

    The bounds rest on at most `EXACT_ROWS` rows, every so-manieth of more, and are then wider than they need be.
    """
    told = [(*checked(target, model.probability), model.threshold) for model in (a, b)]
    whole = [Cells.of(*one) for one in told]
    wanted = [METRICS[name] for name in names]
    points = {metric.key: [point(metric, cells) for cells in whole] for metric in wanted}
    some = slice(None, None, -(-len(target) // EXACT_ROWS))
    sides = [_Ranked.of(truth[some], probability[some], threshold) for truth, probability, threshold in told]
    rng = np.random.default_rng(seed)
    draws: dict[str, list[Floats]] = {metric.key: [] for metric in wanted}
    for part in chunks(resamples, 4 * len(target[some])):
        weights = poisson(rng, np.ones(len(target[some])), part)
        first, second = (side.gathered(weights) for side in sides)
        for metric in wanted:
            one, other = metric.function(sides[0].cells, *first), metric.function(sides[1].cells, *second)
            draws[metric.key].append(one - other)
    return {
        name: None if one is None or other is None else around(one - other, np.concatenate(draws[name]), level)
        for name, (one, other) in points.items()
    }


@dataclass(frozen=True)
class _Ranked:
    """Rows in the order of a model's probabilities, and the cells of equal ones that they form."""

    cells: Cells
    order: Ints
    starts: Ints
    positive: Bools

    @classmethod
    def of(cls, target: Bools, probability: Floats, threshold: float) -> _Ranked:
        order = np.argsort(probability, kind="stable")
        ranked = probability[order]
        starts = np.append(0, np.flatnonzero(np.diff(ranked)) + 1)
        return cls(Cells.of(target, probability, threshold), order, starts, target[order])

    def gathered(self, weights: Floats) -> tuple[Floats, Floats]:
        """What weights of rows (resamples, rows) come to in each cell: of the positives, and of the negatives."""
        ranked = weights[:, self.order]
        positives = np.add.reduceat(ranked * self.positive, self.starts, axis=1)
        return positives, np.add.reduceat(ranked, self.starts, axis=1) - positives


def poisson(rng: np.random.Generator, counts: Floats, resamples: int) -> Floats:
    """Poisson weights with means `counts`, (resamples, len(counts)); single precision, which halves the time."""
    weights = np.zeros((resamples, len(counts)), np.float32)
    single, several = counts == 1, counts > 1
    # Most cells hold one row, and looking a weight up takes a quarter of the time of drawing it.
    weights[:, single] = _POISSON_OF_ONE[rng.integers(0, len(_POISSON_OF_ONE), (resamples, single.sum()), np.uint16)]
    weights[:, several] = rng.poisson(counts[several], (resamples, several.sum()))
    return weights


def _poisson_of_one() -> Floats:
    """The quantiles of Poisson(1) at 65,536 even steps."""
    steps, below = (np.arange(2**16) + 0.5) / 2**16, np.cumsum([math.exp(-1) / math.factorial(k) for k in range(12)])
    return np.searchsorted(below, steps).astype(np.float32)


_POISSON_OF_ONE = _poisson_of_one()


def chunks(resamples: int, cells: int) -> list[int]:
    """The resamples in parts whose weights stay within `CELLS_AT_ONCE`."""
    at_once = max(1, CELLS_AT_ONCE // cells)
    return [min(at_once, resamples - start) for start in range(0, resamples, at_once)]


def around(value: float, draws: Floats, level: float, units: int = 0) -> Interval:
    """The bias-corrected percentiles of draws around a figure, wider where there are few `units` (0: many)."""
    from scipy.special import ndtr, ndtri

    draws = draws[~np.isnan(draws)]
    # Resampling shifts skill down (any stray from the rate costs, whichever way); the correction takes that back.
    below = np.mean(draws < value) + np.mean(draws == value) / 2
    shift = ndtri(np.clip(below, 1 / len(draws), 1 - 1 / len(draws)))
    low, high = np.quantile(draws, ndtr(2 * shift + _ends(level, units)))
    return Interval(value, float(low), float(high))


def around_parts(parts: Floats, draws: Floats, level: float, units: int = 0) -> Interval:
    """The interval of a sum of absolute parts, from draws of the parts (draws, parts)."""
    from scipy.special import ndtr

    # The error of a sum of absolute values is at most the sum of their own errors, which gives a lower bound that a
    # calibrated model's holds at 0; the upper one is the percentile taken from the other side.
    value, noise = float(np.abs(parts).sum()), np.abs(draws - parts).sum(axis=1)
    tail = float(ndtr(_ends(level, units)[0])) if units else (1 - level) / 2
    low = value - np.quantile(noise, 1 - tail)
    high = 2 * value - np.quantile(np.abs(draws).sum(axis=1), tail)
    return Interval(value, max(0.0, float(low)), max(value, float(high)))


def _ends(level: float, units: int) -> Floats:
    """Both ends of an interval in standard errors; of few units a bootstrap's are too near, as a normal's are beside
    those of Student's t (expanded percentiles: Hesterberg, "What teachers should know about the bootstrap", 2015)."""
    from scipy.special import ndtri, stdtrit

    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    ends: Floats = stdtrit(units - 1, tails) * np.sqrt(units / (units - 1)) if units > 1 else ndtri(tails)
    return ends
