"""Challenger against champion: figures as in scikit-learn, intervals that cover, leaks found, a guard that says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score

from core.data import identity
from core.data.contract import Contract, Feature
from core.metrics import challenge, clusters, evaluation, intervals
from core.metrics.challenge import Column, Comparison
from core.metrics.intervals import FEWEST_LABELS, Interval, Model
from core.metrics.registry import listed

CONTRACT = Contract(
    "loans", "Loans", "late", "1", (Feature("income", "number"), Feature("house", "category")), source=""
)


COMPARED = [metric.key for metric in listed("comparison")]


def rows(count: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows and the true probability of each."""
    rng = np.random.default_rng(seed)
    income = rng.normal(size=count)
    truth = 1 / (1 + np.exp(-1.5 * income))
    house = rng.choice(["own", "rent"], count)
    return pd.DataFrame({"income": income, "house": house, "late": (rng.random(count) < truth).astype(int)}), truth


def compared(frame, old, new, **settings) -> Column | None:
    return challenge.column(frame, CONTRACT, Model(old, 0.5), Model(new, 0.4), seed=1, **settings)


def test_both_columns_hold_the_figures_of_scikit_learn_each_at_its_own_threshold():
    frame, truth = rows(2_000, 1)
    old, target = np.clip(truth + np.random.default_rng(1).normal(0, 0.2, 2_000), 0.01, 0.99), frame["late"]
    found = compared(frame, old, truth)
    for side, probability, threshold in ((found.champion, old, 0.5), (found.challenger, truth, 0.4)):
        assert side["log_loss"] == pytest.approx(log_loss(target, probability))
        assert side["brier"] == pytest.approx(brier_score_loss(target, probability))
        assert side["roc_auc"] == pytest.approx(roc_auc_score(target, probability))
        assert side["f1"] == pytest.approx(f1_score(target, probability >= threshold))
    for name, bounds in found.differences.items():
        assert bounds.value == pytest.approx(found.challenger[name] - found.champion[name])
        assert bounds.low < bounds.value < bounds.high


def test_a_paired_interval_is_far_narrower_than_that_of_either_model():
    frame, truth = rows(2_000, 2)
    near = np.clip(truth + 0.01, 0.01, 0.99)
    found = compared(frame, truth, near)
    alone = intervals.intervals(frame["late"].to_numpy(), near, ("log_loss", "roc_auc"), seed=1)
    for name, own in alone.items():
        paired = found.differences[name]
        assert paired.high - paired.low < (own.high - own.low) / 4


def test_intervals_of_differences_cover_the_truth_as_often_as_they_say():
    frame, truth = rows(400_000, 3)
    old = np.clip(truth * 0.7 + 0.15, 0.01, 0.99)
    target = frame["late"].to_numpy()
    whole = {name: evaluation.metrics(target, truth)[name] - evaluation.metrics(target, old)[name] for name in COMPARED}
    covered = dict.fromkeys(COMPARED, 0)
    for part in range(200):
        some = slice(part * 500, part * 500 + 500)
        found = intervals.paired_differences(
            target[some],
            intervals.Model(truth[some], 0.5),
            intervals.Model(old[some], 0.5),
            COMPARED,
            seed=part,
            resamples=300,
        )
        for name, bounds in found.items():
            covered[name] += bounds.low <= whole[name] <= bounds.high
    assert all(count >= 180 for count in covered.values()), covered


def test_more_rows_than_are_resampled_keep_their_exact_values():
    frame, truth = rows(50_000, 4)
    target = frame["late"].to_numpy()
    old = truth * 0.5 + 0.25
    models = intervals.Model(truth, 0.5), intervals.Model(old, 0.5)
    found = intervals.paired_differences(target, *models, ("brier",), seed=1, resamples=100)["brier"]
    assert found.value == pytest.approx(brier_score_loss(target, truth) - brier_score_loss(target, old))
    assert found.low < found.value < found.high


def test_the_slice_where_the_two_disagree_comes_first_and_says_who_is_right():
    frame, truth = rows(4_000, 5)
    rent = (frame["house"] == "rent").to_numpy()
    found = compared(frame, np.where(rent, 0.5, truth), truth)
    first = found.slices[0]
    assert (first.feature, first.category, first.rows) == ("house", "rent", rent.sum())
    assert first.difference.high < 0
    assert "own" not in [item.category for item in found.slices]
    assert first.observed == pytest.approx(frame["late"][rent].mean())


