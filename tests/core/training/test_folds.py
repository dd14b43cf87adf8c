"""Folds follow the split: whole groups, forward in time, identical rows together, else as before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedKFold

from core.data import split as splitting
from core.data.contract import Contract, Feature
from core.metrics.cells import row_losses
from core.text.errors import CourtsideError
from core.training import training
from core.training.algorithms import LIGHTGBM
from core.training.folds import Units, fit, units
from core.training.learning_curve import learning_curve

CONTRACT = Contract(
    "t", "T", "y", "1", tuple(Feature(name, "number") for name in ("age", "size", "x")), time="when", group="g"
)
FEATURES = CONTRACT.feature_names


def customers(count: int, each: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of customers whose luck no feature tells, and whose row it is."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(count), each)
    age, size, luck = rng.normal(size=(3, count)) * [[1], [1], [1.6]]
    x = rng.normal(size=len(who))
    chance = 1 / (1 + np.exp(-(0.8 * x + 0.5 * age[who] + luck[who])))
    rows = pd.DataFrame({"age": age[who], "size": size[who], "x": x, "y": (rng.random(len(who)) < chance).astype(int)})
    return rows, who.astype("uint64")


def parted(strategy: str, count: int = 150, each: int = 20, seed: int = 0) -> splitting.PreparedSplit:
    rows, who = customers(count, each, seed)
    return splitting.split(rows, CONTRACT, strategy=strategy, group=who, time=np.arange(float(len(rows))), seed=seed)


def folds(split: splitting.PreparedSplit, count: int = 10) -> list:
    found, said = units(split, CONTRACT)
    assert said is None
    return found.folds(split.train["y"].to_numpy(), count, 10)


@pytest.mark.parametrize("each", [1, 2, 20])
def test_a_group_is_held_out_whole_and_every_row_once(each):
    split = parted("group", 3_000 // each, each)
    found, who = folds(split), split.train_identity["group"].to_numpy()
    assert len(found) == 10
    assert not any(set(who[learn]) & set(who[left_out]) for learn, left_out in found)
    assert np.sort(np.concatenate([left_out for _, left_out in found])).tolist() == list(range(len(split.train)))
    rates = [split.train["y"].to_numpy()[left_out].mean() for _, left_out in found]
    assert np.ptp(rates) < 0.05
    assert np.ptp([len(left_out) for _, left_out in found]) <= 3 * each


def test_identical_rows_are_held_out_together():
    rows, _ = customers(100, 20, 1)
    rows = rows.assign(x=1.0)
    split = splitting.split(rows, CONTRACT, strategy="together")
    kind = splitting.vectors(split.train, CONTRACT)
    assert not any(set(kind[learn]) & set(kind[left_out]) for learn, left_out in folds(split))


def test_folds_forward_in_time_learn_from_the_past_alone_and_from_half_of_the_rows_at_least():
    split = parted("time")
    time, found = split.train_identity["time"].to_numpy(), folds(split, 5)
    assert len(found) == 5
    for learn, left_out in found:
        assert time[learn].max() < time[left_out].min()
        assert len(learn) >= len(time) / 2
    held_out = np.concatenate([left_out for _, left_out in found])
    assert len(np.unique(held_out)) == len(held_out) == len(time) / 2


def test_rows_of_one_moment_stay_together_and_rows_without_a_time_are_only_learned_from():
    time = np.repeat([np.nan, 1.0, 2.0, 3.0, 4.0], 20)
    found = Units("time", time).folds(np.tile([0, 1], 50), 10, 1)
    assert [set(time[left_out]) for _, left_out in found] == [{3.0}, {4.0}]
    assert all(set(range(20)) <= set(learn) for learn, _ in found)


def test_the_folds_of_a_stratified_split_are_those_of_before():
    split = parted("stratified")
    rows, target = split.train[FEATURES], split.train["y"].to_numpy()
    before = StratifiedKFold(10, shuffle=True, random_state=10).split(rows, target)
    for (learn, left_out), (learned, out) in zip(folds(split), before, strict=True):
        np.testing.assert_array_equal(learn, learned)
        np.testing.assert_array_equal(left_out, out)


def test_a_split_that_no_longer_knows_its_groups_has_random_folds_and_says_so():
    for strategy, what in (("group", "groups"), ("time", "times")):
        split = parted(strategy)
        found, said = units(splitting.replace(split, train_identity=None), CONTRACT)
        assert not found.kind
        assert f"{what} of the training rows are unknown" in str(said)


def test_groups_that_are_each_of_one_outcome_make_fewer_folds_and_two_such_groups_none():
    target = np.repeat([1, 1, 0, 0, 0, 0], 10)
    groups = np.repeat(np.arange(6), 10)
    found = Units("group", groups).folds(target, 10, 1)
    assert len(found) == 2
    assert all(set(target[part]) == {0, 1} for pair in found for part in pair)
    with pytest.raises(CourtsideError, match="both outcomes"):
        Units("group", groups[:30] // 2).folds(target[:30], 10, 1)


def test_what_knows_groups_by_heart_loses_on_held_out_groups_what_it_loses_on_the_test_split():
    split = parted("group")
    target = split.train["y"].to_numpy()
    models = {"lr": LogisticRegression(), "lightgbm": LGBMClassifier(**LIGHTGBM, verbosity=-1, n_jobs=1)}
    lost = {}
    for name, model in models.items():
        out = np.full(len(target), np.nan)
        for learn, left_out in folds(split, 5):
            model.fit(split.train[FEATURES].iloc[learn], target[learn])
            out[left_out] = model.predict_proba(split.train[FEATURES].iloc[left_out])[:, 1]
        lost[name] = row_losses(target, out).mean()
    assert lost["lr"] < lost["lightgbm"]  # at random the order is the other way round, by 0.1


def test_a_training_holds_out_by_its_splits_kind_and_keeps_the_rows_that_were_held_out():
    for strategy in ("group", "time"):
        split = parted(strategy, 40, 20)
        (made,) = training.train(split, CONTRACT, training.Search(("svm",), folds=4), jobs=1)
        known = made.fold != training.NO_FOLD
        assert np.isnan(made.out_of_fold).tolist() == (~known).tolist()
        assert known.all() == (strategy == "group")
        who = split.train_identity["group"].to_numpy()
        if strategy == "group":
            assert pd.Series(made.fold).groupby(who).nunique().max() == 1
        # Row numbers are no part of a model.
        assert isinstance(made.pipeline[-1].cv, StratifiedKFold)


def test_a_calibration_inside_a_fit_holds_out_whole_groups():
    rows, who = customers(60, 10, 3)
    seen = []

    class Watched(RidgeClassifier):
        def fit(self, rows, target, **more):
            seen.append(set(rows["group"]))
            return super().fit(rows[FEATURES], target, **more)

        def decision_function(self, rows):
            assert len(seen) > 5 or not seen[-1] & set(rows["group"])
            return super().decision_function(rows[FEATURES])

    model = CalibratedClassifierCV(Watched(), method="sigmoid", cv=StratifiedKFold(5), ensemble=False)
    fit(model, rows[FEATURES].assign(group=who), rows["y"].to_numpy(), Units("group", who))
    assert len(seen) == 6


def test_a_learning_curve_of_groups_learns_from_whole_groups():
    rows, who = customers(100, 10, 4)
    found = learning_curve(LogisticRegression(), rows[FEATURES], rows["y"].to_numpy(), Units("group", who), seed=1)
    part = Units("group", who).share(rows["y"].to_numpy(), 0.3, 1)
    assert set(np.bincount(who[part].astype(int))) <= {0, 10}
    assert len(part) == 300
    assert set(part) <= set(Units("group", who).share(rows["y"].to_numpy(), 0.6, 1))
    assert found.unseen[0] > found.unseen[-1]
