"""Slices find where a model fails, and accuse none where it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data.contract import Contract, Feature
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.slices import slices

CONTRACT = Contract(
    "c",
    "C",
    "y",
    "1",
    (Feature("zone", "category"), Feature("x", "number", label="Width"), Feature("period", "integer")),
    time="day",
)


def batch(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "zone": rng.choice(["a", "b", "c"], rows),
            "x": rng.normal(size=rows),
            "period": rng.integers(1, 5, rows),
            "day": rng.choice(["2001-01-01", "2002-05-05"], rows),
        }
    )
    probability = rng.uniform(0.2, 0.8, rows)
    return table, (rng.random(rows) < probability).astype(float), probability


def test_the_slice_where_the_model_fails_comes_first_and_is_certain():
    table, target, probability = batch(5_000, 0)
    wrong = (table["zone"] == "b").to_numpy()
    probability[wrong] = 1 - probability[wrong]
    found = slices(table, CONTRACT, target, probability)
    assert (found[0].feature, str(found[0].label), found[0].worse) == ("zone", "b", True)
    assert found[0].rows == wrong.sum()
    assert found[0].target_rate == pytest.approx(target[wrong].mean())
    losses = -np.log(np.where(target == 1, probability, 1 - probability))
    rate = target.mean()
    guess = -np.log(np.where(target == 1, rate, 1 - rate))
    assert found[0].excess.value == pytest.approx((losses - guess)[wrong].mean())


def test_a_guess_at_the_right_rate_is_called_worse_in_at_most_one_batch_of_twenty():
    accused = 0
    for seed in range(100):
        table, target, __ = batch(2_000, seed)
        noise = np.random.default_rng(seed).normal(0, 0.02, 2_000)
        accused += any(one.worse for one in slices(table, CONTRACT, target, np.clip(0.5 + noise, 0, 1)))
    assert accused <= 8


def test_every_feature_and_the_years_are_cut_and_each_row_is_in_one_slice_of_each():
    table, target, probability = batch(4_000, 1)
    found = pd.DataFrame(
        [(one.feature, str(one.label), one.rows) for one in slices(table, CONTRACT, target, probability)]
    )
    assert found.groupby(0)[2].sum().to_dict() == {"zone": 4_000, "x": 4_000, "period": 4_000, "day": 4_000}
    assert set(found.loc[found[0] == "day", 1]) == {"2001", "2002"}
    assert (found[0] == "x").sum() == 5


def test_rows_without_label_or_probability_or_value_count_nowhere_and_few_labels_give_no_slice():
    table, target, probability = batch(1_000, 2)
    target[:400], probability[400:500] = np.nan, np.nan
    table.loc[500:599, "zone"] = None
    found = slices(table, CONTRACT, target, probability)
    assert sum(one.rows for one in found if one.feature == "period") == 500
    assert sum(one.rows for one in found if one.feature == "zone") == 400
    assert slices(table.head(FEWEST_LABELS - 1), CONTRACT, target[500:599], probability[500:599]) == ()
    assert slices(table.head(200), CONTRACT, np.ones(200), np.full(200, 0.5)) == ()


def test_texts_that_no_model_sees_are_looked_at_and_names_and_what_scoring_knows_are_not():
    table, target, probability = batch(3_000, 3)
    table["season"] = np.where(np.arange(3_000) % 3 > 0, "2001-02", "2002-03")
    table["home"] = np.arange(3_000) % 2 == 0
    table["player"] = [f"player {number}" for number in range(3_000)]
    table["team"] = "one"
    table["number"] = np.arange(3_000) % 4
    wrong = (table["season"] == "2002-03").to_numpy()
    probability[wrong] = 1 - probability[wrong]
    found = slices(table, CONTRACT, target, probability)
    assert (found[0].feature, str(found[0].label), found[0].worse) == ("season", "2002-03", True)
    assert {one.feature for one in found} == {"zone", "x", "period", "day", "season", "home"}
