"""Charts: the court's geometry against the real files, and figures that hold what they were given."""

import base64
import json
from dataclasses import asdict, fields

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import CONFIG, Look, comparison, court, curves, drift, hexagons, performance, style, support
from core.metrics.intervals import Interval
from core.store import settings
from core.text.messages import message

LOOKS = [Look(mode, language) for mode in ("light", "dark") for language in ("en", "pt_BR")]
NBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
places = st.floats(-600, 900, allow_nan=False)


@pytest.fixture(scope="module")
def dev() -> pd.DataFrame:
    return pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet").reset_index(drop=True)


@pytest.fixture(scope="module")
def prod() -> pd.DataFrame:
    return pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_prod.parquet").reset_index(drop=True)


@pytest.fixture(scope="module")
def surface(dev) -> dict:
    x, y = court.surface_cells()
    return {
        "probability": 0.6 - 0.2 * np.minimum(np.hypot(x, y) / 200, 1),
        "average": 0.4773,
        "trained_x": dev.loc_x.to_numpy(),
        "trained_y": dev.loc_y.to_numpy(),
        "shot": (-101.0, 135.0),
    }


def plain(figure) -> dict:
    """The figure as a browser gets it, packed arrays unpacked."""

    def unpacked(value):
        if isinstance(value, dict) and {"bdata", "dtype"} <= value.keys():
            array = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
            return array.reshape([int(n) for n in value["shape"].split(",")]) if "shape" in value else array
        if isinstance(value, dict):
            return {key: unpacked(item) for key, item in value.items()}
        return [unpacked(item) for item in value] if isinstance(value, list) else value

    return unpacked(json.loads(figure.to_json()))


def traces(figure, kind: str) -> list[dict]:
    return [trace for trace in plain(figure)["data"] if trace["type"] == kind]


def words(figure) -> list[str]:
    return [annotation["text"] for annotation in plain(figure)["layout"].get("annotations", [])]


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
    curve = curves.Curve("Tree", [0.2, 0.6], [0.25, 0.5], "champion", [40, 40])
    return [
        court.surface(look, **surface),
        court.shots(look, dev.loc_x, dev.loc_y, dev.shot_made_flag),
        court.density(look, dev.loc_x, dev.loc_y),
        drift.ranked(look, ["a", "b"], [0.1, 2.0], [0.9, 0.1], [False, True]),
        drift.before_and_now(look, panels),
        performance.intervals(look, [("Test", 0.03, 0.02, 0.04, "reference"), ("Now", -0.02, None, None, "current")]),
        performance.trend(look, ["1996", "1997"], [0.01, -0.02], [0.0, -0.03], [0.02, -0.01], 0.03, 0.02, 0.04),
        comparison.candidates(look, ["a", "b"], [0.67, 14.0], 0.69, "a"),
        comparison.versions(look, ["1", "2"], [0.01, 0.03], [0.0, 0.02], [0.02, 0.04], "2", "1"),
        curves.reliability(look, [curve]),
        curves.roc(look, [curves.Curve("Tree", [0, 0.5, 1], [0, 0.7, 1], "current")]),
        curves.scores(look, np.array([0.6, 0.7]), np.array([0.2, 0.3]), positive_label="yes", negative_label="no"),
    ]


# The half-court


@pytest.mark.parametrize("file", ["dev", "prod"])
def test_degrees_and_court_agree_on_every_real_shot(file, request):
    shots = request.getfixturevalue(file)
    x, y = court.to_court(shots.lat, shots.lon)
    lat, lon = court.from_court(shots.loc_x, shots.loc_y)
    np.testing.assert_allclose(x, shots.loc_x, atol=1e-4)
    np.testing.assert_allclose(y, shots.loc_y, atol=1e-4)
    np.testing.assert_array_equal(lat, shots.lat)
    np.testing.assert_array_equal(lon, shots.lon)


