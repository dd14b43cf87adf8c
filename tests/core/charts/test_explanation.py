"""Charts of a single case."""

from __future__ import annotations

from core.charts import explanation
from core.charts.style import Look


def test_contributions_are_ranked_signed_and_not_told_by_colour_alone():
    drawn = explanation.contributions(Look(), ["weak", "strong", "lower"], [0.001, 0.05, -0.02])
    bar = drawn.data[0]
    assert list(drawn.layout.yaxis.ticktext) == ["strong", "lower", "weak"]
    assert list(bar.text) == ["+5.0", "−2.0", "+0.1"]
    assert list(bar.marker.pattern.shape) == ["", "/", ""]


def test_the_weakest_of_many_are_one_bar_and_the_sum_stays():
    values = [0.01 * (place + 1) for place in range(14)]
    drawn = explanation.contributions(Look(), [f"f{place}" for place in range(14)], values)
    assert len(drawn.data[0].x) == explanation.MOST
    assert drawn.layout.yaxis.ticktext[-1] == "5 others"
    assert abs(sum(drawn.data[0].x) - 100 * sum(values)) < 1e-9


def test_a_curve_marks_the_case_on_numbers_and_among_categories():
    number = explanation.curve(Look(), [0.0, 1.0], [0.2, 0.4], here=0.5, here_probability=0.3, span=(0.2, 0.4))
    assert (number.data[0].mode, number.data[1].x[0], number.data[1].y[0]) == ("lines", 0.5, 0.3)
    named = explanation.curve(Look(), ["a", "b"], [0.2, 0.4], here="b", here_probability=0.4, span=(0.2, 0.4))
    assert (named.data[0].mode, named.data[1].x[0]) == ("markers", 1)
    unknown = explanation.curve(Look(), ["a", "b"], [0.2, 0.4], here="c", here_probability=0.4, span=(0.2, 0.4))
    assert len(unknown.data) == 1