def test_two_that_say_the_same_differ_nowhere():
    frame, truth = rows(1_000, 6)
    found = challenge.column(frame, CONTRACT, Model(truth, 0.5), Model(truth, 0.5), seed=1)
    assert all((item.value, item.low, item.high) == (0, 0, 0) for item in found.differences.values())
    assert not challenge.guard(Comparison(found, found)).ok


@pytest.mark.parametrize("count", [0, FEWEST_LABELS - 1])
def test_too_few_rows_are_no_column(count):
    frame, truth = rows(count, 7)
    assert compared(frame, truth, truth) is None


def test_rows_of_one_outcome_are_no_column():
    frame, truth = rows(500, 7)
    assert compared(frame.assign(late=1), truth, truth) is None


def known(frame, **more) -> pd.DataFrame:
    return identity.identities(len(frame), **more).assign(features=identity.features(frame, CONTRACT))


def test_rows_that_either_was_trained_on_are_found_and_others_are_not():
    frame, _ = rows(300, 8)
    found = challenge.trained_on(known(frame), known(frame.iloc[:10]), known(frame.iloc[290:]))
    assert found.found.nonzero()[0].tolist() == [*range(10), *range(290, 300)]
    other, _ = rows(300, 9)
    assert not challenge.trained_on(known(frame), known(other)).found.any()


def test_of_a_table_a_test_row_was_learned_only_where_the_other_has_more_copies_than_the_champion():
    test, own = np.array([1, 1, 2, 3], "uint64"), np.array([1, 4], "uint64")
    assert not challenge.trained_on_more(test, own, own, 1).any()
    found = challenge.trained_on_more(test, own, np.append(own, test[[0, 2]]), 1)
    assert found[:2].sum() == 1
    assert found[2:].tolist() == [True, False]
    assert challenge.trained_on_more(test, own, np.append(own, test[:2]), 1)[:2].all()


LEVELS = 12
ADDED = np.random.default_rng(0).normal(0, 1.0, (LEVELS,) * 3)
COARSE = Contract("t", "T", "y", "1", tuple(Feature(f"x{place}", "integer") for place in range(3)))


def coarse(count: int, rng) -> pd.DataFrame:
    """Rows of 1,728 kinds, each kind with a rate of its own."""
    x = rng.integers(0, LEVELS, (count, 3))
    chance = rate(*x.T)
    return pd.DataFrame(x, columns=COARSE.feature_names).assign(y=(rng.random(count) < chance).astype(int))


def rate(a, b, c) -> np.ndarray:
    return 1 / (1 + np.exp(-(0.25 * (a - LEVELS / 2) + 0.15 * (b - LEVELS / 2) + ADDED[a, b, c])))


def smoothed(train: pd.DataFrame) -> np.ndarray:
    """A probability for each kind of row, from the training rows of that kind."""
    seen, made = np.zeros((2, *ADDED.shape))
    place = tuple(train[COARSE.feature_names].to_numpy().T)
    np.add.at(seen, place, 1)
    np.add.at(made, place, train["y"])
    return (made + 4 * train["y"].mean()) / (seen + 4)


@pytest.mark.parametrize("ids", [False, True])
def test_among_look_alikes_the_interval_of_the_difference_covers_the_truth(ids):
    truth, held, draws = rate(*np.indices(ADDED.shape)), 0, 60
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        base, more, production = coarse(4_000, rng), coarse(2_000, rng), coarse(2_000, rng)
        tables = [smoothed(base), smoothed(pd.concat([base, more]))]
        named = [
            identity.identities(len(part), ids=pd.Series(np.arange(len(part)) + start) if ids else None).assign(
                features=identity.features(part, COARSE)
            )
            for part, start in ((production, 0), (base, 10_000), (more, 20_000))
        ]
        met = challenge.trained_on(*named)
        assert not met.found.any()
        assert met.unclear.any() != ids
        place = tuple(production[COARSE.feature_names].to_numpy().T)
        found = intervals.paired_difference(
            production["y"].to_numpy(), tables[1][place], tables[0][place], 1, resamples=400
        )
        losses = [-(truth * np.log(one) + (1 - truth) * np.log(1 - one)).mean() for one in tables]
        held += found.low <= losses[1] - losses[0] <= found.high
    assert held / draws > 0.86  # 95 % less three standard errors


