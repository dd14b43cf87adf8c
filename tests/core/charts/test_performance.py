"""Charts of performance: intervals around zero, and trends with their gaps."""

from __future__ import annotations

import numpy as np
import pytest

from core.charts import Look, performance
from core.charts.performance import Level, MadeBy, Points, Row
from core.metrics.intervals import Interval
from tests.drawings import MINUS, NBSP, traces, words


def test_intervals_hold_value_and_bounds_on_both_sides_of_zero():
    figure = performance.intervals(
        Look(), [Row("Test", 0.03, 0.021, 0.038, "reference"), Row("Now", -0.021, None, None, "current")]
    )
    test, now = traces(figure, "scatter")
    assert (list(test["x"]), test["text"], test["marker"]["symbol"]) == ([0.03], [f"+3.0{NBSP}%"], "diamond")
    assert test["error_x"]["array"] == pytest.approx([0.008])
    assert test["error_x"]["arrayminus"] == pytest.approx([0.009])
    assert "95 % interval" in test["hovertemplate"]
    assert now["text"] == [f"{MINUS}2.1{NBSP}%"]
    assert "error_x" not in now
    low, high = figure.layout.xaxis.range
    assert low < -0.021 < 0 < 0.038 < high
    assert figure.layout.shapes[0].x0 == 0


def test_a_trend_keeps_its_gaps_and_cuts_a_band_that_nothing_could_be_read_beside():
    nan = float("nan")
    labels, values = ["a", "b", "c", "d"], [-0.03, -0.02, nan, -0.01]
    figure = performance.trend(
        Look(),
        Points(labels, values, [-0.05, -0.04, nan, -9.0], [0.0, 0.01, nan, 9.0]),
        Level(0.03, "test", 0.02, 0.04),
        zero=Level(0.0, "guess"),
    )
    band, alone, line = traces(figure, "scatter")
    assert list(band["y"]) == [0.0, 0.01, -0.04, -0.05]
    assert alone["y"] == [-9.0, 9.0]
    np.testing.assert_array_equal(line["y"], values)
    low, high = figure.layout.yaxis.range
    assert low > -0.2
    assert high < 0.2
    assert words(figure) == ["guess", "test"]
    assert sorted(shape.y0 for shape in figure.layout.shapes) == [0, 0.02, 0.03]


def test_a_trend_over_versions_marks_where_they_changed_and_sets_each_beside_its_own_reference():
    bounds = {1: Interval(0.03, 0.02, 0.04), 2: None, 3: Interval(0.05, 0.04, 0.06)}
    low, values, high = (np.array([0.01, 0.02, 0.0, 0.03]) + way for way in (-0.01, 0, 0.01))
    figure = performance.trend(
        Look(), Points(["a", "b", "c", "d"], values, low, high), zero=None, made_by=MadeBy([1, 1, 2, 3], bounds)
    )
    assert words(figure) == ["version 1", "version 2", "version 3"]
    assert [one.x for one in figure.layout.annotations] == [-0.5, 1.5, 2.5]
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    across = [(shape.x0, shape.x1, shape.y0) for shape in lines if shape.y0 == shape.y1]
    assert across == [(-0.5, 1.5, 0.03), (2.5, 3.5, 0.05)]
    assert [shape.x0 for shape in lines if shape.x0 == shape.x1] == [1.5, 2.5]
    assert figure.layout.yaxis.range[1] >= 0.06
    assert traces(figure, "scatter")[-1]["hovertemplate"][2].startswith("c, version 2<br>")


def test_names_of_two_lines_that_nearly_touch_are_pushed_apart():
    figure = performance.trend(
        Look(),
        Points(["a", "b"], [-0.1, 0.0], [-0.1, 0.0], [-0.1, 0.0]),
        Level(0.0001, "test"),
        zero=Level(0.0, "guess"),
    )
    guess, test = (annotation.y for annotation in figure.layout.annotations)
    low, high = figure.layout.yaxis.range
    assert (test - guess) / (high - low) * (180 - 32) == pytest.approx(15)
