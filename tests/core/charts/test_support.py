"""How far a place of the court is from the shots that a model was trained on."""

from __future__ import annotations

import numpy as np

from core.charts import support


def test_support_agrees_with_distances_counted_one_by_one():
    rng = np.random.default_rng(3)
    x, y = rng.integers(-60, 60, (2, 400)).astype(float)
    x[:100], y[:100] = 7, 9
    at = rng.uniform(-80, 80, (2, 50))
    expected = np.sort(np.hypot(at[0][:, None] - x, at[1][:, None] - y), axis=1)[:, 14]
    np.testing.assert_allclose(support.distances(x, y, *at), np.minimum(expected, support.FARTHEST))
