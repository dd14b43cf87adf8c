"""The recommendation goes by rows left out, says what can be told apart, and a person's choice is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from core.metrics.evaluation import metrics
from core.metrics.intervals import paired_difference
from core.metrics.thresholds import Rule
from core.training.algorithms import ALGORITHMS
from core.training.folds import UNKNOWN
from core.training.recommendation import SIMPLEST_FIRST, Choice, Recommendation, recommend
from tests.predictions import labelled


def test_the_lowest_loss_on_rows_left_out_is_recommended_and_a_real_difference_is_said_with_its_interval():
    target, good = labelled(4_000)
    flat = 0.45 + 0.4 * (good - 0.45)
    found = recommend(target, {"dt": flat, "lr": good}, {"dt": 0.1, "lr": 0.9}, 0.69)
    assert found.candidate == "lr"
    bounds, rows = found.differences["dt"], paired_difference(target, flat, good, 10)
    assert bounds.value == rows.value
    # With what the luck of the training rows adds over ten folds.
    assert bounds.high - bounds.value == pytest.approx((1 + 10 / 9) ** 0.5 * (rows.high - rows.value))
    sentence = f"logistic regression is better than the decision tree by {bounds.value:.4f} [{bounds.low:.4f}, "
    assert sentence in str(found.reason)
    assert f"Log loss {metrics(target, good)['log_loss']:.4f}" in str(found.reason)


def test_candidates_that_differ_by_noise_are_not_told_apart():
    target, good = labelled(2_000)
    noise = np.random.default_rng(1).normal(0, 0.02, (2, 2_000))
    found = recommend(target, {"lr": good + noise[0], "lda": good + noise[1]}, {"lr": 0.6, "lda": 0.6}, 0.69)
    assert found.candidate == "lr"
    bounds = found.differences["lda"]
    assert bounds.low <= 0 <= bounds.high


def test_of_equals_the_simpler_is_recommended_and_of_unequals_the_better():
    target, good = labelled(2_000)
    worse = np.clip(good + np.random.default_rng(1).normal(0, 0.02, 2_000), 0.01, 0.99)
    found = recommend(
        target, {"blend": good, "lr_tuned": worse, "lr": worse}, dict.fromkeys(("blend", "lr"), 0.6), 0.69
    )
    assert found.candidate == "lr"
    assert found.differences["blend"].value < 0
    assert "That is not significant, so the simpler candidate is recommended" in str(found.reason)
    flat = 0.45 + 0.4 * (good - 0.45)
    assert (
        recommend(target, {"blend": good, "lr": flat}, dict.fromkeys(("blend", "lr"), 0.6), 0.69).candidate == "blend"
    )


@pytest.mark.parametrize("rows", [400, 9_999, 10_001, 40_000])
def test_the_luck_of_the_training_rows_widens_an_interval_by_as_much_at_every_size(rows):
    target, good = labelled(rows)
    near = np.clip(good + np.random.default_rng(1).normal(0, 0.05, rows), 0.01, 0.99)
    found = recommend(target, {"lr": good, "dt": near}, {"lr": 0.6, "dt": 0.6}, 0.69).differences["dt"]
    alone = paired_difference(target, near, good, 10)
    assert (found.high - found.low) / (alone.high - alone.low) == pytest.approx((1 + 10 / 9) ** 0.5)


def test_every_algorithm_has_its_place_among_the_simpler_ones():
    assert set(SIMPLEST_FIRST) == set(ALGORITHMS)


def test_the_interval_between_two_candidates_of_a_small_table_covers_what_their_models_lose():
    held, draws = 0, 60
    fresh = np.random.default_rng(99).normal(size=(20_000, 4))
    for seed in range(draws):
        rng = np.random.default_rng([seed, 75])
        rows, models = rng.normal(size=(75, 4)), (LogisticRegression(), DecisionTreeClassifier(max_depth=3))
        target = (rng.random(75) < chance(rows)).astype(int)
        found, lost = {}, []
        for name, model in zip(("lr", "dt"), models, strict=True):
            found[name] = np.empty(75)
            for learn, out in StratifiedKFold(10, shuffle=True, random_state=10).split(rows, target):
                found[name][out] = bounded(model.fit(rows[learn], target[learn]), rows[out])
            probability = bounded(model.fit(rows, target), fresh)
            truth = chance(fresh)
            lost.append(-(truth * np.log(probability) + (1 - truth) * np.log(1 - probability)).mean())
        made = recommend(target, found, {"lr": 0.6, "dt": 0.6}, 0.69)
        ((other, bounds),) = made.differences.items()
        real = lost[1] - lost[0] if other == "dt" else lost[0] - lost[1]
        held += bounds.low <= real <= bounds.high
    assert held / draws > 0.86  # 95 % less three standard errors; without the correction it is 0.8


def chance(rows: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(rows[:, 0] + 0.5 * rows[:, 1] + 0.5 * rows[:, 0] * rows[:, 1])))


def bounded(model, rows: np.ndarray) -> np.ndarray:
    return np.clip(model.predict_proba(rows)[:, 1], 0.05, 0.95)


def test_where_groups_are_the_units_luck_of_groups_makes_no_candidate_better():
    rng, wrong = np.random.default_rng(1), {True: 0, False: 0}
    for _ in range(40):
        who = np.repeat(np.arange(60), 30)
        luck = rng.normal(0, 2, 60)[who]
        target = (rng.random(1_800) < 1 / (1 + np.exp(-luck))).astype(int)
        side = rng.normal(0, 0.5, 60)[who]
        given = {"lr": 1 / (1 + np.exp(-side)), "dt": 1 / (1 + np.exp(side))}
        for grouped in wrong:
            found = recommend(target, given, {"lr": 0.7, "dt": 0.7}, 0.69, groups=who if grouped else None)
            bounds = next(iter(found.differences.values()))
            wrong[grouped] += not bounds.low <= 0 <= bounds.high
    assert wrong[True] <= 5
    assert wrong[False] > 10


def test_a_candidate_alone_is_recommended_without_a_comparison():
    found = recommend(*([labelled(100)[0], {"lr": labelled(100)[1]}]), {"lr": 0.6}, 0.69)
    assert (found.candidate, found.differences) == ("lr", {})
    assert str(found.reason).endswith("It stands alone.")


@pytest.mark.parametrize("rule", [None, Rule("cost", 5, 1)])
def test_recommendation_and_choice_survive_json(rule):
    target, good = labelled(300)
    found = recommend(target, {"lr": good, "dt": 1 - good}, {"lr": 0.6, "dt": 0.9}, 0.69)
    assert Recommendation.from_dict(json.loads(json.dumps(found.as_dict()))) == found
    warned = replace(found, warning=UNKNOWN["group"])
    assert Recommendation.from_dict(json.loads(json.dumps(warned.as_dict()))) == warned
    earlier = {name: value for name, value in found.as_dict().items() if name != "warning"}
    assert Recommendation.from_dict(json.loads(json.dumps(earlier))) == found
    choice = Choice("lr", 0.37, rule, "the simplest", "ana")
    assert Choice.from_dict(json.loads(json.dumps(choice.as_dict()))) == choice
