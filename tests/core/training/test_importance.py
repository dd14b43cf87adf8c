"""What a model makes of features, for models whose use of them is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import partial_dependence as oracle_dependence
from sklearn.inspection import permutation_importance as oracle_importance

from core.data.contract import Feature
from core.training.importance import ImportanceChange, importance_changes, partial_dependence, permutation_importance


def test_the_loss_without_a_feature_is_what_scikit_learn_finds(model):
    fitted, rows, target, predict = model
    found = permutation_importance(predict, rows, target, list(rows), seed=1)
    expected = oracle_importance(fitted, rows, target, scoring="neg_log_loss", n_repeats=30, random_state=0)
    for name, mean, spread in zip(rows, expected.importances_mean, expected.importances_std, strict=True):
        assert found[name].value == pytest.approx(mean, abs=3 * spread)
    assert found["strong"].low > found["weak"].high > 0
    assert found["none"].low <= 0.0005


def test_a_feature_that_the_model_does_not_use_has_no_importance_at_all(model):
    __, rows, target, __ = model
    found = permutation_importance(
        lambda some: 1 / (1 + np.exp(-some["strong"].to_numpy())), rows, target, list(rows), seed=1
    )
    assert (found["none"].value, found["none"].low, found["none"].high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_the_dependence_on_a_number_is_what_scikit_learn_finds(model):
    fitted, rows, __, predict = model
    some = rows.head(500)
    found = partial_dependence(predict, some, Feature("strong", kind="number"), seed=0)
    grid = oracle_dependence(fitted, some, ["strong"], grid_resolution=200, percentiles=(0, 1))
    assert np.interp(found.values, grid["grid_values"][0], grid["average"][0]) == pytest.approx(found.mean, abs=0.02)
    assert all(low <= mean <= high for low, mean, high in zip(found.low, found.mean, found.high, strict=True))


def test_categories_are_shown_the_most_frequent_first():
    rows = pd.DataFrame({"zone": ["a"] * 3 + ["b"] * 5 + [None]})
    found = partial_dependence(
        lambda some: (some["zone"] == "a").to_numpy(float), rows, Feature("zone", kind="category"), seed=0
    )
    assert found.values == ("b", "a")
    assert found.mean == (0, 1)


def test_a_feature_that_no_longer_tells_the_outcome_is_certainly_worth_less_and_the_others_are_not(model):
    __, rows, target, predict = model
    before = permutation_importance(predict, rows.head(1_000), target[:1_000], list(rows), seed=1)
    later = rows.tail(1_000).reset_index(drop=True)
    same = importance_changes(before, permutation_importance(predict, later, target[1_000:], list(rows), seed=1))
    assert [one.feature for one in same][:2] == ["strong", "weak"]
    assert not any(one.certain for one in same)
    shuffled = later.assign(strong=np.random.default_rng(0).permutation(later["strong"]))
    found = importance_changes(before, permutation_importance(predict, shuffled, target[1_000:], list(rows), seed=1))
    assert {one.feature: one.certain for one in found} == {"strong": True, "weak": False, "none": False}
    assert found[0].change.value == pytest.approx(found[0].now.value - found[0].before.value)
    assert ImportanceChange.from_dict(found[0].as_dict()) == found[0]


def test_a_change_of_importance_that_is_not_there_is_called_certain_in_one_of_twenty_at_most(model):
    __, __, __, predict = model
    rng, accused, before = np.random.default_rng(3), 0, None
    for _ in range(60):
        rows = pd.DataFrame(rng.normal(size=(400, 3)), columns=["strong", "weak", "none"])
        target = (rng.random(400) < predict(rows)).astype(int)
        now = permutation_importance(predict, rows, target, list(rows), seed=1)
        accused += before is not None and any(one.certain for one in importance_changes(before, now))
        before = now
    assert accused <= 6
