"""Charts of a threshold: the chosen one among all, and the rows that it calls right and wrong."""

from __future__ import annotations

import pytest

from core.charts import Look, decisions
from tests.drawings import LOOKS, NBSP, traces, words

PLACES, COSTS = [0.2, 0.4, 0.6], [0.5, 0.3, 0.4]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.mode}-{look.language}")
def test_the_chosen_threshold_is_marked_on_its_figure_and_named_beside_one_half(look):
    figure = decisions.thresholds(look, PLACES, COSTS, 0.4, title="Cost")
    line, star = traces(figure, "scatter")
    assert (list(line["x"]), list(line["y"])) == (PLACES, COSTS)
    assert (list(star["x"]), list(star["y"]), star["marker"]["symbol"]) == ([0.4], [0.3], "star")
    assert words(figure) == ["0.5", look.number(0.4, ".2f")]


def test_a_choice_of_one_half_or_next_to_it_is_named_once():
    assert words(decisions.thresholds(Look(), [0.1, 0.5, 0.9], COSTS, 0.5, title="Cost")) == ["0.50"]
    assert words(decisions.thresholds(Look(), [0.1, 0.51, 0.9], COSTS, 0.51, title="Cost")) == ["0.51"]


def test_the_four_kinds_of_rows_have_their_count_and_their_share_of_the_outcome():
    figure = decisions.confusion(Look(), [[90, 10], [1_200, 400]], ("no", "yes"))
    assert words(figure) == [
        f"<b>90</b><br>✓ 90{NBSP}%", f"<b>10</b><br>✗ 10{NBSP}%",
        f"<b>1,200</b><br>✗ 75{NBSP}%", f"<b>400</b><br>✓ 25{NBSP}%",
    ]  # fmt: skip
    colors = [shape.fillcolor for shape in figure.layout.shapes]
    assert colors[0] == colors[3] != colors[1] == colors[2]


def test_an_outcome_without_a_row_divides_nothing_by_zero():
    assert f"<b>0</b><br>✗ 0{NBSP}%" in words(decisions.confusion(Look(), [[3, 1], [0, 0]], ("no", "yes")))
