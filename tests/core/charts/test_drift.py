"""Charts of drift: ranked by what matters, both sides in the same bins."""

from __future__ import annotations

import numpy as np
import pytest

from core.charts import Look, drift, style
from core.charts.drift import Moved
from core.text.messages import message
from tests.drawings import NBSP, traces, words


def test_drift_is_ranked_by_effect_times_importance_and_grey_where_nothing_drifted():
    moved = [
        Moved("Longitude", 0.79, True, 0.09),
        Moved("Distance", 2.01, True, 0.86),
        Moved("Latitude", 1.95, True, 0.02),
        Moved("Period", 0.2, False, 0.003),
    ]
    figure = drift.ranked(Look(), moved)
    bars, shares = traces(figure, "bar")
    assert list(figure.layout.yaxis.ticktext) == ["Distance", "Longitude", "Latitude", "Period"]
    assert list(bars["x"]) == [2.01, 0.79, 1.95, 0.2]
    assert list(bars["text"]) == ["2.01", "0.79", "1.95", "0.20"]
    assert list(shares["text"]) == [f"86{NBSP}%", f"9{NBSP}%", f"2{NBSP}%", "< 1 %"]
    current, reference = style.PALETTES["light"].current.color, style.PALETTES["light"].reference.color
    assert bars["marker"]["color"] == [current] * 3 + [reference]


def test_drift_without_importances_is_one_panel_ranked_by_effect():
    moved = [Moved("a", 0.1, False), Moved("b", 2.0, True)]
    figure = drift.ranked(Look(), moved, title=message("drift, in deviations"))
    assert [list(bar["x"]) for bar in traces(figure, "bar")] == [[2.0, 0.1]]
    assert words(figure) == ["drift, in deviations"]


def test_an_interval_of_drift_that_begins_at_nothing_is_drawn_from_nothing():
    interval, _ = traces(drift.ranked(Look(), [Moved("a", 0.4, False, low=0.0, high=0.9)]), "scatter")
    assert list(interval["x"]) == [0.0, 0.9, None]
    assert len(traces(drift.ranked(Look(), [Moved("a", 0.4, False)]), "scatter")) == 1


def test_charts_write_the_shipped_titles_and_units_in_the_reader_s_language():
    moved = [Moved("Shot distance", 2, True), Moved("loan amount", 1, True)]
    ranked = drift.ranked(Look(language="pt_BR"), moved)
    assert list(ranked.layout.yaxis.ticktext) == ["Distância", "loan amount"]
    panel = drift.Panel("Shot distance", [0.5, 0.5], [0.5, 0.5], edges=[0, 10, 20], unit="ft")
    titles = {
        language: drift.before_and_now(Look(language=language), [panel]).layout.annotations[0].text
        for language in ("en", "pt_BR")
    }
    assert titles == {"en": "Shot distance, ft", "pt_BR": "Distância, pés"}


def test_before_and_now_holds_both_shares_of_bins_and_of_categories():
    panels = [
        drift.Panel("Distance", [0.25, 0.75], [0.5, 0.5], edges=[0, 10, 20]),
        drift.Panel("Zone", [0.1, 0.9], [0.7, 0.3], labels=["left", "right"]),
    ]
    figure = drift.before_and_now(Look(), panels)
    area, line = traces(figure, "scatter")
    # Panels stand side by side on one pair of axes, each as high as its highest share.
    wide = area["x"][-1]
    np.testing.assert_allclose(area["x"], [0, 0, wide / 2, wide / 2, wide, wide])
    np.testing.assert_allclose(area["y"], np.array([0, 0.25, 0.25, 0.75, 0.75, 0]) / 0.765)
    np.testing.assert_allclose(line["x"], [0, wide / 2, wide / 2, wide])
    np.testing.assert_allclose(line["y"], np.full(4, 0.5) / 0.765)
    assert area["fill"] == "tozeroy"
    assert "fill" not in line
    told, reference, current, _ = traces(figure, "bar")
    assert told["hovertext"][0] == f"0 – 10<br>reference 25.0{NBSP}%, current 50.0{NBSP}%"
    np.testing.assert_allclose(reference["y"], np.array([0.1, 0.9]) / 0.918)
    np.testing.assert_allclose(current["y"], np.array([0.7, 0.3]) / 0.918)
    assert wide < min(reference["x"]) - reference["width"] < max(current["x"]) + current["width"] < 2 * wide + 0.2
    assert words(figure) == ["Distance", "Zone"]
    assert list(figure.layout.xaxis.ticktext) == ["0", "10", "20", "left", "right"]
    assert list(figure.layout.xaxis.tickvals) == sorted(figure.layout.xaxis.tickvals)


def test_bins_of_unequal_width_show_shares_by_their_area():
    area, _ = traces(
        drift.before_and_now(Look(), [drift.Panel("x", [0.5, 0.5], [0.5, 0.5], edges=[0, 1, 4])]), "scatter"
    )
    heights = area["y"][1], area["y"][3]
    assert heights[0] == pytest.approx(3 * heights[1])


def test_many_categories_are_outlined_and_few_are_bars():
    labels = [f"team {index}" for index in range(33)]
    many = drift.before_and_now(Look(), [drift.Panel("Opponent", [1 / 33] * 33, [1 / 33] * 33, labels=labels)])
    assert len(traces(many, "scatter")) == 2
    assert len(many.layout.xaxis.ticktext) < 6
    few = drift.before_and_now(Look(), [drift.Panel("Opponent", [1 / 3] * 3, [1 / 3] * 3, labels=labels[:3])])
    assert traces(few, "scatter") == []


def test_a_users_column_name_is_shown_as_it_is():
    figure = drift.ranked(Look(), [Moved("<b>a</b> & b", 1.0, True)])
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;a&lt;/b&gt; &amp; b",)