@pytest.mark.parametrize("file", ["dev", "prod"])
def test_distance_is_the_one_in_the_files_from_either_kind_of_coordinates(file, request):
    shots = request.getfixturevalue(file)
    np.testing.assert_array_equal(court.distance(shots.loc_x, shots.loc_y), shots.shot_distance)
    np.testing.assert_array_equal(court.distance(*court.to_court(shots.lat, shots.lon)), shots.shot_distance)


@given(x=places, y=places)
def test_a_place_survives_the_way_to_degrees_and_back(x, y):
    back = court.to_court(*court.from_court(x, y))
    assert back == (pytest.approx(x, abs=0.051), pytest.approx(y, abs=0.051))


def test_the_lines_of_the_court_lie_where_the_rules_put_them(surface):
    lines = traces(court.surface(Look(), **surface), "scatter")[1]
    x, y = (np.array([np.nan if value is None else value for value in lines[axis]]) for axis in "xy")
    assert (np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)) == (-250, 250, -52.5, 417.5)
    arc = (np.abs(x) < 219) & (np.abs(np.hypot(x, y) - 237.5) < 0.01)
    assert arc.sum() > 20
    assert y[arc].max() == pytest.approx(237.5, abs=0.5)
    assert ((np.abs(x) == 220) & (np.abs(y - 89.5) < 0.05)).sum() == 2, "where the arc meets the straight lines"
    assert np.isclose(np.hypot(x, y), 7.5, atol=0.01).any(), "the hoop"


def test_a_mini_court_ends_below_the_half_line(dev):
    figure = plain(court.density(Look(), dev.loc_x, dev.loc_y))
    assert max(value for value in figure["data"][1]["y"] if value is not None) == 320
    assert figure["layout"]["yaxis"]["range"] == [-58, 326]
    assert figure["layout"]["yaxis"]["scaleanchor"] == "x"


# Density and shots


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


@given(st.lists(st.tuples(st.floats(-250, 250), st.floats(-50, 400)), min_size=1, max_size=60))
def test_every_point_falls_into_the_hexagon_whose_middle_is_nearest(points):
    x, y = np.array(points).T
    found = hexagons.gather(x, y, np.ones(len(x)), radius=10.0, fewest=1)
    assert found.count.sum() == len(x)
    nearest = np.hypot(x[:, None] - found.x, y[:, None] - found.y).min(axis=1)
    assert nearest.max() <= 10 + 1e-9, "no point is farther from its middle than a corner is"


def test_hexagons_of_fewer_points_than_asked_are_left_out():
    found = hexagons.gather(np.array([0.0, 0, 0, 90]), np.zeros(4), np.array([1.0, 0, 1, 1]), radius=10.0, fewest=2)
    assert (found.count.tolist(), found.ones.tolist()) == ([3], [2])
    assert found.rate[0] == pytest.approx(2 / 3)


# What-if surface


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


def test_support_agrees_with_distances_counted_one_by_one():
    rng = np.random.default_rng(3)
    x, y = rng.integers(-60, 60, (2, 400)).astype(float)
    x[:100], y[:100] = 7, 9
    at = rng.uniform(-80, 80, (2, 50))
    expected = np.sort(np.hypot(at[0][:, None] - x, at[1][:, None] - y), axis=1)[:, 14]
    np.testing.assert_allclose(support.distances(x, y, *at), np.minimum(expected, support.FARTHEST))


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


# Drift