BETTER, WORSE = Interval(-0.02, -0.03, -0.01), Interval(0.02, 0.01, 0.03)
SAME, OPEN = Interval(0.0, -0.004, 0.004), Interval(0.0, -0.01, 0.01)


def bare(difference: Interval | None) -> Column | None:
    return Column(500, 0, {"target_rate": 0.5}, {}, {"log_loss": difference}) if difference else None


@pytest.mark.parametrize(
    ("test", "production", "ok"),
    [
        (BETTER, SAME, True),
        (SAME, BETTER, True),
        (BETTER, BETTER, True),
        (BETTER, None, True),
        (BETTER, OPEN, False),
        (OPEN, BETTER, False),
        (SAME, SAME, False),
        (BETTER, WORSE, False),
        (WORSE, BETTER, False),
        (SAME, None, False),
        (None, None, False),
    ],
)
def test_the_guard_wants_one_column_better_and_a_loss_ruled_out_in_the_other(test, production, ok):
    found = Comparison(bare(test), bare(production)).guard
    assert found.ok is ok
    said = " ".join(map(str, found.sentences))
    assert ("would cost 0.0200" in said) == (WORSE in (test, production))
    assert ("a loss is not ruled out" in said) == (OPEN in (test, production))
    assert ("could not be compared" in said) == (None in (test, production))


def test_labelled_production_rows_that_are_too_few_to_be_compared_rule_out_no_loss():
    assert not Comparison(bare(BETTER), None, labelled=60).guard.ok
    assert Comparison(bare(BETTER), None, labelled=0).guard.ok


def test_the_margin_is_one_point_of_skill_at_any_rate_of_positives():
    for rate, margin in ((0.5, 0.00693), (0.02, 0.00098)):
        found = Column(500, 0, {"target_rate": rate}, {}, {"log_loss": SAME})
        assert found.margin == pytest.approx(margin, rel=0.01)
    assert Column(500, 0, {}, {}, {"log_loss": SAME}).margin == pytest.approx(0.00693, rel=0.01)


def test_two_models_are_not_compared_on_nine_positives_and_are_on_ten():
    frame, truth = rows(500, 12)
    for positives in (9, 10):
        late = (np.arange(500) < positives).astype(int)
        assert (compared(frame.assign(late=late), truth, truth) is not None) == (positives == 10)


@pytest.mark.parametrize(("rate", "count"), [(0.5, 200), (0.02, 1_600)])
def test_a_model_that_loses_more_in_production_than_the_margin_rarely_passes(rate, count):
    """The challenger is steeper: better on the old rows, worse where outcomes follow the feature less."""
    offset, passed, draws = np.log(rate / (1 - rate)), 0, 60
    for seed in range(draws):
        rng = np.random.default_rng([seed, count])
        x = rng.normal(size=count)
        target = (rng.random(count) < 1 / (1 + np.exp(-offset - 0.3 * x))).astype(int)
        if not 10 <= target.sum() <= count - 10:
            continue
        old, new = (1 / (1 + np.exp(-offset - slope * x)) for slope in (0.5, 1.0))
        found = replace(bare(SAME), champion={"target_rate": target.mean()},
                        differences={"log_loss": clusters.paired_difference(target, new, old, None, 1)})  # fmt: skip
        passed += Comparison(bare(BETTER), found).guard.ok
    assert passed / draws < 0.12  # 5 % and two standard errors


def test_a_comparison_comes_back_from_its_json_and_so_does_one_of_an_earlier_release():
    frame, truth = rows(1_000, 10)
    found = Comparison(replace(compared(frame, truth * 0.8, truth), left_out=7), None, labelled=20)
    assert Comparison.from_dict(found.as_dict()) == found
    column = {"rows": 5, "champion": {}, "challenger": {}, "difference": {"value": 0.0, "low": -1.0, "high": 1.0}}
    assert Comparison.from_dict({"test": column, "production": column}).test.difference == Interval(0.0, -1.0, 1.0)
