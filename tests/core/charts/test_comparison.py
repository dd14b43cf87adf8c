"""Charts that compare candidates and versions."""

from __future__ import annotations

import numpy as np

from core.charts import Look, comparison
from core.charts.performance import Points
from tests.drawings import NBSP, traces, words


def test_candidates_are_ranked_and_one_off_the_scale_is_cut_but_keeps_its_figure():
    names, losses = ["Tree", "Tree, tuned", "Logistic regression"], [13.7, 0.685, 0.676]
    figure = comparison.candidates(Look(), names, losses, 0.692, "Logistic regression")
    bars = traces(figure, "bar")[0]
    marks = traces(figure, "scatter")[0]
    assert list(figure.layout.yaxis.ticktext) == ["Logistic regression", "Tree, tuned", "Tree"]
    assert list(marks["x"][:2]) == [0.676, 0.685]
    assert 0.692 < marks["x"][2] < 0.75
    assert bars["base"] == 0.692
    assert bars["marker"]["pattern"]["shape"] == ["", "", "/"]
    assert marks["marker"]["symbol"][2] == "triangle-right"
    assert words(figure) == ["<b>0.6760</b>", "0.6850", "13.7000", "baseline 0.6920"]
    assert marks["marker"]["color"][0] != marks["marker"]["color"][1], "the chosen one is filled"


def test_candidates_that_are_all_worse_than_a_guess_stay_on_the_scale():
    marks = traces(comparison.candidates(Look(), ["a", "b"], [0.75, 0.80], 0.69), "scatter")[0]
    assert list(marks["x"]) == [0.75, 0.80]


def test_versions_mark_champion_and_challenger_by_shape_and_figure():
    figure = comparison.versions(
        Look(), Points(["1", "2", "3"], [0.01, 0.03, 0.02], [0.0, 0.02, np.nan], [0.02, 0.04, np.nan]), "2", "3"
    )
    marks = traces(figure, "scatter")
    assert [mark["marker"]["symbol"] for mark in marks] == ["circle", "star", "diamond"]
    assert [mark["text"] for mark in marks] == [[""], [f"+3.0{NBSP}%"], [f"+2.0{NBSP}%"]]
    assert "error_y" not in marks[2]
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "3"]