def test_drift_is_ranked_by_effect_times_importance_and_grey_where_nothing_drifted():
    names, effects, importances = (
        ["Longitude", "Distance", "Latitude", "Period"],
        [0.79, 2.01, 1.95, 0.2],
        [0.09, 0.86, 0.02, 0.003],
    )
    figure = drift.ranked(Look(), names, effects, importances, [True, True, True, False])
    bars, shares = traces(figure, "bar")
    assert list(figure.layout.yaxis.ticktext) == ["Distance", "Longitude", "Latitude", "Period"]
    assert list(bars["x"]) == [2.01, 0.79, 1.95, 0.2]
    assert list(bars["text"]) == ["2.01", "0.79", "1.95", "0.20"]
    assert list(shares["text"]) == [f"86{NBSP}%", f"9{NBSP}%", f"2{NBSP}%", "< 1 %"]
    current, reference = style.PALETTES["light"].current.color, style.PALETTES["light"].reference.color
    assert bars["marker"]["color"] == [current] * 3 + [reference]


def test_drift_without_importances_is_one_panel_ranked_by_effect():
    figure = drift.ranked(Look(), ["a", "b"], [0.1, 2.0], None, [False, True], title=message("drift, in deviations"))
    assert [list(bar["x"]) for bar in traces(figure, "bar")] == [[2.0, 0.1]]
    assert words(figure) == ["drift, in deviations"]


def test_charts_write_the_shipped_titles_and_units_in_the_reader_s_language():
    ranked = drift.ranked(Look(language="pt_BR"), ["Shot distance", "loan amount"], [2, 1], None, [True, True])
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
    figure = drift.ranked(Look(), ["<b>a</b> & b"], [1.0], None, [True])
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;a&lt;/b&gt; &amp; b",)


# Performance


def test_intervals_hold_value_and_bounds_on_both_sides_of_zero():
    figure = performance.intervals(
        Look(), [("Test", 0.03, 0.021, 0.038, "reference"), ("Now", -0.021, None, None, "current")]
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
        labels,
        values,
        [-0.05, -0.04, nan, -9.0],
        [0.0, 0.01, nan, 9.0],
        0.03,
        0.02,
        0.04,
        reference_label="test",
        zero_label="guess",
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
        Look(), ["a", "b", "c", "d"], values, low, high, zero=None, versions=[1, 1, 2, 3], references=bounds
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
        Look(), ["a", "b"], [-0.1, 0.0], [-0.1, 0.0], [-0.1, 0.0], 0.0001, reference_label="test", zero_label="guess"
    )
    guess, test = (annotation.y for annotation in figure.layout.annotations)
    low, high = figure.layout.yaxis.range
    assert (test - guess) / (high - low) * (180 - 32) == pytest.approx(15)


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
    assert words(figure) == ["<b>0.676</b>", "0.685", "13.700", "fixed guess 0.692"]
    assert marks["marker"]["color"][0] != marks["marker"]["color"][1], "the chosen one is filled"


def test_candidates_that_are_all_worse_than_a_guess_stay_on_the_scale():
    marks = traces(comparison.candidates(Look(), ["a", "b"], [0.75, 0.80], 0.69), "scatter")[0]
    assert list(marks["x"]) == [0.75, 0.80]


def test_versions_mark_champion_and_challenger_by_shape_and_figure():
    figure = comparison.versions(
        Look(), ["1", "2", "3"], [0.01, 0.03, 0.02], [0.0, 0.02, None], [0.02, 0.04, None], "2", "3"
    )
    marks = traces(figure, "scatter")
    assert [mark["marker"]["symbol"] for mark in marks] == ["circle", "star", "diamond"]
    assert [mark["text"] for mark in marks] == [[""], [f"+3.0{NBSP}%"], [f"+2.0{NBSP}%"]]
    assert "error_y" not in marks[2]
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "3"]


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


# The style


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
    rows = [("Teste", 0.0304, 0.021, 0.038, "reference")]
    figure = performance.intervals(Look(language="pt_BR"), rows)
    assert traces(figure, "scatter")[0]["text"] == [f"+3,0{NBSP}%"]
    assert f"+2{NBSP}%" in figure.layout.xaxis.ticktext
    assert figure.layout.separators == ",."
    versions = comparison.versions(Look(language="pt_BR"), ["1"], [0.62], [0.615], [0.625], spec=".2f")
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
