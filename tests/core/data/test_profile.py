"""A profile describes what is there, and warns of what flatters a result; each warning has its silent pair."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.data.contract import Contract, Feature
from core.data.profile import BINS, TableProfile, profile

CONTRACT = Contract(
    "p", "P", "y", "1", (Feature("number", "number"), Feature("count", "integer"), Feature("colour", "category"))
)


def rows(count: int = 2000, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    number = random.normal(size=count)
    y = (random.random(count) < 1 / (1 + np.exp(-number))).astype(int)
    colour = random.choice(["red", "blue", "green"], count, p=[0.6, 0.3, 0.1]).astype(object)
    return pd.DataFrame({"number": number, "count": random.integers(0, 5, count), "colour": colour, "y": y})


def described(table: pd.DataFrame, **known) -> TableProfile:
    given = {"nulls": {}, "duplicates": 0, "both_sides": 0, "test_rows": 400, **known}
    return profile(table, CONTRACT, **given)


def findings(table: pd.DataFrame, **known) -> list[tuple[str, str]]:
    return [(item.finding, item.feature) for item in described(table, **known).cautions]


def test_a_column_is_described_by_its_values_and_their_target_rate():
    table = rows()
    number, count, colour = described(table, nulls={"number": 0.25}).columns
    assert number.nulls == 0.25
    assert number.distinct == 2000
    assert sum(number.counts) == 2000
    assert number.correlation == pytest.approx(np.corrcoef(table["number"], table["y"])[0, 1])
    assert number.separation == pytest.approx(roc_auc_score(table["y"], table["number"]))
    assert len(number.rates) == BINS
    assert list(number.rates) == sorted(number.rates) or number.rates[-1] > number.rates[0] + 0.5
    assert count.distinct == 5
    assert len(count.rates) <= 5
    assert colour.labels == ("red", "blue", "green")
    assert colour.counts == tuple(table["colour"].value_counts())
    assert colour.rates == pytest.approx([table.loc[table["colour"] == name, "y"].mean() for name in colour.labels])


def test_quantile_rates_are_those_of_the_rows_in_them():
    table = rows()
    (number, *_) = described(table).columns
    ordered = table.sort_values("number")["y"].to_numpy()
    assert number.rates == pytest.approx([part.mean() for part in np.array_split(ordered, BINS)], abs=0.02)


def test_an_ordinary_table_brings_no_warning():
    assert findings(rows()) == []


def test_a_feature_that_knows_the_answer_is_found():
    table = rows()
    assert findings(table.assign(number=table["y"] * 10 + table["number"] * 0.1)) == [("alone", "number")]
    assert findings(table.assign(colour=np.where(table["y"] == 1, "paid", "due"))) == [("alone", "colour")]


def test_a_feature_that_tells_rows_apart_is_found():
    table = rows()
    assert findings(table.assign(count=np.arange(2000)[::-1] * 7 % 2003)) == [("id_like", "count")]
    assert findings(table.assign(colour=[f"id-{row}" for row in range(2000)])) == [("id_like", "colour")]


def test_a_number_that_differs_in_every_row_is_no_identifier():
    assert described(rows()).columns[0].distinct == 2000
    assert findings(rows()) == []


def test_repeats_and_rows_on_both_sides_are_told_with_their_count():
    told = described(rows(), duplicates=7, both_sides=100).cautions
    assert [(item.finding, item.count, item.mend) for item in told] == [
        ("duplicates", 7, "drop_repeats"),
        ("both_sides", 100, "together"),
    ]
    assert str(told[1].what) == "100 test rows (25\xa0%) have the same features as a training row"


def test_a_profile_comes_back_equal_from_its_json():
    found = described(rows(), duplicates=3)
    assert TableProfile.from_dict(found.as_dict()) == found


def test_rare_categories_do_not_separate_by_chance():
    table = rows()
    table["colour"] = [f"c{row // 4}" for row in range(2000)]  # 500 categories of four rows each
    assert described(table).columns[2].separation < 0.6
