"""Curves of a classifier, alone and beside others."""

from __future__ import annotations

import numpy as np
import pytest

from core.charts import Look, curves
from tests.drawings import plain, traces, words


def test_reliability_holds_the_points_and_their_score_intervals():
    figure = curves.reliability(Look(), [curves.Curve("Tree", [0.3, 0.6], [0.25, 0.5], "current", [100, 100])])
    points = traces(figure, "scatter")[0]
    assert (list(points["x"]), list(points["y"])) == ([0.3, 0.6], [0.25, 0.5])
    from scipy.stats import binomtest

    for index, hits in enumerate((25, 50)):
        expected = binomtest(hits, 100).proportion_ci(method="wilson")
        assert points["y"][index] + points["error_y"]["array"][index] == pytest.approx(expected.high)
        assert points["y"][index] - points["error_y"]["arrayminus"][index] == pytest.approx(expected.low)
    assert words(figure) == ["Tree"]


def test_curves_for_comparison_lie_under_the_others():
    two = [curves.Curve("a", [0, 1], [0, 1], "current"), curves.Curve("b", [0, 0.5, 1], [0, 0.6, 1], "reference")]
    reference, current = traces(curves.roc(Look(), two), "scatter")
    assert list(reference["x"]) == [0, 0.5, 1]
    assert (reference["line"]["dash"], current["line"]["dash"]) == ("dash", "solid")


def test_of_many_curves_the_first_few_have_names_and_the_others_say_theirs_when_pointed_at():
    many = [curves.Curve("first", [0, 1], [0, 1], "current", [9, 9])]
    many += [curves.Curve(f"further {number}", [0, 1], [0, 1], "other", [9, 9]) for number in range(11)]
    figure = curves.reliability(Look(), many)
    *others, first = traces(figure, "scatter")
    assert [item["line"]["width"] for item in others] == [1] * 11 < [first["line"]["width"]] * 11
    assert ["error_y" in item for item in (*others, first)] == [False] * 11 + [True]
    assert "further 10" in others[-1]["hovertemplate"][0]
    written = [item["text"] for item in plain(figure)["layout"]["annotations"]]
    assert set(written) == {"first", "11 others"}


def test_scores_hold_the_shares_of_each_class_and_the_threshold():
    rng = np.random.default_rng(1)
    yes, no = rng.uniform(0.4, 0.9, 200_000), rng.uniform(0.1, 0.5, 300_000)
    figure = curves.scores(Look(), yes, no, positive_label="repaid", negative_label="lost", threshold=0.45)
    negative, positive = traces(figure, "scatter")
    assert negative["y"][1:-1:2].sum() == pytest.approx(1)
    assert positive["y"][1:-1:2].sum() == pytest.approx(1)
    assert positive["x"][np.argmax(positive["y"] > 0)] == pytest.approx(0.4, abs=0.02)
    assert words(figure) == ["threshold 0.45", "repaid", "lost"]
    assert figure.layout.shapes[0].x0 == 0.45
    assert len(figure.to_json()) < 20_000
