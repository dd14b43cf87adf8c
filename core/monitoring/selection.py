"""Whether the labelled rows of a batch are like its other rows, and what may be expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.metrics.calibration import Calibrator, fit
from core.monitoring.drift import compare, prediction_drift
from core.monitoring.separation import mix_of

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Bools
    from core.data.contract import Contract
    from core.monitoring.unlabelled import Side

FEWEST_OTHERS = 50
"""Rows without a label below which it does not matter what they are like, and can't be told."""
PROBABILITY = "probability"


def unlike_the_others(current: Side, labelled: Bools, contract: Contract) -> tuple[str, ...]:
    """The features, and `PROBABILITY`, in which the labelled rows differ from the other scored rows by more than the
    drift threshold, strongest first; empty where none does.

    Labels that come for the accepted, the refused or the audited only say nothing about the rest of the batch.
    """
    probability = np.asarray(current.probability, dtype=float)
    others = ~labelled & ~np.isnan(probability)
    if others.sum() < FEWEST_OTHERS or not labelled.any():
        return ()
    moved = prediction_drift(probability[others], probability[labelled])
    found = compare(current.rows[others], current.rows[labelled], contract)
    return (*((PROBABILITY,) if moved.drifted else ()), *(one.feature for one in found if one.drifted))


def calibrated_for(rows: pd.DataFrame, contract: Contract, reference: Side, seed: int) -> Calibrator:
    """The calibration that holds for the mix of these rows, wherever they can be told from the reference."""
    mix = mix_of(reference.rows, rows, contract, seed)
    target, probability = reference.outcomes(), np.asarray(reference.probability, dtype=float)
    if mix is None:
        return fit(*reference.known())
    return fit(target[mix.rows], probability[mix.rows], mix.weights)
