"""How many labels would settle it, and which rows to label."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval, interval
from core.monitoring.estimation import calibrated
from core.monitoring.labelling import LabelPlan, labels_needed, stratified_sample
from tests.predictions import scored


def test_so_many_labels_confirm_a_loss_that_is_there_and_reject_one_that_is_not():
    target, probability = scored(100_000, 0)
    rng = np.random.default_rng(1)
    lost = np.where(rng.random(100_000) < 0.2, rng.random(100_000) < 0.5, target).astype(float)
    loss = metrics(target, probability)["skill"] - metrics(lost, probability)["skill"]
    reference = interval(target[:4_000], probability[:4_000], "skill", 0)
    plan = labels_needed(calibrated(target[:4_000], probability[:4_000]), probability, reference, loss)
    assert plan.enough
    verdicts = {
        name: settled((target, probability), labels, plan.needed, loss)
        for name, labels in {"there": lost, "not there": target}.items()
    }
    assert verdicts["there"][0] >= 0.65
    assert verdicts["there"][1] <= 0.08
    assert verdicts["not there"][0] <= 0.08
    assert verdicts["not there"][1] >= 0.65
    fewer = settled((target, probability), lost, plan.needed // 8, loss)
    assert fewer[0] < 0.4


def settled(world: tuple, labels: np.ndarray, rows: int, loss: float) -> tuple[float, float]:
    """How often a sample of `rows` says for certain that skill was lost, and that this loss was not."""
    target, probability = world
    rng, confirmed, rejected = np.random.default_rng(2), 0, 0
    for seed in range(100):
        some, known = rng.integers(0, len(target), rows), rng.integers(0, len(target), 4_000)
        before = interval(target[known], probability[known], "skill", seed, 200)
        now = interval(labels[some], probability[some], "skill", seed, 200)
        assert before is not None
        assert now is not None
        fell = before.value - now.value
        confirmed += fell > np.hypot(before.value - before.low, now.high - now.value)
        rejected += fell + np.hypot(before.high - before.value, now.value - now.low) < loss
    return confirmed / 100, rejected / 100


def test_a_smaller_loss_needs_more_labels_and_one_below_what_the_reference_knows_can_not_be_settled():
    target, probability = scored(4_000, 0)
    calibrator, reference = calibrated(target, probability), interval(target, probability, "skill", 0)
    small, large = (labels_needed(calibrator, probability, reference, loss).needed for loss in (0.05, 0.1))
    assert small > 4 * large
    assert labels_needed(calibrator, probability, reference, 0.01) == LabelPlan(None, 4_000)
    assert not labels_needed(calibrator, probability[:200], reference, 0.05).enough
    with pytest.raises(ValueError, match="above 0"):
        labels_needed(calibrator, probability, reference, 0.0)


def test_the_variance_of_a_label_is_that_of_measured_skill():
    target, probability = scored(200_000, 0)
    exact = Interval(0.15, 0.15, 0.15)
    needed = labels_needed(calibrated(target, probability), probability, exact, 0.05).needed
    measured = interval(target[:needed], probability[:needed], "skill", 0)
    # 2.8 standard errors make up the loss.
    assert (measured.high - measured.low) / 2 / 1.96 * 2.8 == pytest.approx(0.05, rel=0.15)


def test_a_stratified_sample_has_the_rows_asked_for_and_the_distribution_of_all():
    _, probability = scored(5_000, 0)
    probability[::50] = np.nan
    chosen = stratified_sample(probability, 200, seed=1)
    assert len(np.unique(chosen)) == 200
    assert np.array_equal(chosen, np.sort(chosen))
    assert not np.isnan(probability[chosen]).any()
    levels = np.arange(0.05, 1, 0.05)
    assert np.quantile(probability[chosen], levels) == pytest.approx(np.nanquantile(probability, levels), abs=0.02)
    assert np.array_equal(chosen, stratified_sample(probability, 200, seed=1))


@pytest.mark.parametrize("rows", [1, 7, 99, 100, 101, 1_000])
def test_a_sample_never_has_a_row_twice_and_takes_all_when_there_are_no_more(rows):
    chosen = stratified_sample(np.full(100, 0.5), rows, seed=0)
    assert len(np.unique(chosen)) == min(rows, 100)


def test_every_row_is_as_likely_to_be_sampled():
    probability = np.sort(np.random.default_rng(0).random(23))
    drawn = np.bincount(
        np.concatenate([stratified_sample(probability, 10, seed) for seed in range(4_000)]), minlength=23
    )
    assert drawn / 4_000 == pytest.approx(10 / 23, abs=0.06)
