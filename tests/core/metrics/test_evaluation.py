"""Metrics against scikit-learn."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics.evaluation import metrics
from core.text.errors import CourtsideError
from tests.predictions import labelled


def error_of_ten_bins(target: np.ndarray, probability: np.ndarray) -> float:
    """The expected calibration error by its definition, over bins by deciles of the probability."""
    bins = pd.cut(probability, np.unique([-1, *np.quantile(probability, np.linspace(0.1, 0.9, 9)), 2]))
    rows = pd.DataFrame({"gap": target - probability, "bin": bins}).groupby("bin", observed=True)["gap"]
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
    assert found["precision"] is None
    assert (found["recall"], found["f1"]) == ((0.0, 0.0) if only else (None, None))
    assert found["brier"] == pytest.approx((only - 0.25) ** 2)
    json.dumps(found, allow_nan=False)


def test_no_row_at_all_is_an_error_the_user_can_read():
    with pytest.raises(CourtsideError, match="no labelled row"):
        metrics(np.array([]), np.array([]))


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


def test_the_figures_of_many_rows_take_the_memory_of_a_few_columns():
    random, rows = np.random.default_rng(0), 200_000
    probability = random.random(rows)
    target = random.random(rows) < probability
    tracemalloc.start()
    metrics(target, probability)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert held < 16 * 8 * rows
