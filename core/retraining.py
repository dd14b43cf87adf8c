"""Retraining on a batch that has drifted: which rows join, and which are held out."""

from __future__ import annotations

import pandas as pd

from core.contract import Contract
from core.errors import CourtsideError
from core.messages import message
from core.preparation import PreparedSplit, join, split

HELD_OUT = 0.5
"""Share of a batch's labelled rows that no challenger is trained on, so that both models can be compared there."""


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
