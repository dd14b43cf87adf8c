"""The complete verdict, all of its rules at once: silent on batches of the reference's own distribution, at a thousand
rows and at a million alike, right in what it estimates of them, and awake when something of known size has changed.

A row is one of 5,368 kinds, so that a batch is drawn as the rows of each kind (multinomial) and the positives among
them (binomial), and written out kind by kind. That is exactly as likely as the same rows drawn one by one and then
sorted, and a verdict does not know the order: it takes counts and means of all rows, and samples at random places that
are drawn apart from the rows.

Every batch has a reference of its own. Against one reference two hundred batches of a million rows would differ in
nothing that matters: all would share the luck of its few thousand labels.
"""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.data.contract import Contract, Feature
from core.metrics.intervals import Interval
from core.metrics.registry import estimable
from core.monitoring.drift import compare, prediction_drift
from core.monitoring.unlabelled import Unlabelled, without_labels
from core.monitoring.verdict import Assessment, assess
from core.retraining.policies import Policy, decide, evidence

CLINIC = Contract(
    "clinic",
    "Clinic",
    "answer",
    "1",
    (Feature("age", "integer", label="Age"), Feature("dose", "number", label="Dose"), Feature("ward", "category")),
)
KINDS = pd.DataFrame(
    list(product(range(20, 81), [*np.arange(-10, 11) / 4, np.nan], ["north", "south", "east", "attic"])),
    columns=["age", "dose", "ward"],
)
ODDS = np.round((KINDS["age"] - 50) * 0.05 + KINDS["dose"].fillna(0) * 0.6 + (KINDS["ward"] == "north") * 0.2, 9)
# In the order of their odds: a million probabilities that rise are grouped in half the time.
KINDS, ODDS = KINDS.loc[ODDS.sort_values().index].reset_index(drop=True), np.sort(ODDS)
TRUTH = expit(ODDS)
SAID = expit(1.2 * ODDS + 0.1)
"""What the model says: the right order, and surer of itself than it should be."""
WORTH = {"age": 0.03, "dose": 0.02, "ward": 0.001}
"""Loss that shuffling a feature costs, as a version keeps it of its test rows."""
REFERENCE_ROWS = 2_000
BATCHES = 200


def shares(shift: float = 0.0) -> np.ndarray:
    """How frequent each kind is: doses that rise with age, one in fifty unknown, and a ward that few are in."""
    age, dose = (KINDS["age"] - 50) / 10 - shift, KINDS["dose"]
    known = np.exp(-((dose - 0.4 * age) ** 2) / 2).fillna(0)
    rows = np.exp(-(age**2) / 2) * np.where(dose.isna(), 0.02 * 10, known)
    rows *= KINDS["ward"].map({"north": 0.5, "south": 0.3, "east": 0.199, "attic": 0.001})
    return (rows / rows.sum()).to_numpy()


LIKELY = shares()


def drawn(rows: int, rng: np.random.Generator, likely: np.ndarray = LIKELY, truth: np.ndarray = TRUTH) -> tuple:
    """So many rows, their probabilities, and their labels."""
    counts = rng.multinomial(rows, likely)
    yes = rng.binomial(counts, truth)
    kinds = np.repeat(np.arange(len(KINDS)), counts)
    target = np.repeat(np.tile([1, 0], len(KINDS)), np.column_stack([yes, counts - yes]).ravel())
    return KINDS.take(kinds), SAID[kinds], target


def judged(reference: tuple, batch: tuple, seed: int) -> tuple[Assessment, Assessment, Unlabelled]:
    """The verdict with labels, the one without, and what that rests on: as the workflow puts them together."""
    known, before, truth = reference
    rows, now, target = batch
    found = without_labels(CLINIC, known, before, truth, rows, now, 0.5, seed)
    moved = {
        "drift": compare(known, rows, CLINIC, WORTH),
        "prediction": prediction_drift(before, now),
        "unlabelled": found,
    }
    with_labels, without = (
        assess(CLINIC, known, before, truth, rows, now, labels, 0.5, seed, **moved) for labels in (target, None)
    )
    return with_labels, without, found


def asks(verdicts: tuple[Assessment, ...], found: Unlabelled) -> bool:
    """Whether somebody is asked to act, by a verdict or by the policy that holds as long as nobody keeps another."""
    decided = [decide(Policy(), evidence(verdict, found)).retrain for verdict in verdicts]
    return any(decided) or any(verdict.asks_for_action for verdict in verdicts)


def holds(bounds: Interval, truth: float) -> bool:
    return bounds.low <= truth <= bounds.high


