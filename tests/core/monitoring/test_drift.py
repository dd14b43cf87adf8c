"""Drift against scipy and the real Kobe files, each alarm with the silence that belongs to it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.monitoring.drift import between, compare, drift, histogram, prediction_drift
from core.monitoring.profiles import Profile, count, counted, profile, profiles
from tests.features import BOOLEAN, CATEGORY, INTEGER, KOBE, NUMBER, project

if TYPE_CHECKING:
    from core.data.contract import Feature


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": rng.normal(size=rows),
            "integer": rng.poisson(4, rows),
            "category": rng.choice(["left", "right", "centre"], rows, p=[0.5, 0.3, 0.2]),
            "boolean": rng.random(rows) < 0.15,
        }
    )


def single(reference, current, feature: Feature):
    before, now = (pd.DataFrame({feature.name: np.asarray(side)}) for side in (reference, current))
    return compare(before, now, project(feature))[0]


def weighted(parts: list[Profile], counts: np.ndarray, values: np.ndarray) -> Profile:
    """The profile of so many rows of each value, from the profile of one row of each."""
    if parts[0].labels:
        rows: dict[str, int] = {}
        for part, number in zip(parts, counts.tolist(), strict=True):
            rows[part.labels[0]] = rows.get(part.labels[0], 0) + number
        return replace(
            parts[0], rows=int(counts.sum()), labels=tuple(sorted(rows)), counts=(*(rows[k] for k in sorted(rows)), 0)
        )
    bins = [int(np.argmax(part.counts)) for part in parts]
    size, mean = len(parts[0].counts), counts @ values / counts.sum()
    return replace(
        parts[0],
        rows=int(counts.sum()),
        counts=tuple(np.bincount(bins, counts, minlength=size).astype(int).tolist()),
        sums=tuple(np.bincount(bins, counts * values, minlength=size).tolist()),
        mean=float(mean),
        squares=float(counts @ (values - mean) ** 2),
    )


def test_numbers_agree_with_scipy():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=3_000), rng.normal(0.3, 1.2, 2_000)
    found = single(reference, current, NUMBER)
    assert found["ks"] == pytest.approx(stats.ks_2samp(reference, current).statistic)
    expected = stats.wasserstein_distance(reference, current) / reference.std(ddof=1)
    assert found["wasserstein"] == pytest.approx(expected, rel=1e-4)
    edges = [-np.inf, *np.quantile(reference, np.arange(1, 10) / 10), np.inf]
    before, now = (np.histogram(side, edges)[0] for side in (reference, current))
    old, new = before / 3_000, now / 2_000
    assert found["psi"] == pytest.approx(np.sum((new - old) * np.log(new / old)), rel=0.01)
    assert found["jensen_shannon"] == pytest.approx(jensenshannon(old, new))
    assert (found["total_variation"], found["chi2_p"], found.new_categories) == (None, None, ())


def test_ks_p_is_the_asymptotic_one_of_scipy():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=4_000), rng.normal(0.03, 1, 4_000)
    expected = stats.ks_2samp(reference, current, method="asymp").pvalue
    assert single(reference, current, NUMBER)["ks_p"] == pytest.approx(expected, rel=0.05)


def test_categories_agree_with_scipy():
    rng, names = np.random.default_rng(0), ["left", "right", "centre"]
    reference, current = rng.choice(names, 3_000, p=[0.5, 0.3, 0.2]), rng.choice(names, 2_000, p=[0.47, 0.32, 0.21])
    found = single(reference, current, CATEGORY)
    counts = np.array([[np.sum(side == name) for name in names] for side in (reference, current)])
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert found["total_variation"] == pytest.approx(np.abs(shares[0] - shares[1]).sum() / 2)
    assert found["jensen_shannon"] == pytest.approx(jensenshannon(*shares))
    assert found["chi2_p"] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)
    assert (found["ks"], found["wasserstein"], found["ks_p"]) == (None, None, None)


@given(st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=1, max_size=50))
@settings(deadline=None)
def test_nothing_drifts_from_itself(values):
    column = pd.Series(values, dtype=float)
    found = single(column, column, NUMBER)
    assert not found.drifted
    assert found.effect == 0
    for distance in (found["psi"], found["ks"], found["wasserstein"], found["jensen_shannon"]):
        assert distance is None or distance == pytest.approx(0, abs=1e-9)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=50))
@settings(deadline=None)
def test_no_category_drifts_from_itself(values):
    found = single(values, values, CATEGORY)
    assert (found["psi"], found["total_variation"], found.new_categories, found.drifted) == (0, 0, (), False)


@given(st.integers(1, 10_000), st.floats(-1_000, 1_000), st.integers(0, 5))
@settings(deadline=None, max_examples=25)
def test_a_number_drifts_the_same_in_feet_and_in_metres(scale, offset, seed):
    rng = np.random.default_rng(seed)
    reference, current = rng.normal(size=300), rng.normal(0.4, 1, 200)
    one = single(reference, current, NUMBER)
    other = single(reference * scale + offset, current * scale + offset, NUMBER)
    assert other["wasserstein"] == pytest.approx(one["wasserstein"], rel=1e-6)
    assert other["ks"] == pytest.approx(one["ks"])


@pytest.mark.parametrize("rows", [500, 5_000])
@pytest.mark.parametrize("feature", [NUMBER, INTEGER, CATEGORY, BOOLEAN], ids=lambda feature: feature.kind)
def test_a_known_shift_is_found(feature, rows):
    reference, current = table(4_000, 0), table(rows, 1)
    current["number"] += 0.5
    current["integer"] += 1
    current["category"] = current["category"].where(np.arange(rows) % 5 > 1, "left")
    current["boolean"] |= np.arange(rows) % 4 == 0
    assert compare(reference, current, project(feature))[0].drifted


@pytest.mark.parametrize("rows", [200, 500, 5_000])
def test_random_batches_of_the_real_reference_distribution_stay_silent(kobe, rows):
    contract, rng, dev = project(*KOBE), np.random.default_rng(7), kobe["dev"]
    batches = (dev.iloc[rng.integers(0, len(dev), rows)] for _ in range(200))
    alarms = sum(any(one.drifted for one in compare(kobe["test"], batch, contract)) for batch in batches)
    assert alarms <= 10


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_random_batches_of_any_size_stay_silent(kobe, rows):
    """Batches are drawn as the counts that they would have: 200 batches of a million rows in seconds."""
    dev, rng, silent = kobe["dev"], np.random.default_rng(8), np.ones(200, bool)
    for feature in KOBE:
        reference = profile(kobe["test"][feature.name], feature)
        everything = dev[feature.name].astype(float)
        values, shares = np.unique(everything, return_counts=True)
        drawn = rng.multinomial(rows, shares / len(dev), 200)
        # One row of each value shows where its rows are counted.
        single_rows = [count(pd.Series([value]), reference) for value in values]
        for batch, counts in enumerate(drawn):
            silent[batch] &= not drift(reference, weighted(single_rows, counts, values)).drifted
    assert silent.sum() >= 190


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_a_shift_past_the_alarm_line_is_found_at_any_size_and_one_below_it_is_not(rows):
    rng = np.random.default_rng(0)
    reference = profile(rng.normal(size=20_000), NUMBER)
    current = rng.normal(size=rows)
    assert drift(reference, count(current + 0.45, reference)).drifted
    assert not drift(reference, count(current + 0.2, reference)).drifted


def test_values_far_outside_the_bins_of_the_reference_are_as_far_as_they_are():
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=50_000), rng.normal(40, 3, 20_000)
    found = drift(profile(reference, NUMBER), count(current, profile(reference, NUMBER)))
    assert found["wasserstein"] == pytest.approx(stats.wasserstein_distance(reference, current) / reference.std(ddof=1))
    assert found["ks"] == 1


@pytest.mark.parametrize("shape", ["normal", "lognormal", "spike"])
def test_binned_numbers_agree_with_scipy_on_the_rows(shape):
    rng = np.random.default_rng(0)
    reference, current = rng.normal(size=300_000), rng.normal(0.1, 1.1, 200_000)
    if shape == "lognormal":
        reference, current = np.exp(2 * reference), np.exp(2 * current)
    if shape == "spike":
        reference[::3] = current[::4] = 0
    before = profile(reference, NUMBER)
    found = drift(before, count(current, before))
    expected = stats.wasserstein_distance(reference, current) / reference.std(ddof=1)
    assert found["wasserstein"] == pytest.approx(expected, rel=1e-3)
    assert found["ks"] == pytest.approx(stats.ks_2samp(reference, current).statistic, rel=5e-3)


def test_drift_of_a_stream_is_drift_of_its_rows():
    reference, current, contract = table(4_000, 0), table(5_000, 1), project(NUMBER, INTEGER, CATEGORY, BOOLEAN)
    current["number"] += 0.4
    before = profiles(reference, contract)
    found = between(before, counted((current.iloc[start : start + 999] for start in range(0, 5_000, 999)), before))
    for one, other in zip(found, compare(reference, current, contract), strict=True):
        assert one.new_categories == other.new_categories
        assert replace(one, new_categories=0).as_dict() == pytest.approx(replace(other, new_categories=0).as_dict())


def test_importance_puts_what_the_model_uses_first_and_without_it_the_strongest_comes_first():
    reference, current = table(4_000, 0), table(4_000, 1)
    current["number"] += 3
    current["category"] = current["category"].where(np.arange(4_000) % 5 > 1, "left")
    contract = project(CATEGORY, INTEGER, NUMBER)
    assert [one.feature for one in compare(reference, current, contract)][:2] == ["number", "category"]
    found = compare(reference, current, contract, {"category": 0.3, "number": 0.001, "integer": -0.1})
    assert [one.feature for one in found] == ["category", "number", "integer"]


@pytest.mark.parametrize("rows", [200, 5_000])
@pytest.mark.parametrize("many", [100, 400, 3_000])
def test_random_batches_with_many_categories_stay_silent_and_one_that_takes_over_is_found(many, rows):
    rng = np.random.default_rng(0)
    reference = rng.integers(0, many, 2_000).astype(str)
    batches = [rng.integers(0, many, rows).astype(str) for _ in range(40)]
    assert sum(single(reference, batch, CATEGORY).drifted for batch in batches) <= 2
    for rising in ("7", "never seen"):
        assert single(reference, np.where(np.arange(rows) % 5 == 0, rising, batches[0]), CATEGORY).drifted


def test_a_tiny_difference_over_a_million_rows_is_significant_and_no_drift():
    rng = np.random.default_rng(0)
    found = single(rng.normal(size=1_000_000), rng.normal(0.02, 1, 1_000_000), NUMBER)
    assert found["ks_p"] < 1e-6
    assert not found.drifted


def test_a_constant_that_is_no_longer_constant_is_found_and_one_that_stays_is_not():
    assert single([3.0] * 500, [3.0] * 300 + [4.0] * 200, NUMBER).drifted
    assert not single([3.0] * 500, [3.0] * 400, NUMBER).drifted


def test_a_spike_with_a_rare_tail_still_has_bins_that_see_the_tail_grow():
    rng = np.random.default_rng(0)
    tail = rng.integers(1, 100, 5_000)
    reference, current = (np.where(rng.random(5_000) < share, 0, tail) for share in (0.95, 0.7))
    assert profile(pd.Series(reference), INTEGER).cuts == (1.0,)
    assert single(reference, current, INTEGER)["psi"] > 0.2


def test_the_strongest_drift_comes_first_and_the_alarm_is_an_interval_past_one():
    reference, current = table(4_000, 0), table(4_000, 1)
    current["number"] += 3
    current["category"] = current["category"].where(np.arange(4_000) % 5 > 1, "left")
    found = compare(reference, current, project(BOOLEAN, CATEGORY, INTEGER, NUMBER))
    assert [one.feature for one in found[:2]] == ["number", "category"]
    assert [one.drifted for one in found] == [True, True, False, False]
    assert all(one.drifted == (one.low >= 1) for one in found)
    assert all(one.low <= one.effect <= one.high for one in found)


def test_new_categories_are_named_most_frequent_first_with_their_share():
    found = single(["a"] * 90 + ["b"] * 10, ["a"] * 70 + ["x"] * 10 + ["y"] * 20, CATEGORY)
    assert found.new_categories == ("y", "x")
    assert found.new_share == pytest.approx(0.3)
    assert single(["a", "b"], ["b"], CATEGORY).new_categories == ()


def test_nulls_are_counted_and_left_out_of_the_distances():
    reference = pd.Series(np.random.default_rng(0).normal(size=1_000))
    found = single(reference, reference.where(np.arange(1_000) % 4 > 0), NUMBER)
    assert (found.nulls_reference, found.nulls_current) == (0, 0.25)
    assert found["wasserstein"] < 0.1


@pytest.mark.parametrize("feature", [NUMBER, INTEGER, CATEGORY, BOOLEAN], ids=lambda feature: feature.kind)
def test_a_column_that_is_all_null_has_no_distance(feature):
    found = single(table(100, 0)[feature.name], [None] * 50, feature)
    assert found.nulls_current == 1
    assert set(found.statistics.values()) == {None}
    assert not found.drifted


@pytest.mark.parametrize(
    "same", [[1, 0, 1], [1.0, 0.0, 1.0], ["true", "false", "true"], pd.array([True, False, True], dtype="boolean")]
)
def test_a_yes_or_no_may_be_written_in_any_way(same):
    found = single([True, False, True], same, BOOLEAN)
    assert found["total_variation"] == 0
    assert found.new_categories == ()


def test_drift_is_plain_json():
    for one in compare(table(500, 0), table(500, 1), project(NUMBER, INTEGER, CATEGORY, BOOLEAN)):
        assert json.loads(json.dumps(one.as_dict(), allow_nan=False))["feature"] == one.feature


def test_the_output_of_a_model_drifts_when_it_moves_and_not_otherwise():
    rng = np.random.default_rng(0)
    reference, same = rng.beta(5, 5, 2_000), rng.beta(5, 5, 2_000)
    same[:100] = np.nan
    assert not prediction_drift(reference, same).drifted
    moved = prediction_drift(reference, rng.beta(3, 7, 2_000))
    assert moved.drifted
    assert moved.feature == "probability"


# The figures for the real files are those of the split with random_state=42; 10 differs within its sampling.
def test_the_real_files_have_the_drift_that_is_known_of_them(kobe):
    found = {one.feature: one for one in compare(kobe["test 42"], kobe["production"], project(*KOBE))}
    known = {"lat": 1.95, "lon": 0.78, "minutes_remaining": 0.32, "shot_distance": 2.01}
    assert {name: found[name]["wasserstein"] for name in known} == pytest.approx(known, rel=0.02)
    assert found["period"]["jensen_shannon"] == pytest.approx(0.082, abs=5e-4)
    assert found["playoffs"]["jensen_shannon"] == pytest.approx(0.014, abs=5e-4)


def test_the_default_split_of_the_real_files_agrees_with_scipy(kobe):
    reference, production = kobe["test"], kobe["production"]
    found = {one.feature: one for one in compare(reference, production, project(*KOBE))}
    for name in ("lat", "lon", "minutes_remaining", "period", "shot_distance"):
        distance = stats.wasserstein_distance(reference[name], production[name]) / reference[name].std()
        assert found[name]["wasserstein"] == pytest.approx(distance)
        assert found[name]["ks"] == pytest.approx(stats.ks_2samp(reference[name], production[name]).statistic)
    for name in ("period", "playoffs"):
        shares = pd.concat([side[name].value_counts(normalize=True) for side in (reference, production)], axis=1)
        assert found[name]["jensen_shannon"] == pytest.approx(jensenshannon(*shares.fillna(0).to_numpy().T))


def test_distance_and_latitude_lead_on_the_real_files_and_playoffs_come_last(kobe):
    found = compare(kobe["test"], kobe["production"], project(*KOBE))
    assert [one.feature for one in found[:3]] == ["shot_distance", "lat", "lon"]
    assert found[-1].feature == "playoffs"
    assert [one.drifted for one in found] == [True, True, True, False, False, False]


def test_bars_of_integers_hold_whole_numbers_and_every_row():
    reference, current = pd.Series(np.arange(80)), pd.Series([0, 1, 79])
    edges, before, now = histogram(reference, current, INTEGER)
    assert len(before) == len(now) == len(edges) - 1 <= 24
    assert set(np.diff(edges)) == {4.0}
    assert np.array_equal(edges % 1, np.full(len(edges), 0.5))
    assert before.sum() == pytest.approx(1)
    assert now[0] == pytest.approx(2 / 3)


def test_bars_of_numbers_hold_every_row_even_the_far_one():
    rng = np.random.default_rng(0)
    reference, current = pd.Series(rng.normal(size=1_000)), pd.Series(np.append(rng.normal(size=999), 1e6))
    edges, before, now = histogram(reference, current, NUMBER)
    assert len(before) == 24
    assert edges[-1] < 10
    assert (before.sum(), now.sum()) == (pytest.approx(1), pytest.approx(1))


def test_bars_of_categories_are_labelled_most_frequent_first():
    labels, before, now = histogram(pd.Series(["b", "b", "a", "a", "a"]), pd.Series(["c", "a"]), CATEGORY)
    assert labels == ["a", "c", "b"]
    assert before.tolist() == [0.6, 0, 0.4]
    assert now.tolist() == [0.5, 0.5, 0]


@pytest.mark.parametrize("feature", [NUMBER, INTEGER, CATEGORY], ids=lambda feature: feature.kind)
def test_a_column_of_one_value_or_none_can_still_be_drawn(feature):
    for values in ([7, 7, 7], [None, None]):
        bars, before, now = histogram(pd.Series(values), pd.Series(values), feature)
        assert len(before) == len(now) == len(bars) - (feature.kind != "category")
        assert before.sum() == float(values[0] is not None)
