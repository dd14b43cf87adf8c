"""Thresholds against a search by hand over every one of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from core.metrics.thresholds import Rule, describe, study
from core.text.errors import CourtsideError
from tests.predictions import labelled


def tried(target, probability, score) -> list[float]:
    """The score at a threshold below, between and above all probabilities."""
    distinct = np.unique(probability)
    places = np.concatenate([[distinct[0] / 2], (distinct[1:] + distinct[:-1]) / 2, [(1 + distinct[-1]) / 2]])
    return [score(target, probability >= place) for place in places]


def test_the_highest_f1_is_found():
    target, probability = labelled(500, digits=2)
    found = study(target, probability, Rule("f1"))
    assert found.at_chosen == pytest.approx(max(tried(target, probability, oracle.f1_score)))
    assert oracle.f1_score(target, probability >= found.chosen) == pytest.approx(found.at_chosen)


@pytest.mark.parametrize(("false_alarm", "miss"), [(1, 1), (5, 1), (1, 5)])
def test_the_lowest_cost_is_found_and_lies_where_theory_puts_it(false_alarm, miss):
    target, probability = labelled(20_000)

    def cost(truth, predicted):
        return (false_alarm * (predicted & (truth == 0)) + miss * (~predicted & (truth == 1))).mean()

    found = study(target, probability, Rule("cost", false_alarm, miss))
    assert found.at_chosen == pytest.approx(cost(target, probability >= found.chosen))
    # For calibrated probabilities the line is drawn at a / (a + m) (Elkan, "The foundations of cost-sensitive
    # learning", 2001); on a sample the best place costs a little less.
    theory = cost(target, probability >= false_alarm / (false_alarm + miss))
    assert found.at_chosen <= theory <= 1.01 * found.at_chosen


@pytest.mark.parametrize(("aim", "score"), [("precision", oracle.precision_score), ("recall", oracle.recall_score)])
def test_a_wanted_share_is_reached_and_little_more_is_given_for_it(aim, score):
    target, probability = labelled(4_000)
    wanted = {"precision": 0.5, "recall": 0.62}[aim]
    found = study(target, probability, Rule(aim, wanted=wanted))
    assert found.reached
    assert score(target, probability >= found.chosen) >= wanted
    other = {"precision": oracle.recall_score, "recall": oracle.precision_score}[aim]
    best = max(
        other(target, probability >= place)
        for place in np.unique(probability)
        if score(target, probability >= place) >= wanted
    )
    # A bound and not the figure reaches it, and a precision is looked at in 20 places: that costs something.
    assert other(target, probability >= found.chosen) > best - 0.2


@pytest.mark.parametrize("aim", ["precision", "recall"])
@pytest.mark.parametrize("rows", [60, 400, 4_000])
@pytest.mark.parametrize("offset", [0.0, -2.6])
def test_a_share_that_is_said_to_be_reached_is_reached_on_new_rows(aim, rows, offset):
    score = np.random.default_rng(1).normal(size=200_000)
    sure = 1 / (1 + np.exp(-(offset + 1.3 * score)))
    said = missed = 0
    for seed in range(60):
        rng = np.random.default_rng([seed, rows])
        probability = 1 / (1 + np.exp(-(offset + 1.3 * rng.normal(size=rows))))
        target = (rng.random(rows) < probability).astype(int)
        if target.min() == target.max():
            continue
        for wanted in (0.6, 0.8):
            found = study(target, probability, Rule(aim, wanted=wanted))
            called = sure >= found.chosen
            share = sure[called].mean() if aim == "precision" else sure[called].sum() / sure.sum()
            said += found.reached
            missed += found.reached and share < wanted
    assert missed <= 0.05 * said + 3 * np.sqrt(0.05 * max(said, 1))
    assert said > 60 or rows < 4_000 or offset < 0


def test_one_lucky_row_does_not_make_a_precision_of_a_hundred_percent():
    target, probability = np.zeros(200, int), np.linspace(0, 0.9, 200)
    target[[-1, 3, 8]] = 1
    assert not study(target, probability, Rule("precision", wanted=0.9)).reached


def test_what_no_threshold_gives_is_said_and_the_nearest_taken():
    target, probability = np.array([0, 1, 0, 1]), np.array([0.9, 0.8, 0.3, 0.2])
    found = study(target, probability, Rule("precision", wanted=0.99))
    assert not found.reached
    assert found.at_chosen == 0.5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60), st.sampled_from(["f1", "cost"]))
def test_no_threshold_beats_the_chosen_one(rows, aim):
    target, probability = np.array([row[0] for row in rows]), np.array([row[1] / 20 for row in rows])
    if target.all() or not target.any():
        with pytest.raises(CourtsideError, match="same outcome"):
            study(target, probability, Rule(aim))
        return
    found = study(target, probability, Rule(aim, 2, 3))
    assert 0 < found.chosen < 1
    best = {"f1": np.max, "cost": np.min}[aim](found.figure)
    assert found.at_chosen == pytest.approx(best)
    assert (np.diff(found.thresholds) > 0).all()


@pytest.mark.parametrize(
    "rule", [Rule("cost", -1, 1), Rule("cost", 0, 0), Rule("recall", wanted=0), Rule("recall", wanted=2)]
)
def test_a_rule_that_makes_no_sense_is_refused_with_what_was_found(rule):
    with pytest.raises(CourtsideError, match="A false alarm costs"):
        study(*labelled(20), rule)


def test_a_rule_has_words():
    words = [str(describe(Rule(aim, 5, 1, 0.8))) for aim in ("f1", "cost", "precision", "recall")]
    assert words[1] == "the lowest cost, a false alarm costing 5 and a miss 1"
    assert words[3].startswith("a recall of at least 80")
    assert len(set(words)) == 4
