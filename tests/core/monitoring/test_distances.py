"""Distances between two profiles, each with an interval that holds the true one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.metrics.intervals import REACH
from core.monitoring import distances
from core.monitoring.profiles import count, profile
from tests.features import NUMBER


@pytest.mark.parametrize(("shift", "stretch"), [(0.2, 1), (0.5, 1), (0.3, 1.4), (3, 1)])
def test_the_interval_of_a_wasserstein_distance_holds_the_true_one(shift, stretch):
    rng, places = np.random.default_rng(1), stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    truth = stats.wasserstein_distance(places, places * stretch + shift)
    held = 0
    for _ in range(200):
        reference = profile(rng.normal(size=4_000), NUMBER)
        found = distances.wasserstein(reference, count(rng.normal(shift, stretch, 1_000), reference))
        held += abs(found.beyond - truth) <= REACH * found.error
    assert 0.9 <= held / 200 <= 0.99


@pytest.mark.parametrize("after", [(0.4, 0.35, 0.25), (0.6, 0.3, 0.1)])
def test_the_intervals_of_category_distances_hold_the_true_ones(after):
    rng, before, after = np.random.default_rng(1), np.array([0.5, 0.3, 0.2]), np.array(after)
    truth = {
        distances.total_variation: np.abs(after - before).sum() / 2,
        distances.stability: np.sum((after - before) * np.log(after / before)),
    }
    held = dict.fromkeys(truth, 0)
    for _ in range(400):
        sides = rng.multinomial(4_000, before), rng.multinomial(1_000, after)
        for distance, true in truth.items():
            found = distance(*sides)
            held[distance] += abs(found.beyond - true) <= REACH * found.error
    assert all(0.9 <= number / 400 <= 0.99 for number in held.values())
