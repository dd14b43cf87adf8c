"""Challenger against champion: figures as in scikit-learn, intervals that cover, leaks found, a guard that says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score

from core.data.contract import Contract, Feature
from core.metrics import challenge, evaluation, intervals
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


def test_rows_that_either_was_trained_on_are_found_and_others_are_not():
    frame, _ = rows(300, 8)
    assert challenge.trained_on(frame, frame.iloc[:10], frame.iloc[290:]).nonzero()[0].tolist() == [
        *range(10),
        *range(290, 300),
    ]
    other, _ = rows(300, 9)
    assert not challenge.trained_on(frame, other).any()


def test_a_test_row_counts_as_leaked_only_where_the_other_has_more_copies_than_the_champion():
    test = pd.DataFrame({"income": [1.0, 1.0, 2.0, 3.0], "house": "own", "late": [1, 1, 0, 1]})
    own = pd.DataFrame({"income": [1.0, 4.0], "house": "own", "late": [1, 0]})
    assert not challenge.trained_on_more(test, own, own).any()
    leaked = pd.concat([own, test.iloc[[0, 2]]])
    assert challenge.trained_on_more(test, own, leaked).tolist() == [True, False, True, False]


BETTER, WORSE, SAME = Interval(-0.02, -0.03, -0.01), Interval(0.02, 0.01, 0.03), Interval(0.0, -0.01, 0.01)


def bare(difference: Interval | None) -> Column | None:
    return Column(500, 0, {}, {}, {"log_loss": difference}) if difference else None


@pytest.mark.parametrize(
    ("test", "production", "ok"),
    [
        (BETTER, SAME, True),
        (SAME, BETTER, True),
        (BETTER, BETTER, True),
        (BETTER, None, True),
        (SAME, SAME, False),
        (BETTER, WORSE, False),
        (WORSE, BETTER, False),
        (SAME, None, False),
        (None, None, False),
    ],
)
def test_the_guard_wants_one_column_better_and_none_worse(test, production, ok):
    found = Comparison(bare(test), bare(production)).guard
    assert found.ok is ok
    said = " ".join(map(str, found.sentences))
    assert ("would cost 0.0200" in said) == (WORSE in (test, production))
    assert ("could not be compared" in said) == (None in (test, production))


def test_a_comparison_comes_back_from_its_json_and_so_does_one_of_an_earlier_release():
    frame, truth = rows(1_000, 10)
    found = Comparison(compared(frame, truth * 0.8, truth, left_out=7), None)
    assert Comparison.from_dict(found.as_dict()) == found
    column = {"rows": 5, "champion": {}, "challenger": {}, "difference": {"value": 0.0, "low": -1.0, "high": 1.0}}
    assert Comparison.from_dict({"test": column, "production": column}).test.difference == Interval(0.0, -1.0, 1.0)
