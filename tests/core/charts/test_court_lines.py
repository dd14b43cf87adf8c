"""The court's geometry against the real files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import Look, court
from tests.drawings import traces

places = st.floats(-600, 900, allow_nan=False)


@pytest.mark.parametrize("file", ["dev", "prod"])
def test_degrees_and_court_agree_on_every_real_shot(file, request):
    shots = request.getfixturevalue(file)
    x, y = court.to_court(shots.lat, shots.lon)
    lat, lon = court.from_court(shots.loc_x, shots.loc_y)
    np.testing.assert_allclose(x, shots.loc_x, atol=1e-4)
    np.testing.assert_allclose(y, shots.loc_y, atol=1e-4)
    np.testing.assert_array_equal(lat, shots.lat)
    np.testing.assert_array_equal(lon, shots.lon)


@pytest.mark.parametrize("file", ["dev", "prod"])
def test_distance_is_the_one_in_the_files_from_either_kind_of_coordinates(file, request):
    shots = request.getfixturevalue(file)
    np.testing.assert_array_equal(court.distance(shots.loc_x, shots.loc_y), shots.shot_distance)
    np.testing.assert_array_equal(court.distance(*court.to_court(shots.lat, shots.lon)), shots.shot_distance)


@given(x=places, y=places)
def test_a_place_survives_the_way_to_degrees_and_back(x, y):
    back = court.to_court(*court.from_court(x, y))
    assert back == (pytest.approx(x, abs=0.051), pytest.approx(y, abs=0.051))


def test_the_lines_of_the_court_lie_where_the_rules_put_them(surface):
    lines = traces(court.surface(Look(), **surface), "scatter")[1]
    x, y = (np.array([np.nan if value is None else value for value in lines[axis]]) for axis in "xy")
    assert (np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)) == (-250, 250, -52.5, 417.5)
    arc = (np.abs(x) < 219) & (np.abs(np.hypot(x, y) - 237.5) < 0.01)
    assert arc.sum() > 20
    assert y[arc].max() == pytest.approx(237.5, abs=0.5)
    assert ((np.abs(x) == 220) & (np.abs(y - 89.5) < 0.05)).sum() == 2, "where the arc meets the straight lines"
    assert np.isclose(np.hypot(x, y), 7.5, atol=0.01).any(), "the hoop"
