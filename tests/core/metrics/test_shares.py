"""Intervals of shares hold from a handful of rows on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from core.metrics.intervals import intervals
from core.metrics.shares import SHARES, wilson
from tests.predictions import labelled


@pytest.mark.parametrize(("hits", "rows"), [(0, 1), (3, 3), (1, 40), (700, 1_000)])
def test_the_bounds_of_a_share_are_those_of_wilson(hits, rows):
    known = binomtest(hits, rows).proportion_ci(0.95, "wilson")
    assert wilson(hits, rows) == pytest.approx((known.low, known.high))


@pytest.mark.parametrize("rows", [10, 40, 1_000])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.5])
def test_an_interval_of_a_share_holds_the_truth_about_19_times_of_20(rows, share):
    chances = binom.pmf(np.arange(rows + 1), rows, share)
    held = [low <= share <= high for low, high in (wilson(hits, rows) for hits in range(rows + 1))]
    assert 0.9 <= chances @ np.array(held) <= 0.995


def test_three_right_of_three_is_no_certainty_and_none_of_none_is_no_figure():
    target, probability = np.array([1, 1, 1, 0, 0, 1]), np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.3])
    found = intervals(target, probability, SHARES, 1)
    assert found["precision"].value == found["precision"].high == 1
    assert found["precision"].low < 0.5
    nobody = intervals(target, probability / 2, SHARES, 1)
    assert nobody["precision"] is None
    assert nobody["recall"].value == 0
    assert nobody["recall"].high > 0.4


def test_every_share_lies_within_its_bounds_and_f1_between_precision_and_recall():
    found = intervals(*labelled(400), SHARES, 1)
    assert all(0 <= one.low <= one.value <= one.high <= 1 for one in found.values())
    ends = sorted((found["precision"].value, found["recall"].value))
    assert ends[0] <= found["f1"].value <= ends[1]
