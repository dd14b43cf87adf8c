"""Where on a plane a model has been trained: near enough to rows it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.data.arrays import Floats

    Pieces = list[float | None]
    """Coordinates of lines, None between them."""

NEIGHBOUR = 15
REACH = 15.0
"""A place is trained when its 15th nearest training row lies within this distance, in units of the plane."""
FARTHEST = 99.0
"""Distances are cut here: beyond, nothing depends on them."""


def distances(x: Floats, y: Floats, at_x: Floats, at_y: Floats) -> Floats:
    """The distance from each place `at_x`, `at_y` to the 15th nearest of the rows `x`, `y`, at most `FARTHEST`.

    Rows are taken to whole units and no more than 15 of one spot are kept, which leaves that distance as it is (on
    whole units) and keeps a million rows as quick as ten thousand.
    """
    from scipy.spatial import cKDTree

    x, y = np.rint(np.asarray(x, float)), np.rint(np.asarray(y, float))
    # A complex number is a place that sorts ten times as fast as a row of two.
    spots, count = np.unique((x + 1j * y)[np.isfinite(x) & np.isfinite(y)], return_counts=True)
    if count.sum() < NEIGHBOUR:
        return np.full(np.shape(at_x), FARTHEST)
    # Equal points are slow in a balanced tree: split it at the middle of space instead.
    kept = np.repeat(spots, np.minimum(count, NEIGHBOUR))
    tree = cKDTree(np.column_stack([kept.real, kept.imag]), balanced_tree=False)
    found, _ = tree.query(np.column_stack([at_x, at_y]), k=[NEIGHBOUR], distance_upper_bound=FARTHEST)
    nearest: Floats = found[:, 0]
    return np.minimum(nearest, FARTHEST)


def hatch(x: Floats, y: Floats, distance: Floats, *, gap: float, inset: float) -> tuple[Pieces, Pieces]:
    """Lines at 45 degrees, `gap` apart, over the untrained part of a grid: x and y with None between the pieces.

    `x` (columns) and `y` (rows) are the grid's coordinates, `distance` (rows, columns) what `distances` gave there;
    lines keep `inset` away from the grid's rim.
    """
    from scipy.ndimage import map_coordinates

    left, right, low, high = x[0] + inset, x[-1] - inset, y[0] + inset, y[-1] - inset
    pieces_x: Pieces = []
    pieces_y: Pieces = []
    for start in np.arange(left - (high - low), right, gap):
        along = np.arange(max(left, start), min(right, start + high - low), 1.5)
        if len(along) < 2:
            continue
        up = low + along - start
        places = [(up - y[0]) / (y[1] - y[0]), (along - x[0]) / (x[1] - x[0])]
        untrained = map_coordinates(distance, places, order=1) >= REACH
        edges = np.flatnonzero(np.diff(np.concatenate([[0], untrained.astype(int), [0]])))
        for first, after in edges.reshape(-1, 2):
            pieces_x += [round(float(along[first]), 1), round(float(along[after - 1]), 1), None]
            pieces_y += [round(float(up[first]), 1), round(float(up[after - 1]), 1), None]
    return pieces_x, pieces_y


def room(x: Floats, y: Floats, distance: Floats, *, width: float, height: float) -> tuple[float, float] | None:
    """The middle of a free `width` x `height` in the untrained part: as far from what was trained as needed, near
    the middle column, low; None when there is no such place. The grid is that of `hatch`."""
    from scipy.ndimage import minimum_filter

    size = (int(height / (y[1] - y[0])) | 1, int(width / (x[1] - x[0])) | 1)
    # What lies off the grid is no room either, and beyond 40 no place is better than another.
    free = np.minimum(minimum_filter(distance, size=size, mode="constant", cval=0.0), 40)
    if free.max() < REACH:
        return None
    rows, columns = np.nonzero(free == free.max())
    best = np.lexsort((rows, np.abs(x[columns] - (x[0] + x[-1]) / 2)))[0]
    return float(x[columns[best]]), float(y[rows[best]])
