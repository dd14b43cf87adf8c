"""Calibration curves: they undo what was done to probabilities, and say where they can not."""

from __future__ import annotations

import numpy as np
import pytest

from core.metrics.calibration import calibration_error, fit
from core.monitoring.estimation import CALIBRATION_SHUT
from tests.predictions import scored, zigzag


@pytest.mark.parametrize(("slope", "offset"), [(1, 0), (2, 0.5), (0.5, -0.5)])
def test_calibration_undoes_what_was_done_to_the_probabilities(slope, offset):
    target, probability = scored(20_000, 0, slope=slope, offset=offset)
    odds = np.linspace(-2, 2, 9)
    found = fit(target, probability).probability(1 / (1 + np.exp(-(slope * odds + offset))))
    assert found == pytest.approx(1 / (1 + np.exp(-odds)), abs=0.02)


def test_probabilities_of_nothing_but_zero_and_one_are_calibrated_to_their_rates():
    rng = np.random.default_rng(0)
    probability = (rng.random(4_000) < 0.5).astype(float)
    target = rng.random(4_000) < np.where(probability == 1, 0.6, 0.3)
    found = fit(target, probability).probability(np.array([0.0, 1.0]))
    rates = [target[probability == one].mean() for one in (0, 1)]
    assert found == pytest.approx(rates, abs=0.01)


def test_the_calibration_error_is_nil_where_a_curve_can_mend_it_and_seen_where_none_can():
    errors = [calibration_error(*scored(1_000, seed, slope=2, offset=1), seed) for seed in range(20)]
    assert np.mean(errors) < 0.02
    assert max(errors) < CALIBRATION_SHUT
    assert calibration_error(*zigzag(3_000), 0) > 0.2
