"""Points gathered in hexagons, and the hexagons as polygons that keep to the scale of the plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints


@dataclass(frozen=True)
class Hexagons:
    """Per hexagon: its middle (`x`, `y`), how many points fell in, and how many of these count as 1."""

    radius: float
    x: Floats
    y: Floats
    count: Ints
    ones: Ints

    @property
    def rate(self) -> Floats:
        return self.ones / self.count


def gather(x: Floats, y: Floats, outcome: Floats, *, radius: float, fewest: int) -> Hexagons:
    """The points `x`, `y` with their 0/1 `outcome`, in hexagons of `radius` with at least `fewest` points each."""
    wide, tall = radius * 3**0.5, radius * 1.5
    row = np.rint(y / tall)
    # The nearer of the two rows around a point has its hexagon: rounding alone would make rectangles.
    beside = np.where(y / tall > row, row + 1, row - 1)

    def middle(rows: Floats) -> Floats:
        shift = 0.5 * (rows % 2)
        middles: Floats = (np.rint(x / wide - shift) + shift) * wide
        return middles

    nearer = np.hypot(x - middle(beside), y - beside * tall) < np.hypot(x - middle(row), y - row * tall)
    rows = np.where(nearer, beside, row)
    # Twice the middle in hexagon widths is a whole number: equal spots are equal to the bit.
    halves = np.rint(2 * middle(rows) / wide)
    spots, index = np.unique(np.column_stack([rows, halves]), axis=0, return_inverse=True)
    count = np.bincount(index.ravel(), minlength=len(spots))
    ones = np.bincount(index.ravel(), outcome, minlength=len(spots))
    kept = count >= fewest
    return Hexagons(radius, spots[kept, 1] * wide / 2, spots[kept, 0] * tall, count[kept], ones[kept])


def outlines(found: Hexagons, level: Floats) -> Iterator[tuple[int, Floats, Floats]]:
    """For each distinct `level` the outlines of its hexagons, NaN between them; the area grows with the count."""
    size = found.radius * 0.96 * np.clip(np.sqrt(found.count / np.quantile(found.count, 0.9)), 0.3, 1.0)
    corner = np.radians(np.arange(30, 391, 60))
    x = np.pad(found.x[:, None] + size[:, None] * np.cos(corner), ((0, 0), (0, 1)), constant_values=np.nan)
    y = np.pad(found.y[:, None] + size[:, None] * np.sin(corner), ((0, 0), (0, 1)), constant_values=np.nan)
    for step in np.unique(level):
        here = level == step
        yield int(step), x[here].ravel().astype("float32"), y[here].ravel().astype("float32")