@pytest.mark.parametrize("rows", [1_000, 1_000_000])
def test_of_two_hundred_batches_like_the_reference_hardly_one_asks_for_action_and_estimates_hold_the_truth(rows):
    levels, asked, opened, held = Counter(), 0, 0, Counter()
    for seed in range(BATCHES):
        rng = np.random.default_rng([rows, seed])
        *verdicts, found = judged(drawn(REFERENCE_ROWS, rng), drawn(rows, rng), seed)
        asked += asks(verdicts, found)
        levels.update(verdict.level for verdict in verdicts)
        opened += found.gate.open
        truth = verdicts[0].performance.current
        held.update(one.key for one in estimable() if holds(found.estimate.figures[one.key], truth[one.key]))
    assert asked <= 0.05 * BATCHES
    assert levels["healthy"] >= 0.9 * 2 * BATCHES
    assert opened >= 0.95 * BATCHES
    # Of 200 intervals of 95 % fewer than 180 hold the truth once in a thousand times.
    assert min(held.values()) >= 180, held


def test_a_batch_drawn_kind_by_kind_is_judged_as_the_same_rows_in_any_order_and_rows_drawn_one_by_one_stay_silent():
    for seed in range(2):
        rng = np.random.default_rng(seed)
        reference = drawn(REFERENCE_ROWS, rng)
        kinds = rng.choice(len(KINDS), 1_000_000, p=LIKELY)
        one_by_one = KINDS.take(kinds), SAID[kinds], (rng.random(len(kinds)) < TRUTH[kinds]).astype(int)
        found = judged(reference, one_by_one, seed)
        assert not asks(found[:2], found[2])
        order = np.lexsort((1 - one_by_one[2], kinds))
        by_kind = one_by_one[0].take(order), *(part[order] for part in one_by_one[1:])
        again = judged(reference, by_kind, seed)
        assert again[0].performance == found[0].performance
        assert again[2].estimate == found[2].estimate
        for one, other in zip(again[0].drift, found[0].drift, strict=True):
            assert (one.effect, one.low, one.high) == pytest.approx((other.effect, other.low, other.high))
        # Of the rows that a sample looks at others are in it: what it finds moves by what chance allows.
        assert again[2].separation.auc.value == pytest.approx(found[2].separation.auc.value, abs=0.02)
        assert again[0].outside_share == pytest.approx(found[0].outside_share, abs=0.005)


def flipped(share: float) -> np.ndarray:
    """How often the answer is yes when it is a toss of a coin in such a share of the rows."""
    return (1 - share) * TRUTH + share / 2


SIZES = pytest.mark.parametrize(("rows", "batches"), [(1_000, 10), (1_000_000, 2)])


@SIZES
def test_drift_of_known_size_is_found_by_its_name_beyond_the_alarm_line_and_passed_over_below_it(rows, batches):
    for shift, named in ((0.5, True), (0.15, False)):
        found = 0
        for seed in range(batches):
            rng = np.random.default_rng([seed, rows])
            __, without, __ = judged(drawn(REFERENCE_ROWS, rng), drawn(rows, rng, shares(shift)), seed)
            found += any(fact.chart == "drift" and "Age" in str(fact.reason) for fact in without.facts)
        assert found == (batches if named else 0)


@SIZES
def test_a_loss_of_known_size_asks_for_retraining_once_labels_come_and_a_small_one_does_not(rows, batches):
    for share, asked in ((0.7, True), (0.04, False)):
        found = 0
        for seed in range(batches):
            rng = np.random.default_rng([seed, rows])
            with_labels, without, __ = judged(
                drawn(REFERENCE_ROWS, rng), drawn(rows, rng, LIKELY, flipped(share)), seed
            )
            found += with_labels.level == "retrain"
            assert not without.asks_for_action
        assert found == (batches if asked else 0)


@SIZES
def test_without_support_the_gate_is_shut_and_without_labels_the_verdict_asks_for_some(rows, batches):
    for seed in range(batches):
        rng = np.random.default_rng([seed, rows])
        *_, known = judged(drawn(REFERENCE_ROWS, rng), drawn(rows, rng, shares(0.3)), seed)
        assert known.gate.open
        table, said, target = drawn(rows, rng)
        for share, asked in ((0.15, False), (0.7, True)):
            away = table.assign(age=table["age"] + 100 * (rng.random(rows) < share))
            __, without, found = judged(drawn(REFERENCE_ROWS, rng), (away, said, target), seed)
            assert not found.gate.open
            assert without.asks_for_action == asked
