"""Points gathered into hexagons: each into the nearest one, and few kept out of sight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import hexagons


@given(st.lists(st.tuples(st.floats(-250, 250), st.floats(-50, 400)), min_size=1, max_size=60))
def test_every_point_falls_into_the_hexagon_whose_middle_is_nearest(points):
    x, y = np.array(points).T
    found = hexagons.gather(x, y, np.ones(len(x)), radius=10.0, fewest=1)
    assert found.count.sum() == len(x)
    nearest = np.hypot(x[:, None] - found.x, y[:, None] - found.y).min(axis=1)
    assert nearest.max() <= 10 + 1e-9, "no point is farther from its middle than a corner is"


def test_hexagons_of_fewer_points_than_asked_are_left_out():
    found = hexagons.gather(np.array([0.0, 0, 0, 90]), np.zeros(4), np.array([1.0, 0, 1, 1]), radius=10.0, fewest=2)
    assert (found.count.tolist(), found.ones.tolist()) == ([3], [2])
    assert found.rate[0] == pytest.approx(2 / 3)
