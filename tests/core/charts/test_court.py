"""The half-court: shots where they were taken, probabilities where shots were seen."""

from __future__ import annotations

import numpy as np
import pytest

from core.charts import Look, court, style, support
from tests.drawings import NBSP, plain, traces, words


def test_a_mini_court_ends_below_the_half_line(dev):
    figure = plain(court.density(Look(), dev.loc_x, dev.loc_y))
    assert max(value for value in figure["data"][1]["y"] if value is not None) == 320
    assert figure["layout"]["yaxis"]["range"] == [-58, 326]
    assert figure["layout"]["yaxis"]["scaleanchor"] == "x"


def test_density_is_highest_where_the_shots_are(dev, prod):
    near, far = (traces(court.density(Look(), f.loc_x, f.loc_y), "heatmap")[0] for f in (dev, prod))
    for shade, expected in ((near, 0), (far, 240)):
        row, column = np.unravel_index(shade["z"].argmax(), shade["z"].shape)
        assert np.hypot(shade["x"][column], shade["y"][row]) == pytest.approx(expected, abs=25)
        assert shade["z"].max() == pytest.approx(1)


def test_density_of_a_million_shots_stays_small_and_of_none_stays_blank():
    rng = np.random.default_rng(5)
    many = court.density(Look(), rng.normal(0, 90, 1_000_000), rng.normal(120, 80, 1_000_000))
    assert len(many.to_json()) < 200_000
    assert traces(court.density(Look(), [], []), "heatmap")[0]["z"].max() == 0


def test_shots_are_gathered_into_few_marks_that_keep_count_and_rate(dev):
    figure = court.shots(Look(), dev.loc_x, dev.loc_y, dev.shot_made_flag)
    marks = traces(figure, "scatter")[-2]["customdata"]
    assert len(marks) < 2_000
    assert len(figure.to_json()) < 200_000
    assert 20_000 < marks[:, 1].sum() <= 20_285, "labelled shots only, and nearly all of them"
    assert marks[:, 0].sum() / marks[:, 1].sum() == pytest.approx(0.4773, abs=0.005)
    np.testing.assert_allclose(marks[:, 2], 100 * marks[:, 0] / marks[:, 1], atol=0.051)


def test_the_colour_of_shots_says_which_side_makes_more():
    x = np.concatenate([np.full(50, -100.0), np.full(50, 100.0)])
    figure = court.shots(Look(), x, np.full(100, 100.0), np.repeat([0.0, 1.0], 50))
    left, right = sorted(traces(figure, "scatter")[:2], key=lambda trace: np.nanmean(trace["x"]))
    low, high = (tuple(int(n) for n in trace["fillcolor"][4:-1].split(",")) for trace in (left, right))
    assert low[0] > low[2], "gold: more red than blue"
    assert high[2] > high[0], "purple: more blue than red"


def test_shots_without_a_known_outcome_draw_the_bare_court():
    figure = court.shots(Look(), [0.0] * 9, [0.0] * 9, [np.nan] * 9)
    assert len(figure.data) == 1


def test_the_surface_holds_the_probabilities_where_shots_were_seen_and_nothing_far_away(surface):
    heat = traces(court.surface(Look(), **surface), "heatmap")[0]
    given_values = surface["probability"].reshape(heat["z"].shape)
    shown = np.isfinite(heat["z"])
    np.testing.assert_allclose(heat["z"][shown], given_values[shown], atol=1e-6)
    row, column = np.searchsorted(heat["y"], [0, 400]), np.searchsorted(heat["x"], 0)
    assert shown[row[0], column]
    assert not shown[row[1], column]


def test_the_cells_cover_the_court_edge_to_edge(surface):
    x, y = court.surface_cells()
    assert len(x) == len(y) == 9_400
    assert (x.min() - 2.5, x.max() + 2.5, y.min() - 2.5, y.max() + 2.5) == (-250, 250, -52.5, 417.5)
    assert (x[0], y[0], x[1]) == (-247.5, -50.0, -242.5)


def test_the_colours_turn_at_the_average(surface):
    heat = traces(court.surface(Look(), **surface), "heatmap")[0]
    stop, color = heat["colorscale"][4]
    assert color == "#F7F5F9"
    assert heat["zmin"] + stop * (heat["zmax"] - heat["zmin"]) == pytest.approx(0.4773)
    assert heat["colorbar"]["ticktext"][0] == f"48{NBSP}%, the average"
    assert [stop for stop, _ in heat["colorscale"]] == sorted(stop for stop, _ in heat["colorscale"])


@pytest.mark.parametrize("average", [0.0, 0.02, 0.5, 0.97, 1.0])
def test_the_colour_scale_is_sound_for_any_average(surface, average):
    heat = traces(court.surface(Look(), **{**surface, "average": average}), "heatmap")[0]
    stops = [stop for stop, _ in heat["colorscale"]]
    assert (stops[0], stops[-1]) == (0, 1)
    assert stops == sorted(stops)
    assert 0 <= heat["zmin"] < heat["zmax"] <= 1


def test_the_untrained_part_is_hatched_and_named(surface):
    figure = court.surface(Look(), **surface)
    hatch = traces(figure, "scatter")[0]
    x, y = (np.array([np.nan if value is None else value for value in hatch[axis]], float) for axis in "xy")
    away = support.distances(surface["trained_x"], surface["trained_y"], x[~np.isnan(x)], y[~np.isnan(x)])
    assert len(away) > 100
    assert away.min() > support.REACH - 6, "no line starts inside what was trained, but for the smoothing"
    assert words(figure) == ["<b>not seen in training</b>"]


def test_a_court_that_was_trained_everywhere_has_no_hatch(surface):
    x, y = np.meshgrid(np.arange(-250, 251, 2.0), np.arange(-52, 418, 2.0))
    figure = court.surface(Look(), **{**surface, "trained_x": x.ravel(), "trained_y": y.ravel()})
    assert words(figure) == []
    hatch = traces(figure, "scatter")[0]
    inner = [
        v for v in zip(hatch["x"], hatch["y"], strict=True) if v[0] is not None and abs(v[0]) < 235 and 0 < v[1] < 400
    ]
    assert inner == []


def test_a_model_that_saw_no_shot_is_untrained_everywhere(surface):
    figure = court.surface(Look(), **{**surface, "trained_x": [], "trained_y": []})
    assert not np.isfinite(traces(figure, "heatmap")[0]["z"]).any()


def test_a_click_lands_on_a_place_of_the_court_and_the_shot_is_marked_where_it_is(surface):
    figure = court.surface(Look(), **surface)
    seen, unseen, shot = traces(figure, "scatter")[-3:]
    assert len(seen["x"]) + len(unseen["x"]) == 49 * 47
    assert np.hypot(seen["x"], seen["y"]).max() < 260
    assert 0 in seen["customdata"][:, 0], "the hoop can be clicked"
    assert (shot["x"], shot["y"], shot["marker"]["size"]) == ([-101.0], [135.0], 20)
    assert figure.layout.clickmode == "event+select"
    assert len(court.surface(Look(), **{**surface, "shot": None}).data) == len(figure.data) - 1


def test_a_phone_gets_a_lower_court_and_fewer_labels(surface):
    assert court.surface(Look(narrow=True), **surface).layout.height < court.surface(Look(), **surface).layout.height
    seasons = [f"{1996 + index}-{(97 + index) % 100:02}" for index in range(20)]
    axes = [style.step_axis(Look(narrow=narrow), seasons)["ticktext"] for narrow in (False, True)]
    assert [len(axis) for axis in axes] == [5, 2]
