"""What goes into a retraining, how much it counts, and what is held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from core import workflows
from core.data import checking, identity
from core.data import split as splitting
from core.data.contract import Contract, Feature
from core.data.encoding import model_input
from core.retraining import mixing
from core.retraining.mixing import NONE, Batch, Mix
from core.store import settings, sources, tables
from core.text.errors import CourtsideError
from core.training import training
from core.training.search import Emphasis

CONTRACT = Contract("toy", "Toy", "y", "1", (Feature("x", "number"),), id="id", time="when")


def table(count: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1, count)
    return pd.DataFrame({"x": x, "y": (rng.random(count) < 1 / (1 + np.exp(-x))).astype(int)})


def batch(rows: pd.DataFrame, ids=None, years=None) -> Batch:
    named = None if ids is None else pd.Series([f"{one}" for one in ids], dtype=object)
    return Batch(rows, None if years is None else pd.Series(years), named, unlabelled=0)


# What joins


def test_a_row_that_stands_in_two_batches_joins_once_and_one_that_was_learned_not_at_all():
    rows = table(100, 1)
    newer, older = batch(rows[:60].reset_index(drop=True), range(60)), batch(rows, range(100))
    known = mixing.keys(rows[90:].reset_index(drop=True), pd.Series([f"{one}" for one in range(90, 100)]), CONTRACT)
    found = mixing.pool([newer, older], known, CONTRACT)
    assert found.keys["id"].tolist() == [f"{one}" for one in range(90)]
    assert (found.known, found.repeated, found.older) == (10, 60, 0)
    np.testing.assert_array_equal(found.rows["x"], rows["x"][:90])


def test_without_an_id_the_same_place_of_the_same_batch_joins_once():
    rows = pd.DataFrame({"x": [1.0, 1.0, 2.0, 3.0], "y": [1, 1, 0, 0]})
    first = Batch(rows, None, None, 0, source="a", positions=np.arange(4))
    found = mixing.pool([first, replace(first, rows=rows[2:].reset_index(drop=True), positions=np.arange(2, 4))],
                        NONE, CONTRACT)  # fmt: skip
    assert found.rows["x"].tolist() == [1.0, 1.0, 2.0, 3.0]
    assert (found.repeated, found.unclear) == (2, 0)
    again = mixing.pool([replace(first, rows=rows.astype({"y": "int8"}))], found.keys, CONTRACT)
    assert (len(again.rows), again.known) == (0, 4)


def test_without_an_id_rows_of_another_batch_that_look_alike_join_and_are_counted_whatever_their_outcome():
    rows = pd.DataFrame({"x": np.arange(200) % 20, "y": np.arange(200) // 20 % 2})
    known = mixing.keys(rows, None, CONTRACT, source="a", positions=np.arange(200))
    found = mixing.pool([Batch(rows, None, None, 0, source="b", positions=np.arange(200))], known, CONTRACT)
    assert (len(found.rows), found.known, found.repeated, found.unclear) == (200, 0, 0, 200)
    assert mixing.pool([batch(table(50, 1))], mixing.keys(table(50, 2), None, CONTRACT), CONTRACT).unclear == 0


def test_the_latest_window_is_the_newest_year_season_or_month_of_the_time_column():
    rows = table(90, 2)
    years = np.repeat([2013.9, 2014.0, 2014.999], 30)
    found = mixing.pool([batch(rows, range(90), years)], NONE, CONTRACT, rows="year")
    assert (found.window, len(found.rows), found.older) == ("2014", 60, 30)
    days = np.repeat(["2014-05-30", "2014-07-01", "2014-12-24"], 30)
    found = mixing.pool([batch(rows, range(90), days)], NONE, CONTRACT, rows="season")
    assert (found.window, len(found.rows), found.older) == ("2014-15", 60, 30)
    two = [batch(rows[60:].reset_index(drop=True), range(60, 90), days[60:]), batch(rows, range(90), days)]
    found = mixing.pool(two, NONE, CONTRACT, rows="month")
    assert (found.window, len(found.rows), found.older, found.repeated) == ("2014-12", 30, 60, 30)
    assert mixing.pool([batch(rows, range(90), years)], NONE, CONTRACT).window == ""
    with pytest.raises(CourtsideError, match="no time"):
        mixing.pool([batch(rows, range(90))], NONE, CONTRACT, rows="year")


def test_nothing_new_or_one_outcome_only_is_refused_and_more_is_not():
    rows = table(40, 3)
    known = mixing.keys(rows, None, CONTRACT)
    for wanted in ("all", "year"):
        with pytest.raises(CourtsideError, match="already learned from all 40"):
            mixing.refuse(mixing.pool([batch(rows)], known, CONTRACT, wanted))
    with pytest.raises(CourtsideError, match="one class only"):
        mixing.refuse(mixing.pool([batch(rows.assign(y=1))], NONE, CONTRACT))
    mixing.refuse(mixing.pool([batch(rows)], NONE, CONTRACT))


@pytest.mark.parametrize("wrong", [{"rows": "newest"}, {"weight": -1.0}, {"held_out": 0.95}, {"held_out": 0.0}])
def test_a_mix_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(CourtsideError, match="can't mix"):
        Mix(**wrong)


# How much it counts, and what is held out


@pytest.fixture
def base() -> splitting.PreparedSplit:
    return splitting.split(table(2_000, 4), CONTRACT)


@pytest.mark.parametrize(("weight", "share"), [(1.0, 700 / 2300), (mixing.EQUAL, 0.5), (3.0, 2100 / 3700)])
def test_production_rows_count_as_asked_and_the_weights_average_one(base, weight, share):
    found = mixing.pool([batch(table(1_400, 5))], NONE, CONTRACT)
    made = mixing.extend(base, np.ones(1_600), found, Mix(weight=weight), CONTRACT, seed=1)
    assert made.weights.mean() == pytest.approx(1)
    assert made.weights[1_600:].sum() / made.weights.sum() == pytest.approx(share)
    assert made.judged.tolist() == [False] * 1_600 + [True] * 700


def test_held_out_rows_are_in_no_training_part_and_the_old_test_rows_stay_first(base):
    found = mixing.pool([batch(table(1_001, 6, shift=5), range(1_001))], NONE, CONTRACT)
    mix = Mix(held_out=0.3)
    made = mixing.extend(base, np.ones(1_600), found, mix, CONTRACT, seed=1)
    parts = {part: set(rows["id"]) for part, rows in made.keys.groupby("part")}
    assert not parts["train"] & parts["held out"]
    assert parts["train"] | parts["held out"] == {f"{one}" for one in range(1_001)}
    assert (
        (len(made.halves.train), len(made.halves.held_out))
        == (len(parts["train"]), len(parts["held out"]))
        == (700, 301)
    )
    pd.testing.assert_frame_equal(made.split.test.head(400), base.test)
    pd.testing.assert_frame_equal(made.split.train.head(1_600), base.train)
    by_id = found.rows.set_index(found.keys["id"])
    held_out = made.keys[made.keys["part"] == "held out"]["id"]
    np.testing.assert_array_equal(made.split.test["x"][400:], by_id.loc[held_out, "x"])
    assert mixing.extend(base, np.ones(1_600), found, mix, CONTRACT, seed=1).split.fingerprint == (
        made.split.fingerprint
    )


def test_too_few_production_rows_judge_nothing(base):
    found = mixing.pool([batch(table(900, 7))], NONE, CONTRACT)
    assert mixing.extend(base, np.ones(1_600), found, Mix(), CONTRACT, seed=1).judged.all()


def test_weights_reach_the_folds_and_the_final_fit_and_the_judged_rows_choose(base):
    found = mixing.pool([batch(table(1_400, 8, shift=3))], NONE, CONTRACT)
    made = mixing.extend(base, np.ones(1_600), found, Mix(weight=mixing.EQUAL), CONTRACT, seed=1)
    told = Emphasis(made.weights, made.judged)
    model, failed = training.train(
        made.split, CONTRACT, training.Search(["lr", "knn"], folds=3, iterations=1), jobs=1, emphasis=told
    )
    assert isinstance(failed, training.Failure)
    assert "can't count differently" in str(failed.reason)
    rows, target = model_input(made.split.train, CONTRACT), made.split.train["y"].to_numpy()
    own = clone(model.pipeline).fit(rows, target, model__sample_weight=made.weights)
    np.testing.assert_allclose(model.pipeline.predict_proba(rows), own.predict_proba(rows), atol=1e-6)
    fold = model.fold == 0
    part = clone(model.pipeline).fit(rows[~fold], target[~fold], model__sample_weight=made.weights[~fold])
    np.testing.assert_allclose(model.out_of_fold[fold], part.predict_proba(rows[fold])[:, 1], atol=1e-6)


def test_checked_rows_are_known_whatever_the_types_of_their_columns():
    contract = workflows.project_contract("kobe")
    raw = tables.read_table(sources.kobe(settings.load(), "prod")).dropna(subset="shot_made_flag").head(50)
    known = checking.check(raw, contract, labelled=True).rows
    again = checking.check(raw, contract, labelled=False).rows
    np.testing.assert_array_equal(identity.features(again, contract), identity.features(known, contract))
