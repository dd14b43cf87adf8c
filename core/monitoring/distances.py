"""How far apart two sets of rows are, from their counts alone, and how sure one can be of it.

A distance between two samples is never negative, so two samples of one population lie some way apart: what chance
alone is expected to give is taken off before a distance is judged. How much the rest would vary from sample to sample
follows from the influence of one row on it (the delta method: van der Vaart, "Asymptotic Statistics", 1998, chapter
20), in one pass over the counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.data.arrays import Floats
    from core.monitoring.profiles import Profile


@dataclass(frozen=True)
class Distance:
    """A distance as usually reported, what of it chance does not explain, and the standard error of that."""

    value: float
    beyond: float
    error: float


def stability(before: Floats, now: Floats) -> Distance:
    """Population stability index of two rows of bin counts.

    Half a row is added to each bin (Jeffreys' prior), so that an empty one has a finite logarithm. By chance it is
    (bins - 1) * (1/n + 1/m) (Yurdakul, "Statistical properties of the population stability index", 2018).
    """
    used = (before + now) > 0
    bins, n, m = int(used.sum()), before.sum(), now.sum()
    old, new = (before[used] + 0.5) / (n + bins / 2), (now[used] + 0.5) / (m + bins / 2)
    ratio = np.log(new / old)
    psi = float(np.sum((new - old) * ratio))
    error = _error(old, -ratio - new / old, n, new, ratio - old / new, m)
    return Distance(psi, psi - (bins - 1) * (1 / n + 1 / m), error)


def total_variation(before: Floats, now: Floats) -> Distance:
    """The share of rows that would have to change category to turn one side into the other."""
    n, m = before.sum(), now.sum()
    old, new = before / n, now / m
    pooled = (before + now) / (n + m)
    variation = float(np.abs(new - old).sum() / 2)
    chance = float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m) / (2 * np.pi)).sum())
    half = np.sign(new - old) / 2
    return Distance(variation, _beyond(variation, chance), _error(old, half, n, new, half, m))


def jensen_shannon(before: Floats, now: Floats) -> float:
    """Distance (square root, natural logarithm) of two rows of bin counts (Endres and Schindelin, 2003)."""
    from scipy.special import rel_entr

    old, new = before / before.sum(), now / now.sum()
    middle = (old + new) / 2
    return float(np.sqrt(max(0.0, rel_entr(old, middle).sum() + rel_entr(new, middle).sum()) / 2))


def chi_squared_p(before: Floats, now: Floats) -> float:
    """Pearson's p-value of the two rows of counts having one population; 1 with a single category."""
    from scipy.special import chdtrc

    n, m = before.sum(), now.sum()
    used = (before + now) > 0
    if used.sum() < 2:
        return 1.0
    pooled = (before + now)[used] / (n + m)
    statistic = np.sum((before[used] - n * pooled) ** 2 / (n * pooled) + (now[used] - m * pooled) ** 2 / (m * pooled))
    return float(chdtrc(used.sum() - 1, statistic))


def kolmogorov_smirnov(reference: Profile, current: Profile) -> tuple[float, float]:
    """Largest gap between the shares below any edge, and its asymptotic p-value.

    Exact where the reference keeps its values one by one: between two of them its own share below stands still, so the
    gap is widest at one of them. Else off by less than the rows of one of a thousand bins.
    """
    from scipy.special import kolmogorov

    n, m = reference.filled, current.filled
    ks = float(np.abs(_below(reference) - _below(current)).max())
    return ks, float(kolmogorov(ks * np.sqrt(n * m / (n + m))))


def wasserstein(reference: Profile, current: Profile) -> Distance | None:
    """Area between the two shares below, in reference standard deviations; None where there is no such deviation.

    Counts and sums give the area under either exactly, bin by bin and in the open bins at both ends too, however far
    the values there lie; so the area between is exact but for the bins inside which the sides cross, where both are
    taken to rise evenly. Its error is that of the optimal transport (del Barrio, Giné and Matrán, "Central limit
    theorems for the Wasserstein distance between the empirical and the true distributions", 1999).
    """
    if not reference.std:
        return None
    edges = np.array(reference.edges)
    widths = np.diff(edges)
    area = _areas(reference, edges) - _areas(current, edges)
    gap = _below(reference) - _below(current)
    left, right = gap[:-1], gap[1:]
    crossing = left * right < 0
    sizes = np.abs(area)
    even = widths * (left**2 + right**2) / 2 / np.where(crossing, np.abs(left) + np.abs(right), 1)
    sizes[1:-1] = np.where(crossing, np.maximum(even, sizes[1:-1]), sizes[1:-1])
    n, m = reference.filled, current.filled
    below = _below(reference)
    middle = (below[:-1] + below[1:]) / 2
    # A gap between two samples of one population is about normal: its mean size is sqrt(2 / pi) deviations.
    chance = np.sqrt(2 / np.pi * (1 / n + 1 / m)) * float(np.sqrt(middle * (1 - middle)) @ widths)
    size = float(sizes.sum()) / reference.std
    chance /= reference.std
    moved = sum(_moved(side, edges, np.sign(area)) / side.filled for side in (reference, current))
    # The deviation that it is measured in is known to one part in sqrt(2 n).
    error = np.sqrt(moved / reference.std**2 + size**2 / (2 * n))
    return Distance(size, _beyond(size, chance), float(error))


def _beyond(size: float, chance: float) -> float:
    # Independent of a true gap, noise adds to it as the other side of a right triangle: little where the gap is wide.
    return float(np.sqrt(max(size**2 - chance**2, 0.0)))


def _error(before: Floats, pull: Floats, n: float, now: Floats, new_pull: Floats, m: float) -> float:
    """Standard error of a figure whose derivatives by the shares of both sides are the pulls (multinomial rows)."""
    one = before @ pull**2 - (before @ pull) ** 2
    other = now @ new_pull**2 - (now @ new_pull) ** 2
    return float(np.sqrt(max(one, 0.0) / n + max(other, 0.0) / m))


def _below(side: Profile) -> Floats:
    """The share of the rows below each edge."""
    return np.cumsum(side.counts)[:-1] / side.filled


def _areas(side: Profile, edges: Floats) -> Floats:
    """The area under the share below, per bin; in the open bin above, less the area under 1."""
    counts, sums = np.array(side.counts), np.array(side.sums)
    # A row adds one step, as wide as the way from its value to the upper end of the bin.
    steps = (counts[:-1] * edges - sums[:-1]) / side.filled
    steps[1:] += _below(side)[:-1] * np.diff(edges)
    return np.append(steps, (counts[-1] * edges[-1] - sums[-1]) / side.filled)


def _moved(side: Profile, edges: Floats, sign: Floats) -> float:
    """Variance over the rows of how far each is moved: up where the other side lies above, down where below."""
    counts, n = np.array(side.counts), side.filled
    means = np.array(side.sums) / np.maximum(counts, 1)
    anchors = np.append(edges[0], edges)
    way = np.concatenate([[0.0, 0.0], np.cumsum(sign[1:-1] * np.diff(edges))]) + sign * (means - anchors)
    shares = counts / n
    between = shares @ way**2 - (shares @ way) ** 2
    # Within a bin all rows are moved alike, so that they keep the variance that they have there.
    within = side.squares / n - shares @ (means - side.mean) ** 2
    return float(max(between, 0.0) + max(within, 0.0))
