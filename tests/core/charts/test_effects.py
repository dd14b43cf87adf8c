"""Charts of what a model makes of its features."""

from __future__ import annotations

import pytest

from core.charts import Look, effects
from core.charts.effects import MOST
from tests.drawings import traces


def test_importances_stand_in_their_order_with_their_intervals_and_the_weakest_are_left_out():
    names = [f"feature {number}" for number in range(MOST + 3)]
    values = [0.5 - 0.01 * number for number in range(MOST + 3)]
    low, high = [value - 0.02 for value in values], [value + 0.03 for value in values]
    figure = effects.importance(Look(), names, values, low, high)
    marks = [trace for trace in traces(figure, "scatter") if trace["mode"] == "markers"]
    assert [mark["x"][0] for mark in marks] == values[:MOST]
    assert marks[0]["error_x"]["array"] == pytest.approx([0.03])
    assert marks[0]["error_x"]["arrayminus"] == pytest.approx([0.02])
    assert list(figure.layout.yaxis.ticktext) == names[:MOST]


def test_a_change_of_importance_shows_both_sides_by_shape_and_place():
    figure = effects.importance_change(Look(), ["a", "b"], [(0.3, 0.2, 0.4)] * 2, [(0.1, 0.0, 0.2)] * 2)
    before, now = traces(figure, "scatter")
    assert (list(before["x"]), list(now["x"])) == ([0.3, 0.3], [0.1, 0.1])
    assert before["marker"]["symbol"] != now["marker"]["symbol"]
    assert all(one < other for one, other in zip(before["y"], now["y"], strict=True))


def test_the_dependence_on_numbers_is_a_line_in_its_band_and_on_categories_marks_with_whiskers():
    band, line = traces(
        effects.dependence(
            Look(), [0.0, 1.0, 2.0], [0.2, 0.4, 0.5], [0.1, 0.3, 0.4], [0.3, 0.6, 0.6], title="Distance"
        ),
        "scatter",
    )
    assert (min(band["y"]), max(band["y"])) == (0.1, 0.6)
    assert list(line["y"]) == [0.2, 0.4, 0.5]
    (marks,) = traces(
        effects.dependence(Look(), ["north", "south"], [0.2, 0.4], [0.1, 0.3], [0.3, 0.6], title="Ward"), "scatter"
    )
    assert marks["mode"] == "markers"
    assert list(marks["error_y"]["array"]) == pytest.approx([0.1, 0.2])
