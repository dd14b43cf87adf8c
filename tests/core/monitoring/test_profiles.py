"""Profiles: exact where values are kept, merged in any order, streamed, and back from JSON as they went."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data.contract import Contract, Feature
from core.monitoring.profiles import EXACT_VALUES, MOST_LABELS, Profile, count, counted, merge, profile, profiles
from tests.features import VALUES

NUMBER, CATEGORY = Feature("number", "number"), Feature("category", "category")


def same(one: Profile, other: Profile) -> None:
    """Counts are whole numbers and equal; sums are floats, whose last digit depends on the order of adding."""
    stored, again = one.as_dict(), other.as_dict()
    for name in ("sums", "mean", "squares"):
        assert stored.pop(name) == pytest.approx(again.pop(name), rel=1e-9, abs=1e-6)
    assert stored == again


@pytest.mark.parametrize("shape", ["normal", "cauchy", "lognormal", "rounded", "constant", "huge"])
def test_the_table_finds_the_same_bin_whatever_the_distribution(shape):
    rng = np.random.default_rng(0)
    values = {
        "normal": rng.normal(size=300_000),
        "cauchy": rng.standard_cauchy(300_000),
        "lognormal": np.exp(5 * rng.normal(size=300_000)),
        "rounded": rng.normal(size=300_000).round(2),
        "constant": np.full(300_000, 7.0),
        "huge": rng.choice([-1.7e308, 0.0, 1.7e308], 300_000),
    }[shape]
    found = profile(values, NUMBER)
    expected = np.searchsorted(found.edges, values, side="right")
    assert np.array_equal(found.counts, np.bincount(expected, minlength=len(found.edges) + 1))


def test_few_distinct_values_are_kept_one_by_one_and_so_are_others_beside_them():
    values = np.random.default_rng(0).integers(0, 60, 10_000) / 8
    found = profile(values, NUMBER)
    for value, rows in zip(*np.unique(values, return_counts=True), strict=True):
        place = np.searchsorted(found.edges, value, side="right")
        assert (found.edges[place - 1], found.counts[place]) == (value, rows)
        assert found.edges[place] == np.nextafter(value, np.inf)
    assert count(np.array([0.05]), found).counts[2] == 1


def test_many_distinct_values_take_a_thousand_bins_and_a_frequent_one_keeps_its_own():
    values = np.random.default_rng(0).normal(size=200_000)
    values[::3] = 0
    found = profile(values, NUMBER)
    assert len(np.unique(values)) > EXACT_VALUES
    assert len(found.edges) < 1_100
    place = np.searchsorted(found.edges, 0.0, side="right")
    assert (found.edges[place - 1], found.edges[place]) == (0, np.nextafter(0, 1))
    assert found.counts[place] == np.sum(values == 0)


def test_rows_mean_and_deviation_are_those_of_numpy_even_far_from_zero():
    values = np.random.default_rng(0).normal(1e9, 0.5, 50_000)
    found = profile(np.append(values, [np.nan, np.inf]), NUMBER)
    assert (found.rows, found.filled) == (50_002, 50_000)
    assert found.mean == pytest.approx(values.mean(), rel=1e-14)
    assert found.std == pytest.approx(values.std(ddof=1), rel=1e-6)
    assert found.null_share == pytest.approx(2 / 50_002)


@given(VALUES, VALUES, VALUES, VALUES)
@example([47453133.0], [], [0.0], [1.0])  # far from the reference, and close to each other
@settings(deadline=None)
def test_numbers_merge_in_any_order_to_what_they_are_together(reference, one, two, three):
    bins = profile(np.array(reference, dtype=float), NUMBER)
    parts = [count(np.array(part, dtype=float), bins) for part in (one, two, three)]
    whole = count(np.array([*one, *two, *three], dtype=float), bins)
    same(merge(merge(parts[0], parts[1]), parts[2]), whole)
    same(merge(parts[2], merge(parts[1], parts[0])), whole)


@given(*[st.lists(st.sampled_from([*"abcdefg", None]), max_size=30)] * 3)
@settings(deadline=None)
def test_categories_merge_in_any_order_to_what_they_are_together(one, two, three):
    parts = [profile(pd.Series(part, dtype=object), CATEGORY) for part in (one, two, three)]
    whole = profile(pd.Series([*one, *two, *three], dtype=object), CATEGORY)
    assert merge(merge(parts[0], parts[1]), parts[2]) == whole
    assert merge(parts[2], merge(parts[1], parts[0])) == whole


def test_profiles_of_other_bins_do_not_merge():
    with pytest.raises(ValueError, match="same bins"):
        merge(profile(np.arange(5), NUMBER), profile(np.arange(6), NUMBER))


@given(VALUES)
@settings(deadline=None)
def test_a_profile_comes_back_from_json_as_it_went(values):
    for found in (profile(np.array(values), NUMBER), profile(pd.Series(values, dtype=str), CATEGORY)):
        assert Profile.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False))) == found


def test_a_profile_is_small_enough_to_be_stored_with_a_version():
    rng = np.random.default_rng(0)
    assert len(json.dumps(profile(rng.normal(size=1_000_000), NUMBER).as_dict())) < 100_000


def test_more_categories_than_are_kept_lose_their_names_and_not_their_rows():
    names = np.arange(MOST_LABELS + 500).astype(str)
    found = profile(pd.Series(np.repeat(names, 1 + (np.arange(len(names)) < 100))), CATEGORY)
    assert len(found.labels) == MOST_LABELS
    assert found.counts[-1] == 500
    assert found.filled == found.rows == len(names) + 100
    assert all(name in found.labels for name in names[:100])


@pytest.mark.parametrize("kind", ["pandas", "arrow table", "arrow batches"])
def test_chunks_of_any_library_add_up_to_the_whole(kind):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "number": np.where(rng.random(9_000) < 0.1, np.nan, rng.normal(size=9_000)),
            "category": rng.choice(["left", "right", None], 9_000),
        }
    )
    bins = profiles(rows.head(1_000), Contract("any", "Any", "target", "1", (NUMBER, CATEGORY)))
    parts = [rows.iloc[start : start + 2_000] for start in range(0, 9_000, 2_000)]
    chunks = {
        "pandas": parts,
        "arrow table": [pa.Table.from_pandas(part) for part in parts],
        "arrow batches": pa.Table.from_pandas(rows).to_batches(max_chunksize=2_000),
    }[kind]
    found = counted(chunks, bins)
    for name in ("number", "category"):
        same(found[name], count(rows[name], bins[name]))


def test_no_chunk_gives_profiles_of_no_rows():
    bins = profiles(pd.DataFrame({"number": [1.0, 2.0]}), Contract("any", "Any", "target", "1", (NUMBER,)))
    assert counted([], bins)["number"].rows == 0
