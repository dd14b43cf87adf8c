"""The recommendation goes by rows left out, says what can be told apart, and a person's choice is kept."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.metrics.evaluation import metrics
from core.metrics.intervals import paired_difference
from core.metrics.thresholds import Rule
from core.training.recommendation import Choice, Recommendation, recommend
from tests.predictions import labelled


def test_the_lowest_loss_on_rows_left_out_is_recommended_and_a_real_difference_is_said_with_its_interval():
    target, good = labelled(4_000)
    flat = 0.45 + 0.4 * (good - 0.45)
    found = recommend(target, {"dt": flat, "lr": good}, {"dt": 0.1, "lr": 0.9}, 0.69)
    assert found.candidate == "lr"
    assert found.differences == {"dt": paired_difference(target, flat, good, 10)}
    bounds = found.differences["dt"]
    sentence = f"logistic regression is better than the decision tree by {bounds.value:.4f} [{bounds.low:.4f}, "
    assert sentence in str(found.reason)
    assert f"Log loss {metrics(target, good)['log_loss']:.4f}" in str(found.reason)


def test_candidates_that_differ_by_noise_are_not_told_apart():
    target, good = labelled(2_000)
    noise = np.random.default_rng(1).normal(0, 0.02, (2, 2_000))
    found = recommend(target, {"lr": good + noise[0], "lda": good + noise[1]}, {"lr": 0.6, "lda": 0.6}, 0.69)
    assert "can't be told apart" in str(found.reason)
    assert next(iter(found.differences.values())).low <= 0


def test_a_candidate_alone_is_recommended_without_a_comparison():
    found = recommend(*([labelled(100)[0], {"lr": labelled(100)[1]}]), {"lr": 0.6}, 0.69)
    assert (found.candidate, found.differences) == ("lr", {})
    assert str(found.reason).endswith("It stands alone.")


@pytest.mark.parametrize("rule", [None, Rule("cost", 5, 1)])
def test_recommendation_and_choice_survive_json(rule):
    target, good = labelled(300)
    found = recommend(target, {"lr": good, "dt": 1 - good}, {"lr": 0.6, "dt": 0.9}, 0.69)
    assert Recommendation.from_dict(json.loads(json.dumps(found.as_dict()))) == found
    choice = Choice("lr", 0.37, rule, "the simplest", "ana")
    assert Choice.from_dict(json.loads(json.dumps(choice.as_dict()))) == choice
