"""A clinic whose batches are drawn at any size, with what its model says and what is true.

A row is one of 5,368 kinds, so that a batch is drawn as the rows of each kind (multinomial) and the positives among
them (binomial), and written out kind by kind. That is exactly as likely as the same rows drawn one by one and then
sorted, and a verdict does not know the order: it takes counts and means of all rows, and samples at random places that
are drawn apart from the rows.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from core.data.contract import Contract, Feature
from core.monitoring.drift import compare, prediction_drift
from core.monitoring.unlabelled import Side, Unlabelled, without_labels
from core.monitoring.verdict import Assessment, Known, assess
from core.retraining.policies import Policy, decide, evidence

if TYPE_CHECKING:
    from core.metrics.intervals import Interval

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
    return KINDS.iloc[kinds], SAID[kinds], target


def judged_in_full(reference: tuple, batch: tuple, seed: int) -> tuple[Assessment, Assessment, Unlabelled]:
    """The verdict with labels, the one without, and what that rests on: as the workflow puts them together."""
    known, before, truth = reference
    rows, now, target = batch
    found = without_labels(CLINIC, Side(known, before, truth), Side(rows, now), 0.5, seed)
    moved = Known(compare(known, rows, CLINIC, WORTH), prediction_drift(before, now), unlabelled=found)
    with_labels, without = (
        assess(CLINIC, Side(known, before, truth), Side(rows, now, labels), 0.5, seed, moved)
        for labels in (target, None)
    )
    return with_labels, without, found


def asks(verdicts: tuple[Assessment, ...], found: Unlabelled) -> bool:
    """Whether somebody is asked to act, by a verdict or by the policy that holds as long as nobody keeps another."""
    decided = [decide(Policy(), evidence(verdict, found)).retrain for verdict in verdicts]
    return any(decided) or any(verdict.asks_for_action for verdict in verdicts)


def holds(bounds: Interval, truth: float) -> bool:
    return bounds.low <= truth <= bounds.high


def flipped(share: float) -> np.ndarray:
    """How often the answer is yes when it is a toss of a coin in such a share of the rows."""
    return (1 - share) * TRUTH + share / 2
