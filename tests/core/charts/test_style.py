"""One style for all charts: every word can be read, no role rests on colour alone, numbers follow the reader."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import CONFIG, Look, comparison, court, curves, drift, performance, style
from core.charts.performance import Level, Points, Row
from tests.drawings import LOOKS, MINUS, NBSP, plain, traces

if TYPE_CHECKING:
    import pandas as pd


def luminance(color: str) -> float:
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def every_chart(look: Look, surface: dict, dev: pd.DataFrame) -> list:
    panels = [
        drift.Panel("Distance, ft", [0.4, 0.6], [0.1, 0.9], edges=[0, 10, 20]),
        drift.Panel("Period", [0.5, 0.5], [0.2, 0.8], labels=["1", "2"]),
    ]
    x, y, made = (dev[name].to_numpy() for name in ("loc_x", "loc_y", "shot_made_flag"))
    curve = curves.Curve("Tree", [0.2, 0.6], [0.25, 0.5], "champion", [40, 40])
    return [
        court.surface(look, **surface),
        court.shots(look, x, y, made),
        court.density(look, x, y),
        drift.ranked(look, [drift.Moved("a", 0.1, False, 0.9), drift.Moved("b", 2.0, True, 0.1)]),
        drift.before_and_now(look, panels),
        performance.intervals(
            look, [Row("Test", 0.03, 0.02, 0.04, "reference"), Row("Now", -0.02, None, None, "current")]
        ),
        performance.trend(
            look, Points(["1996", "1997"], [0.01, -0.02], [0.0, -0.03], [0.02, -0.01]), Level(0.03, low=0.02, high=0.04)
        ),
        comparison.candidates(look, ["a", "b"], [0.67, 14.0], 0.69, "a"),
        comparison.versions(look, Points(["1", "2"], [0.01, 0.03], [0.0, 0.02], [0.02, 0.04]), "2", "1"),
        curves.reliability(look, [curve]),
        curves.roc(look, [curves.Curve("Tree", [0, 0.5, 1], [0, 0.7, 1], "current")]),
        curves.scores(look, np.array([0.6, 0.7]), np.array([0.2, 0.3]), positive_label="yes", negative_label="no"),
    ]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.mode}-{look.language}")
def test_every_chart_lets_the_page_through_and_shows_no_legend_title_or_zoom(look, surface, dev):
    for figure in every_chart(look, surface, dev):
        layout = plain(figure)["layout"]
        assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
        assert layout["showlegend"] is False
        assert layout["dragmode"] is False
        assert layout["height"] > 0
        assert "title" not in layout
        assert all(axis["fixedrange"] for name, axis in layout.items() if name[1:5] == "axis")
        assert all(len(axis.get("tickvals", ())) <= 7 for name, axis in layout.items() if name[1:5] == "axis")
    assert CONFIG == {"displayModeBar": False}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_word_in_every_chart_can_be_read(mode, surface, dev):
    page = style.PALETTES[mode].page
    for figure in every_chart(Look(mode), surface, dev):
        for color in text_colors(plain(figure)):
            assert contrast(color, page) >= 4.5, color


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_mark_stands_out_and_no_two_roles_rely_on_colour_alone(mode):
    palette = style.PALETTES[mode]
    roles = {field.name: getattr(palette, field.name) for field in fields(palette) if field.type == "Role"}
    assert set(roles) == {"reference", "current", "positive", "negative", "champion", "challenger", "other"}
    for role in roles.values():
        assert contrast(role.color, palette.page) >= 3
    for one, other in (("reference", "current"), ("positive", "negative"), ("champion", "challenger")):
        cues = [{key: value for key, value in asdict(roles[name]).items() if key != "color"} for name in (one, other)]
        assert cues[0] != cues[1]


def text_colors(value) -> set[str]:
    if isinstance(value, list):
        return set().union(*(text_colors(item) for item in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    own = {font["color"] for key, font in value.items() if key.endswith("font") and "color" in font}
    # Streamlit puts its own template in the place of Plotly's.
    return own.union(*(text_colors(item) for key, item in value.items() if key != "template"))


def test_the_colours_of_a_chart_follow_the_mode(surface):
    light, dark = (court.surface(Look(mode), **surface) for mode in ("light", "dark"))
    assert traces(light, "contour")[0]["fillcolor"] == "#FFFFFF"
    assert traces(dark, "contour")[0]["fillcolor"] == "#141218"


@pytest.mark.parametrize(
    ("value", "spec", "english", "portuguese"),
    [
        (0.0304, "+.1%", f"+3.0{NBSP}%", f"+3,0{NBSP}%"),
        (-0.0213, "+.1%", f"{MINUS}2.1{NBSP}%", f"{MINUS}2,1{NBSP}%"),
        (-0.0001, "+.1%", f"0{NBSP}%", f"0{NBSP}%"),
        (-0.004, ".2f", "0", "0"),
        (12345.5, ",.1f", "12,345.5", "12.345,5"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(value, spec, english, portuguese):
    assert Look(language="en").number(value, spec) == english
    assert Look(language="pt_BR").number(value, spec) == portuguese


def test_axes_and_labels_follow_the_language():
    rows = [Row("Teste", 0.0304, 0.021, 0.038, "reference")]
    figure = performance.intervals(Look(language="pt_BR"), rows)
    assert traces(figure, "scatter")[0]["text"] == [f"+3,0{NBSP}%"]
    assert f"+2{NBSP}%" in figure.layout.xaxis.ticktext
    assert figure.layout.separators == ",."
    versions = comparison.versions(Look(language="pt_BR"), Points(["1"], [0.62], [0.615], [0.625]), spec=".2f")
    assert all("," in text for text in versions.layout.yaxis.ticktext)


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-6, 1e6))
def test_ticks_are_few_round_and_inside(low, span):
    values, step = style.ticks(low, low + span)
    assert 1 <= len(values) <= 5
    assert min(values) >= low - 1e-6 * step - 1e-9 * abs(low)
    assert max(values) <= low + span + 1e-6 * step + 1e-9 * abs(low)


def test_long_names_are_cut_or_broken_into_lines():
    name = "Logistic regression, tuned by log loss on ten folds"
    one, two = (style.name_axis([name], lines=lines)["ticktext"][0] for lines in (1, 2))
    assert one.endswith("…")
    assert "<br>" not in one
    assert two.count("<br>") == 1
    assert style.name_axis(["Period"], lines=2)["ticktext"] == ["Period"]
