"""Metrics against scikit-learn, intervals against theory and simulation."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics import evaluation
from core.metrics.evaluation import METRICS, Interval, interval, intervals, metrics, paired_difference
from core.text.errors import CourtsideError
from tests.predictions import labelled


def error_of_ten_bins(target: np.ndarray, probability: np.ndarray) -> float:
    """The expected calibration error by its definition, over bins by deciles of the probability."""
    bins = pd.cut(probability, np.unique([-1, *np.quantile(probability, np.linspace(0.1, 0.9, 9)), 2]))
    rows = pd.DataFrame({"gap": target - probability}).groupby(bins, observed=True)["gap"]
    return float((rows.mean().abs() * rows.size()).sum() / len(target))


@pytest.mark.parametrize("digits", [9, 2], ids=["distinct probabilities", "tied probabilities"])
def test_metrics_agree_with_scikit_learn(digits):
    target, probability = labelled(3_000, digits=digits)
    predicted = probability >= 0.45
    found = metrics(target, probability, threshold=0.45)
    constant = np.full(len(target), target.mean())
    assert found == pytest.approx(
        {
            "log_loss": oracle.log_loss(target, probability),
            "f1": oracle.f1_score(target, predicted),
            "roc_auc": oracle.roc_auc_score(target, probability),
            "average_precision": oracle.average_precision_score(target, probability),
            "ece": error_of_ten_bins(target, probability),
            "accuracy": oracle.accuracy_score(target, predicted),
            "precision": oracle.precision_score(target, predicted),
            "recall": oracle.recall_score(target, predicted),
            "brier": oracle.brier_score_loss(target, probability),
            "skill": 1 - oracle.log_loss(target, probability) / oracle.log_loss(target, constant),
            "target_rate": target.mean(),
        },
        abs=1e-12,
    )


def test_certain_and_wrong_costs_what_scikit_learn_says():
    target, probability = np.array([1, 0, 1]), np.array([0.0, 1.0, 1.0])
    assert metrics(target, probability)["log_loss"] == pytest.approx(oracle.log_loss(target, probability))


def test_bool_targets_are_as_good_as_numbers():
    target, probability = labelled(100)
    assert metrics(target.astype(bool), probability) == metrics(target.astype(float), probability)


def test_always_saying_the_rate_of_the_rows_has_no_skill_and_ranks_nothing():
    target, _ = labelled(500)
    found = metrics(target, np.full(500, target.mean()))
    assert found["skill"] == pytest.approx(0, abs=1e-12)
    assert found["roc_auc"] == 0.5


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_has_no_auc_and_no_skill_but_the_other_figures(only):
    found = metrics(np.full(4, only), np.full(4, 0.25))
    assert found["roc_auc"] is None
    assert found["skill"] is None
    assert found["precision"] == found["recall"] == found["f1"] == 0.0
    assert found["brier"] == pytest.approx((only - 0.25) ** 2)
    json.dumps(found, allow_nan=False)
    assert interval(np.full(4, only), np.full(4, 0.25), "roc_auc", 0) is None
    assert interval(np.full(4, only), np.full(4, 0.25), "skill", 0) is None


def test_no_row_at_all_is_an_error_the_user_can_read():
    for ask in (metrics, lambda *both: interval(*both, "skill", 0)):
        with pytest.raises(CourtsideError, match="no labelled row"):
            ask(np.array([]), np.array([]))


@pytest.mark.parametrize(("target", "probability"), [([0, 2], [0.1, 0.2]), ([0, 1], [0.1, np.nan]), ([0, 1], [0.1])])
def test_what_is_not_a_target_with_a_probability_is_refused(target, probability):
    with pytest.raises(ValueError, match="0/1"):
        metrics(np.array(target), np.array(probability))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_auc_is_the_share_of_pairs_in_order(rows):
    target, probability = np.array([row[0] for row in rows]), np.array([row[1] / 20 for row in rows])
    pairs = np.sign(probability[target][:, None] - probability[~target][None, :])
    expected = None if not pairs.size else float((pairs.mean() + 1) / 2)
    assert metrics(target, probability)["roc_auc"] == pytest.approx(expected)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    target, probability = labelled(400)
    assert interval(target, probability, "skill", 1) == interval(target, probability, "skill", 1)
    assert interval(target, probability, "skill", 1) != interval(target, probability, "skill", 2)


def test_the_order_of_the_rows_does_not_matter():
    target, probability = labelled(400)
    shuffled = np.random.default_rng(3).permutation(400)
    assert interval(target, probability, "roc_auc", 1) == interval(
        target[shuffled], probability[shuffled], "roc_auc", 1
    )


def test_metrics_that_share_resamples_get_the_intervals_they_would_get_alone():
    target, probability = labelled(400)
    together = intervals(target, probability, ("skill", "roc_auc"), 5)
    assert together == {name: interval(target, probability, name, 5) for name in ("skill", "roc_auc")}


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
@pytest.mark.parametrize("rows", [2_000, 60_000])
def test_the_interval_of_a_mean_is_that_of_the_central_limit_theorem(metric, rows):
    target, probability = labelled(rows)
    hit = np.where(target == 1, probability, 1 - probability)
    losses = -np.log(hit) if metric == "log_loss" else (1 - hit) ** 2
    found = interval(target, probability, metric, 0, resamples=2_000)
    half = 1.96 * losses.std() / np.sqrt(rows)
    assert found.value == pytest.approx(losses.mean())
    assert found.low == pytest.approx(losses.mean() - half, abs=0.15 * half)
    assert found.high == pytest.approx(losses.mean() + half, abs=0.15 * half)


@pytest.mark.parametrize("rows", [2_000, 60_000])
def test_the_interval_of_an_auc_is_as_wide_as_delong_says(rows):
    target, probability = labelled(rows)
    positive, negative = (np.sort(probability[target == value]) for value in (1, 0))
    beaten = np.searchsorted(negative, positive) / len(negative)
    beating = 1 - np.searchsorted(positive, negative) / len(positive)
    half = 1.96 * np.sqrt(beaten.var() / len(positive) + beating.var() / len(negative))
    found = interval(target, probability, "roc_auc", 0, resamples=2_000)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    assert found.low < found.value < found.high


def test_95_percent_intervals_of_skill_hold_the_truth_about_95_times_in_100_and_miss_on_both_sides():
    truth = metrics(*labelled(1_000_000, seed=99))["skill"]
    found = [interval(*labelled(300, seed), "skill", seed, resamples=300) for seed in range(300)]
    above, below = (np.mean(side) for side in zip(*((i.low > truth, i.high < truth) for i in found), strict=True))
    assert above + below <= 0.08
    assert above <= 0.05
    assert below <= 0.05


@pytest.mark.parametrize("metric", ["average_precision", "f1", "precision", "recall", "accuracy", "brier", "roc_auc"])
def test_95_percent_intervals_of_the_other_metrics_hold_the_truth_too(metric):
    truth = metrics(*labelled(1_000_000, seed=99), 0.45)[metric]
    found = [interval(*labelled(300, seed), metric, seed, resamples=300, threshold=0.45) for seed in range(200)]
    assert np.mean([i.low > truth or i.high < truth for i in found]) <= 0.09


def test_the_interval_of_a_calibration_error_reaches_zero_for_a_calibrated_model_and_not_for_another():
    true = [interval(*labelled(2_000, seed), "ece", seed, resamples=200) for seed in range(60)]
    assert np.mean([found.low == 0 for found in true]) >= 0.95

    def shifted(seed: int) -> Interval:
        target, probability = labelled(2_000, seed)
        return interval(target, probability + 0.1, "ece", seed, resamples=200)

    wrong = [shifted(seed) for seed in range(60)]
    assert np.mean([found.low <= 0.1 <= found.high for found in wrong]) >= 0.9
    assert all(found.low > 0.02 for found in wrong)


def test_a_threshold_counts_as_it_does_row_by_row_in_many_rows_too():
    target, probability = labelled(60_000)
    for name in ("precision", "recall", "f1", "accuracy"):
        found = interval(target, probability, name, 0, resamples=200, threshold=0.37)
        predicted = probability >= 0.37
        assert found.value == getattr(oracle, f"{name}_score")(target, predicted)
        assert found.low < found.value < found.high


def test_a_higher_level_is_a_wider_interval():
    target, probability = labelled(500)
    wide, narrow = (interval(target, probability, "skill", 0, level=level) for level in (0.99, 0.5))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_many_rows_need_no_more_memory_than_few(monkeypatch):
    drawn = []
    chunks = evaluation._chunks
    monkeypatch.setattr(evaluation, "_chunks", lambda some, cells: drawn.append(cells) or chunks(some, cells))
    interval(*labelled(300_000), "roc_auc", 0, resamples=50)
    assert len(drawn) == 1
    assert drawn[0] <= 2 * (evaluation.BINS + evaluation.ECE_BINS + 1)
    assert max(chunks(1_000, 2 * evaluation.EXACT_ROWS)) * 2 * evaluation.EXACT_ROWS <= evaluation.CELLS_AT_ONCE
    assert sum(chunks(1_000, 2 * evaluation.EXACT_ROWS)) == 1_000


def test_the_figures_of_many_rows_take_the_memory_of_a_few_columns():
    random, rows = np.random.default_rng(0), 200_000
    probability = random.random(rows)
    target = random.random(rows) < probability
    tracemalloc.start()
    metrics(target, probability)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 16 * 8 * rows


def test_every_metric_has_an_interval():
    found = intervals(*labelled(500))
    assert tuple(found) == METRICS
    assert all(one.low <= one.value <= one.high for one in found.values())


def test_an_interval_survives_json():
    found = interval(*labelled(200), "skill", 0)
    assert Interval.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_a_model_is_no_better_than_itself():
    target, probability = labelled(500)
    assert paired_difference(target, probability, probability, 0) == Interval(0.0, 0.0, 0.0)


@pytest.mark.parametrize("rows", [2_000, 60_000])
def test_a_slightly_better_model_is_told_apart_on_the_same_rows(rows):
    target, probability = labelled(rows)
    flatter = 0.45 + 0.6 * (probability - 0.45)
    found = paired_difference(target, flatter, probability, 0)
    assert found.value == pytest.approx(oracle.log_loss(target, flatter) - oracle.log_loss(target, probability))
    assert 0 < found.low < found.value < found.high
    own = interval(target, probability, "log_loss", 0)
    assert found.high - found.low < own.high - own.low


def test_two_equally_noisy_models_are_not_told_apart():
    target, probability = labelled(2_000)
    noise = np.random.default_rng(1).normal(0, 0.05, (2, 2_000))
    found = paired_difference(target, probability + noise[0], probability + noise[1], 0)
    assert found.low < 0 < found.high
