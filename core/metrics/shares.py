"""Intervals of shares: how often a prediction is right, positive predictions are, and positives are found.

A bootstrap of three rows knows three rows, and one of none knows nothing. Wilson's interval ("Probable inference, the
law of succession, and statistical inference", 1927) holds from a handful of rows on, and at 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.metrics.cells import Cells

SHARES = ("accuracy", "precision", "recall", "f1")
"""The metrics that are shares of rows."""


def bounds(metric: str, cells: Cells, level: float) -> tuple[float, float]:
    """The bounds of a metric of `SHARES` that has a value.

    F1 rises with the share of true positives among all rows that are positive or called so, and takes its interval
    from that share's.
    """
    yes, no = cells.positives.sum(), cells.negatives.sum()
    hits, alarms = cells.positives[cells.called].sum(), cells.negatives[cells.called].sum()
    among = {
        "accuracy": (hits + no - alarms, yes + no),
        "precision": (hits, hits + alarms),
        "recall": (hits, yes),
        "f1": (hits, yes + alarms),
    }[metric]
    low, high = wilson(*among, level)
    if metric == "f1":
        return 2 * low / (1 + low), 2 * high / (1 + high)
    return low, high


def wilson(hits: float, rows: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of a share of `hits` among `rows`, of which there is at least one.

    >>> low, high = wilson(0, 10)
    >>> round(low, 3), round(high, 3)
    (0.0, 0.278)
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + level) / 2))
    share = hits / rows
    middle = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    room = z / (1 + z**2 / rows) * np.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return max(float(middle - room), 0.0), min(float(middle + room), 1.0)
