"""Whether a stored model still answers as the one it was made from, on rows of every kind that it may meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Floats
    from core.data.contract import Contract

CHECK_ROWS = 1000
TOLERANCE = 1e-9
"""How far a stored model's probabilities may lie from those of the pipeline it came from."""
UNSEEN = "(never seen)"
NULL_EVERY, UNSEEN_EVERY = 7, 11


def check_rows(rows: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """`CHECK_ROWS` rows of every kind that a model may meet, made of `model_input` rows (fewer are repeated).

    In every feature every seventh row has no value, and in every category every eleventh has one never seen, each
    feature beginning at another row, so that they come alone and together.
    """
    made = rows.iloc[np.resize(np.arange(len(rows)), CHECK_ROWS)].reset_index(drop=True)
    for place, feature in enumerate(contract.features):
        column = made.columns.get_loc(feature.name)
        if feature.traits.text:
            made.iloc[place % UNSEEN_EVERY :: UNSEEN_EVERY, column] = UNSEEN
        made.iloc[place % NULL_EVERY :: NULL_EVERY, column] = np.nan
    return made


def difference(stored: Pipeline, check: pd.DataFrame, expected: Floats) -> float:
    """How far the probabilities of a stored pipeline lie from the `expected` ones of the trained one, at most."""
    return float(np.abs(stored.predict_proba(check)[:, 1] - expected).max())
