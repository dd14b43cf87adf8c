"""Rows by their place: each known one counted, the far ones left outside the picture."""

from __future__ import annotations

import numpy as np

from core.charts import Look, plane
from core.charts.plane import CELLS
from tests.drawings import traces


def test_every_row_with_a_place_is_counted_in_its_cell_and_a_far_one_stretches_nothing():
    x, y = np.tile([0.0, 1.0], 500), np.repeat([0.0, 1.0], 500)
    far = np.append(x, [1e6, np.nan]), np.append(y, [0.0, 0.5])
    (map_,) = traces(plane.density(Look(), *far, x_title="x", y_title="y"), "heatmap")
    counts = np.array(map_["customdata"])
    assert counts.shape == (CELLS, CELLS)
    assert counts.sum() == 1_000
    assert sorted(counts[counts > 0]) == [250] * 4
    assert max(map_["x"]) < 2
