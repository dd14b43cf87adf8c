"""Counting numbers in bins, fast: a table instead of a search for nearly every value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats, Ints

CELLS = 2**15
AT_ONCE = 2**17
"""Values counted at a time: their intermediate arrays stay in the processor's cache."""
TRIMMED = 0.02
"""Share of the edges at either end that the cells do not span, so that one far value does not blur the rest."""
SAMPLE = 100_000
GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Bins:
    """Bins between rising `edges`, open at both ends; bin i is edges[i-1] <= value < edges[i].

    A binary search mispredicts a branch at every step, about 60 ns a value for a thousand edges. Here a value falls
    into one of many equally wide cells, and a table says how many edges lie below the cell (`below`) and which one or
    two in it (`first`, `second`); only values of cells with more than two are searched for. Same bins, 5 times faster.
    """

    edges: Floats
    start: float
    per_unit: float
    below: Ints
    first: Floats
    second: Floats
    crowded: Bools

    @classmethod
    def of(cls, edges: Floats) -> Bins:
        low, high = np.quantile(edges, (TRIMMED, 1 - TRIMMED)) if len(edges) else (0.0, 0.0)
        with np.errstate(over="ignore", divide="ignore"):
            per_unit = float(np.float64(CELLS) / (high - low))
        per_unit = per_unit if np.isfinite(per_unit) else 0.0
        cells = _cells(edges, low, per_unit)
        held = np.bincount(cells, minlength=CELLS)
        below = np.cumsum(held) - held
        padded = np.append(edges, [np.inf, np.inf])
        first = np.where(held > 0, padded[below], np.inf)
        second = np.where(held > 1, padded[below + 1], np.inf)
        return cls(edges, float(low), per_unit, below, first, second, held > 2)

    def index(self, values: Floats) -> Ints:
        """The bin of each value, as `np.searchsorted(edges, values, side="right")` gives it."""
        # The cell rises with the value, for edges as for values: an edge in a lower cell is a lower edge.
        cells = _cells(values, self.start, self.per_unit)
        found: Ints = self.below[cells]
        found += values >= self.first[cells]
        found += values >= self.second[cells]
        searched = self.crowded[cells]
        if searched.any():
            found[searched] = np.searchsorted(self.edges, values[searched], side="right")
        return found

    @np.errstate(over="ignore", invalid="ignore")
    def count(self, values: Floats) -> tuple[Ints, Floats, float, float]:
        """Rows and sum of the values per bin, and the mean and the sum of squared distances from it, of all finite
        values. Sums that pass what a float can hold are infinite or nan."""
        bins = len(self.edges) + 1
        counts: Ints = np.zeros(bins, dtype=np.int64)
        sums: Floats = np.zeros(bins)
        # Distances from one of the values keep their digits where squares of the values would not.
        near, total, squares = None, 0.0, 0.0
        for start in range(0, len(values), AT_ONCE):
            some = values[start : start + AT_ONCE]
            finite = np.isfinite(some)
            if not finite.all():
                some = some[finite]
            index = self.index(some)
            counts += np.bincount(index, minlength=bins)
            sums += np.bincount(index, some, minlength=bins)
            if near is None and len(some):
                near = float(some[0])
            away = some - (near or 0.0)
            total += float(away.sum())
            squares += float(away @ away)
        rows = int(counts.sum())
        shift = total / max(rows, 1)
        return counts, sums, (near or 0.0) + shift, max(squares - rows * shift**2, 0.0)


def sample(values: Floats) -> Floats:
    """At most 100,000 of the values, spread evenly over all of them and in step with no period in them: their
    positions are the multiples of the golden ratio, modulo 1 (Weyl, "Über die Gleichverteilung von Zahlen", 1916)."""
    if len(values) <= SAMPLE:
        return values
    return values[(np.arange(SAMPLE) * GOLDEN % 1 * len(values)).astype(np.int64)]


def _cells(values: Floats, start: float, per_unit: float) -> Ints:
    if not per_unit:
        return np.zeros(len(values), dtype=np.int64)
    with np.errstate(over="ignore"):
        place = (values - start) * per_unit
    # Clipped as floats: a far value would not fit an integer.
    return np.clip(place, 0, CELLS - 1, out=place).astype(np.int64)
