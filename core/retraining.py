"""Retraining on a batch that has drifted: which rows join, which are held out, and who is better on what."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core import evaluation
from core.contract import Contract
from core.errors import CourtsideError
from core.evaluation import Interval
from core.messages import message
from core.preparation import PreparedSplit, join, split

HELD_OUT = 0.5
"""Share of a batch's labelled rows that no challenger is trained on, so that both models can be compared there."""


@dataclass(frozen=True)
class Column:
    """Champion and challenger on the same rows; `difference` is challenger minus champion in log loss, per row."""

    rows: int
    champion: dict[str, float | None]
    challenger: dict[str, float | None]
    difference: Interval


@dataclass(frozen=True)
class Comparison:
    """Two columns of evidence: the champion's own test rows, and production rows that neither was trained on."""

    test: Column
    production: Column

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict) -> Comparison:
        columns = {
            name: Column(**{**column, "difference": Interval(**column["difference"])})
            for name, column in stored.items()
        }
        return cls(**columns)


def extend(base: PreparedSplit, labelled: pd.DataFrame, contract: Contract, *, seed: int) -> PreparedSplit:
    """The data of a challenger: `base` with a batch's labelled rows joined to it.

    Half of the batch (stratified) joins the training rows, the other half the test rows, behind the base's own:
    the first `len(base.test)` rows of the new test split are the old one, the rest are held-out production rows.
    """
    if len(labelled) < 2 / HELD_OUT or labelled[contract.target].nunique() < 2:
        raise CourtsideError(
            message("The batch has {rows:,} labelled rows, too few or of one class only.", rows=len(labelled)),
            message("Retraining learns from labels: choose a batch that has both outcomes."),
        )
    return join(base, split(labelled, contract, test_share=HELD_OUT, seed=seed), contract)


def compare(
    target_test: np.ndarray,
    target_production: np.ndarray,
    champion: tuple[np.ndarray, np.ndarray],
    challenger: tuple[np.ndarray, np.ndarray],
    thresholds: tuple[float, float],
    *,
    seed: int,
) -> Comparison:
    """The two models side by side; each pair holds probabilities on (test rows, production rows)."""

    def column(target: np.ndarray, position: int) -> Column:
        old, new = champion[position], challenger[position]
        return Column(
            rows=len(target),
            champion=evaluation.metrics(target, old, thresholds[0]),
            challenger=evaluation.metrics(target, new, thresholds[1]),
            difference=evaluation.paired_difference(target, new, old, seed=seed),
        )

    return Comparison(test=column(target_test, 0), production=column(target_production, 1))
