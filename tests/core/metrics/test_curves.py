"""The points of pictures against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from core.metrics.curves import POINTS, calibration, calls, gain_points, precision_recall_points, roc_points
from core.text.errors import CourtsideError
from tests.predictions import labelled


def test_calibration_is_that_of_scikit_learn_and_counts_every_row():
    target, probability = labelled(2_000)
    found = calibration(target, probability)
    observed, predicted = calibration_curve(target, probability, n_bins=10, strategy="quantile")
    assert found.predicted == pytest.approx(tuple(predicted))
    assert found.observed == pytest.approx(tuple(observed))
    assert found.count == (200,) * 10


def test_equal_probabilities_stay_in_one_bin():
    target, _ = labelled(300)
    probability = np.repeat([0.2, 0.5, 0.8], 100)
    found = calibration(target, probability)
    assert found.predicted == pytest.approx((0.2, 0.5, 0.8))
    assert found.count == (100, 100, 100)
    assert found.observed == pytest.approx(tuple(target.reshape(3, 100).mean(axis=1)))


def test_the_roc_curve_for_a_chart_has_the_area_of_the_whole_one():
    target, probability = labelled(5_000)
    false, true = roc_points(target, probability)
    assert len(false) <= POINTS
    assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
    assert (np.diff(false) >= 0).all()
    assert (np.diff(true) >= 0).all()
    assert np.trapz(true, false) == pytest.approx(oracle.roc_auc_score(target, probability), abs=2e-3)


def test_one_class_has_no_roc_curve():
    false, true = roc_points(np.ones(5), np.linspace(0, 1, 5))
    assert len(false) == len(true) == 0


def test_the_precision_recall_curve_for_a_chart_has_the_area_of_the_whole_one():
    target, probability = labelled(5_000)
    recall, precision = precision_recall_points(target, probability)
    assert len(recall) <= POINTS
    assert recall[-1] == 1
    assert precision[-1] == pytest.approx(target.mean())
    area = np.sum(np.diff(recall, prepend=0) * precision)
    assert area == pytest.approx(oracle.average_precision_score(target, probability), abs=1e-2)


def test_the_gain_of_a_perfect_order_is_reached_with_the_share_of_positives():
    target = np.repeat([0, 1], [60, 40])
    taken, found = gain_points(target, np.linspace(0, 1, 100))
    assert np.interp([0.2, 0.4, 1.0], taken, found) == pytest.approx([0.5, 1.0, 1.0])


def test_the_gain_of_no_order_is_the_share_taken():
    taken, found = gain_points(np.tile([0, 1], 50), np.full(100, 0.5))
    assert list(zip(taken, found, strict=True)) == [(0, 0), (1, 1)]


def test_calls_count_what_each_threshold_calls_positive():
    target, probability = labelled(400, digits=2)
    called = calls(target, probability)
    for threshold, hits, alarms in zip(called.threshold, called.hits, called.alarms, strict=True):
        predicted = probability >= threshold
        assert (hits, alarms) == (np.sum(predicted & (target == 1)), np.sum(predicted & (target == 0)))


def test_one_class_gives_no_curve_and_no_row_an_error():
    one = np.ones(5), np.linspace(0, 1, 5)
    assert [len(part) for draw in (precision_recall_points, gain_points) for part in draw(*one)] == [0, 0, 0, 0]
    for ask in (calibration, roc_points, precision_recall_points, gain_points):
        with pytest.raises(CourtsideError, match="no labelled row"):
            ask(np.array([]), np.array([]))
