"""How good probabilities are on labelled rows: every metric of the registry as one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import Cells, checked
from core.metrics.registry import METRICS
from core.metrics.thresholds import USUAL

if TYPE_CHECKING:
    from core.data.arrays import Floats
    from core.metrics.metric import Metric

TARGET_RATE = "target_rate"
"""Recorded beside the metrics: the share of positives among the rows."""


def metrics(target: Floats, probability: Floats, threshold: float = USUAL) -> dict[str, float | None]:
    """Every metric of a set of labelled rows by its key, and their `target_rate`.

    `target` is 0/1 or bool, `probability` that of the positive class, both (rows,). A prediction is positive at
    `threshold` or above. With one class only `roc_auc`, `average_precision` and `skill` say nothing and are None, and
    so is a precision, recall or F1 that would divide by zero: a model that calls no row positive has no precision.
    Raises `CourtsideError` when there is no row.

    >>> found = metrics(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))
    >>> round(found["log_loss"], 3), found["roc_auc"], found["accuracy"]
    (0.511, 0.75, 0.5)
    """
    truth, probability = checked(target, probability)
    cells = Cells.of(truth, probability, threshold)
    return {**{key: point(metric, cells) for key, metric in METRICS.items()}, TARGET_RATE: float(truth.mean())}


def point(metric: Metric, cells: Cells) -> float | None:
    """The metric of the rows as they are; None where it has no value (one class)."""
    value = float(metric.function(cells, cells.positives[None], cells.negatives[None])[0])
    return None if np.isnan(value) else value
