"""Charts of a replay: lines told apart by more than colour, named at their end, marked where a model was retrained."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.charts import Look, replay
from core.charts.replay import Line
from tests.drawings import LOOKS, plain, traces

LABELS = ["1999-00", "2000-01", "2001-02"]
LINES = [
    Line("never", [0.02, None, 0.01], 0, [False, False, False]),
    Line("each", [0.02, 0.03, 0.04], 1, [True, True, False]),
    Line("reactive", [0.02, None, 0.01], 3, [False, False, False]),
]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("draw", [replay.saved, replay.skills])
def test_lines_differ_in_dash_and_symbol_and_are_marked_where_retrained(look, draw):
    never, each = traces(draw(look, LABELS, LINES), "scatter")
    assert never["line"]["dash"] != each["line"]["dash"]
    assert never["marker"]["symbol"] != each["marker"]["symbol"]
    assert [size > 0 for size in each["marker"]["size"]] == [True, True, False]
    assert not any(never["marker"]["size"])
    assert "<br>" in each["hovertemplate"][0].removesuffix("<extra></extra>")


def test_lines_that_lie_on_each_other_are_one_with_all_their_names():
    drawn = plain(replay.skills(Look(), LABELS, LINES))
    names = [note["text"] for note in drawn["layout"]["annotations"]]
    assert sorted(names) == ["each", "never<br>reactive"]
    assert len(drawn["data"]) == 2


def test_names_at_the_ends_keep_their_distance_and_stay_in_the_picture():
    lines = [Line(f"way {place}", [-1.0, -place / 1000], place, [False, False]) for place in range(6)]
    drawn = plain(replay.saved(Look(), LABELS[:2], lines, height=250))
    low, high = drawn["layout"]["yaxis"]["range"]
    places = sorted(note["y"] for note in drawn["layout"]["annotations"])
    pixel = (high - low) / (250 - 36)
    assert all(above - below >= 14.9 * pixel for below, above in pairwise(places))
    assert low <= places[0]
    assert places[-1] <= high
