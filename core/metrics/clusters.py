"""Intervals in which a group is the unit: rows of one customer are not so many independent pieces of evidence.

Whole groups get a weight in each resample (Field and Welsh, "Bootstrapping clustered data", 2007). Where rows have no
groups (None), and where each is a group of its own, the intervals are those of `core.metrics.intervals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.metrics import intervals as of_rows
from core.metrics.cells import Cells, checked, row_losses
from core.metrics.evaluation import point
from core.metrics.intervals import BINS, EXACT_ROWS, LEVEL, Interval, around, around_parts, chunks, poisson
from core.metrics.registry import METRICS
from core.metrics.thresholds import USUAL

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from core.data.arrays import Array, Bools, Floats, Ints
    from core.metrics.intervals import Model

RESAMPLES = 1_000
FAR = 5_000
"""Resamples for bounds further out than those of `LEVEL`."""


def intervals(
    target: Floats,
    probability: Floats,
    groups: Array | None,
    names: Iterable[str] = METRICS,
    seed: int = 10,
    threshold: float = USUAL,
) -> dict[str, Interval | None]:
    """Several metrics with their 95 % intervals over groups (rows,); None where a metric has no value (one class)."""
    codes = _codes(groups)
    if codes is None:
        return of_rows.intervals(target, probability, names, seed, threshold=threshold)
    truth, probability = checked(target, probability)
    side, count = _Side.of(truth, probability, threshold, codes), int(codes.max()) + 1
    wanted, cells = [METRICS[name] for name in names], Cells.of(truth, probability, threshold)
    draws: dict[str, list[Floats]] = {metric.key: [] for metric in wanted}
    for weights in _weights(seed, count, len(side.cells.positives)):
        drawn = side.gathered(weights)
        for metric in wanted:
            draws[metric.key].append((metric.parts or metric.function)(side.cells, *drawn))
    found: dict[str, Interval | None] = {}
    for metric in wanted:
        value, all_draws = point(metric, cells), np.concatenate(draws[metric.key])
        if metric.parts:
            parts = metric.parts(side.cells, side.cells.positives[None], side.cells.negatives[None])[0]
            found[metric.key] = around_parts(parts, all_draws, LEVEL, count)
        else:
            found[metric.key] = None if value is None else around(value, all_draws, LEVEL, count)
    return found


def paired_difference(
    target: Floats, a: Floats, b: Floats, groups: Array | None, seed: int, level: float = LEVEL
) -> Interval:
    """log_loss of a minus log_loss of b on the same rows, with its interval over groups."""
    codes, resamples = _codes(groups), RESAMPLES if level <= LEVEL else FAR
    if codes is None:
        return of_rows.paired_difference(target, a, b, seed, resamples, level)
    truth, a = checked(target, a)
    _, b = checked(target, b)
    more = row_losses(truth, a) - row_losses(truth, b)
    sums, rows = np.bincount(codes, more), np.bincount(codes).astype(float)
    draws = []
    for weights in _weights(seed, len(rows), 1, resamples):
        drawn = weights @ rows
        draws.append(np.divide(weights @ sums, drawn, out=np.full(len(drawn), np.nan), where=drawn > 0))
    return around(float(more.mean()), np.concatenate(draws), level, len(rows))


def paired_differences(
    target: Floats, a: Model, b: Model, groups: Array | None, names: Iterable[str], seed: int
) -> dict[str, Interval | None]:
    """Each metric of a minus that of b on the same rows, with its interval over groups."""
    codes = _codes(groups)
    if codes is None:
        return of_rows.paired_differences(target, a, b, names, seed)
    told = [(*checked(target, model.probability), model.threshold) for model in (a, b)]
    whole, wanted = [Cells.of(*one) for one in told], [METRICS[name] for name in names]
    sides, count = [_Side.of(*one, codes) for one in told], int(codes.max()) + 1
    draws: dict[str, list[Floats]] = {metric.key: [] for metric in wanted}
    for weights in _weights(seed, count, 2 * len(target)):
        drawn = [side.gathered(weights) for side in sides]
        for metric in wanted:
            one, other = (metric.function(side.cells, *some) for side, some in zip(sides, drawn, strict=True))
            draws[metric.key].append(one - other)
    points = {metric.key: [point(metric, cells) for cells in whole] for metric in wanted}
    return {
        name: None if one is None or other is None else around(one - other, np.concatenate(draws[name]), LEVEL, count)
        for name, (one, other) in points.items()
    }


class _Side:
    """A model's rows in cells of (nearly) equal probability, and how many of each class each group has in each."""

    def __init__(self, cells: Cells, positives: csr_matrix, negatives: csr_matrix) -> None:
        self.cells, self._positives, self._negatives = cells, positives, negatives

    @classmethod
    def of(cls, target: Bools, probability: Floats, threshold: float, codes: Ints) -> _Side:
        from scipy.sparse import csr_matrix

        cells = Cells.of(target, probability, threshold)
        cells = cells.merged(BINS) if len(target) > EXACT_ROWS else cells
        order = np.argsort(probability, kind="stable")
        place = np.empty(len(target), int)
        place[order] = np.repeat(np.arange(len(cells.positives)), (cells.positives + cells.negatives).astype(int))
        shape = codes.max() + 1, len(cells.positives)
        return cls(cells, *(csr_matrix((one.astype("float32"), (codes, place)), shape) for one in (target, ~target)))

    def gathered(self, weights: Floats) -> tuple[Floats, Floats]:
        """What weights of groups (resamples, groups) come to in each cell: of the positives, and of the negatives."""
        return weights @ self._positives, weights @ self._negatives


def _codes(groups: Array | None) -> Ints | None:
    """Groups as 0, 1, ...; None where rows are the units: one group alone can't tell how much groups differ."""
    if groups is None:
        return None
    found, codes = np.unique(groups, return_inverse=True)
    return codes if 1 < len(found) < len(groups) else None


def _weights(seed: int, groups: int, cells: int, resamples: int = RESAMPLES) -> Iterator[Floats]:
    rng = np.random.default_rng(seed)
    for some in chunks(resamples, max(groups, 2 * cells)):
        yield poisson(rng, np.ones(groups), some)
