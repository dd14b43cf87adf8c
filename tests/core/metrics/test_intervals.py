"""Intervals against theory and simulation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics as oracle

from core.metrics import intervals as module
from core.metrics.cells import ECE_BINS
from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval, interval, intervals, paired_difference
from core.metrics.registry import METRICS
from core.text.errors import CourtsideError
from tests.predictions import labelled


@pytest.mark.parametrize("only", [0, 1])
def test_what_has_no_value_has_no_interval(only):
    assert interval(np.full(4, only), np.full(4, 0.25), "roc_auc", 0) is None
    assert interval(np.full(4, only), np.full(4, 0.25), "skill", 0) is None


def test_an_interval_of_no_row_at_all_is_an_error_the_user_can_read():
    with pytest.raises(CourtsideError, match="no labelled row"):
        interval(np.array([]), np.array([]), "skill", 0)


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

    def shifted(seed: int) -> Interval | None:
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
    chunks = module.chunks
    monkeypatch.setattr(module, "chunks", lambda some, cells: drawn.append(cells) or chunks(some, cells))
    interval(*labelled(300_000), "roc_auc", 0, resamples=50)
    assert len(drawn) == 1
    assert drawn[0] <= 2 * (module.BINS + ECE_BINS + 1)
    assert max(chunks(1_000, 2 * module.EXACT_ROWS)) * 2 * module.EXACT_ROWS <= module.CELLS_AT_ONCE
    assert sum(chunks(1_000, 2 * module.EXACT_ROWS)) == 1_000


def test_every_metric_has_an_interval():
    found = intervals(*labelled(500))
    assert list(found) == list(METRICS)
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
