"""A model that tells the reference from a batch, as well as they can be told apart and no better."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from core.monitoring.separation import DENSER, Separation, separate
from tests.features import BOOLEAN, CATEGORY, KOBE, NUMBER, OTHER, project, table

EVERY = project(NUMBER, OTHER, CATEGORY, BOOLEAN)


@pytest.mark.parametrize("shift", [0.5, 1, 2, 3])
def test_two_normal_distributions_are_told_apart_as_well_as_anything_can(shift):
    reference, current = table(5_000, 0), table(5_000, 1)
    current["number"] += shift
    found = separate(reference, current, EVERY, seed=0)
    assert found.auc.value == pytest.approx(stats.norm.cdf(shift / np.sqrt(2)), abs=0.015)
    ratio = np.exp(shift * current["number"] - shift**2 / 2)
    assert found.strange_share == pytest.approx((ratio >= DENSER).mean(), abs=0.03)
    assert found.features[0][0] == "number"
    assert found.features[0][1] > 10 * found.features[1][1]


def test_two_samples_of_one_population_cannot_be_told_apart_and_no_row_is_strange():
    found = [separate(table(2_000, 2 * seed), table(2_000, 2 * seed + 1), EVERY, seed) for seed in range(20)]
    assert sum(one.auc.low <= 0.5 <= one.auc.high for one in found) >= 18
    assert np.mean([one.auc.value for one in found]) == pytest.approx(0.5, abs=0.01)
    assert max(one.strange_share for one in found) < 0.01


def test_a_relation_that_is_gone_is_found_though_no_feature_drifted():
    reference, current = table(4_000, 0), table(4_000, 1)
    reference["other"] = reference["number"] + reference["other"] / 5
    current["other"] = np.random.default_rng(2).permutation(current["number"] + current["other"] / 5)
    found = separate(reference, current, EVERY, seed=0)
    assert found.auc.low > 0.7
    assert {name for name, _ in found.features[:2]} == {"number", "other"}


def test_a_category_never_seen_before_gives_its_rows_away():
    current = table(2_000, 1)
    current.loc[:599, "category"] = "up"
    found = separate(table(2_000, 0), current, EVERY, seed=0)
    assert found.features[0][0] == "category"
    assert found.strange_share == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("column", ["number", "category", "boolean"])
def test_a_column_without_a_value_can_be_judged_too(column):
    current = table(300, 1)
    current[column] = None
    assert separate(table(300, 0), current, EVERY, seed=0).features[0][0] == column
    assert separate(current, current, EVERY, seed=0).auc.value < 0.6


def test_almost_every_real_production_row_gives_itself_away_by_its_distance(kobe):
    found = separate(kobe["test"], kobe["production"], project(*KOBE), seed=0)
    assert found.auc.low > 0.99
    assert found.features[0][0] == "shot_distance"
    assert found.strange_share >= 0.97


def test_too_few_rows_cannot_be_told_apart():
    assert separate(table(2, 0), table(100, 1), EVERY, seed=0) is None


def test_a_separation_comes_back_from_json_and_is_the_same_for_the_same_seed():
    found = separate(table(300, 0), table(300, 1), EVERY, seed=3)
    assert Separation.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False))) == found
    assert separate(table(300, 0), table(300, 1), EVERY, seed=3) == found
