"""The metrics: every table, chart, document, page and verb reads here what one is called and how it is written.

To add one, write its function and register it below, where tables are to show it. Nothing else knows the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import ECE_BINS, Cells
from core.metrics.metric import EVERYWHERE, ONLY_LISTS, Line, Metric, Table
from core.text.messages import message

if TYPE_CHECKING:
    from core.data.arrays import Floats

METRICS: dict[str, Metric] = {}
"""Every metric by its key, in the order in which tables show them."""


def register(metric: Metric) -> None:
    """Adds a metric to everything that shows metrics; a key that is taken is a `ValueError`."""
    if metric.key in METRICS:
        raise ValueError(f"there is a metric {metric.key} already")
    METRICS[metric.key] = metric


def listed(table: Table) -> tuple[Metric, ...]:
    """The metrics that stand in a table."""
    return tuple(metric for metric in METRICS.values() if table in metric.tables)


def thresholded() -> tuple[Metric, ...]:
    """The metrics of predictions, which change with the threshold."""
    return tuple(metric for metric in METRICS.values() if metric.needs_threshold)


def estimable() -> tuple[Metric, ...]:
    """The metrics that can be estimated before labels come."""
    return tuple(metric for metric in METRICS.values() if not metric.needs_labels)


def recorded(name: str) -> Metric | None:
    """The metric of a recorded name such as `ece`, `test_ece_low`, `cv_ece_mean` or `reference_ece`; None for any other
    name."""
    for start in ("test_", "cv_", "reference_"):
        name = name.removeprefix(start)
    for end in ("_mean", "_low", "_high"):
        name = name.removesuffix(end)
    return METRICS.get(name)


def _skill(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    yes, no = positives.sum(axis=1), negatives.sum(axis=1)
    return 1 - _divided(_log_loss(cells, positives, negatives), _entropy(_divided(yes, yes + no)))


register(
    Metric(
        key="skill",
        title=message("Skill"),
        meaning=message(
            "Skill is the improvement over the baseline: 1 − log loss / log loss of the baseline on the same rows. The "
            "baseline predicts the observed rate for every row. At 0% the model is no better than that."
        ),
        spec="+.1%",
        function=_skill,
        needs_labels=False,
        tables=EVERYWHERE - {"search"},
        worthless=Line(0.0, message("baseline")),
    )
)


def _log_loss(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    return _mean(cells.log_loss, positives, negatives)


register(
    Metric(
        key="log_loss",
        title=message("Log loss"),
        meaning=message(
            "Log loss is the mean of −log of the probability that the model gave to the actual outcome. Lower is "
            "better. One confident wrong prediction costs more than many uncertain ones."
        ),
        spec=".4f",
        function=_log_loss,
        better="lower",
        needs_labels=False,
    )
)


def _roc_auc(_: Cells, positives: Floats, negatives: Floats) -> Floats:
    return _ranked(positives, negatives, np.zeros(len(positives)))


def _expected_roc_auc(_: Cells, positives: Floats, negatives: Floats) -> Floats:
    # A row is never both classes, so that its p (1 - p) are no pair.
    itself = _divided(positives * negatives, positives + negatives).sum(axis=1)
    return _ranked(positives, negatives, itself)


register(
    Metric(
        key="roc_auc",
        title=message("AUC (area under the ROC curve)"),
        abbreviated=message("AUC"),
        meaning=message(
            "AUC is the probability that a positive row is ranked above a negative one. 0.5 is chance, 1 is perfect. "
            "AUC does not say whether the probabilities are calibrated."
        ),
        spec=".3f",
        function=_roc_auc,
        needs_labels=False,
        worthless=Line(0.5, message("chance")),
        expected=_expected_roc_auc,
    )
)


def _average_precision(_: Cells, positives: Floats, negatives: Floats) -> Floats:
    yes, no = positives.sum(axis=1), negatives.sum(axis=1)
    found, called = (np.cumsum(one[:, ::-1], axis=1)[:, ::-1] for one in (positives, positives + negatives))
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    return _divided(np.einsum("ij,ij->i", positives, precision), np.where(no > 0, yes, 0))


register(
    Metric(
        key="average_precision",
        title=message("Average precision"),
        meaning=message(
            "Average precision is the area under the precision-recall curve. A random ranking reaches the share of "
            "positives."
        ),
        spec=".3f",
        function=_average_precision,
        tables=ONLY_LISTS,
    )
)


def _brier(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    return _mean(cells.brier, positives, negatives)


register(
    Metric(
        key="brier",
        title=message("Brier score"),
        abbreviated=message("Brier"),
        meaning=message(
            "The Brier score is the mean squared difference between probability and outcome. Lower is better."
        ),
        spec=".4f",
        function=_brier,
        better="lower",
        tables=frozenset({"trend", "comparison"}),
    )
)


def _gaps(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    """Per bin with rows, the observed less the predicted positives, as a share of all rows."""
    starts = np.append(0, np.flatnonzero(np.diff(cells.bins)) + 1)
    share = cells.probability.astype(positives.dtype)
    found = np.add.reduceat(positives * (1 - share) - negatives * share, starts, axis=1)
    gaps: Floats = found / (positives.sum(axis=1) + negatives.sum(axis=1))[:, None]
    return gaps


def _calibration_error(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    # Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015.
    error: Floats = np.abs(_gaps(cells, positives, negatives)).sum(axis=1)
    return error


register(
    Metric(
        key="ece",
        title=message("Calibration error"),
        meaning=message(
            "Calibration error is the mean gap between predicted and observed rate, over {bins} bins of equal counts "
            "(expected calibration error). Lower is better.",
            bins=ECE_BINS,
        ),
        spec=".1%",  # a gap between rates, and rates are percentages everywhere
        function=_calibration_error,
        better="lower",
        tables=frozenset({"candidate", "trend"}),
        parts=_gaps,
    )
)


def _accuracy(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    hits, alarms, yes, no = _called(cells, positives, negatives)
    return _divided(hits + no - alarms, yes + no)


register(
    Metric(
        key="accuracy",
        title=message("Accuracy"),
        meaning=message("Accuracy is the share of rows whose prediction is right at the threshold."),
        spec=".3f",
        function=_accuracy,
        needs_threshold=True,
        needs_labels=False,
        tables=ONLY_LISTS,
    )
)


def _precision(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    hits, alarms, *__ = _called(cells, positives, negatives)
    return _divided(hits, hits + alarms)


register(
    Metric(
        key="precision",
        title=message("Precision"),
        meaning=message("Precision is the share of positives among the rows that are predicted positive."),
        spec=".3f",
        function=_precision,
        needs_threshold=True,
        tables=ONLY_LISTS,
    )
)


def _recall(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    hits, __, yes, __ = _called(cells, positives, negatives)
    return _divided(hits, yes)


register(
    Metric(
        key="recall",
        title=message("Recall"),
        meaning=message("Recall is the share of the positive rows that are predicted positive."),
        spec=".3f",
        function=_recall,
        needs_threshold=True,
        tables=ONLY_LISTS,
    )
)


def _f1(cells: Cells, positives: Floats, negatives: Floats) -> Floats:
    hits, alarms, yes, __ = _called(cells, positives, negatives)
    return _divided(2 * hits, hits + alarms + yes)


register(
    Metric(
        key="f1",
        title=message("F1"),
        meaning=message(
            "F1 is the harmonic mean of precision and recall at the threshold. It is 0 when no positive row is found."
        ),
        spec=".3f",
        function=_f1,
        needs_threshold=True,
        needs_labels=False,
        tables=EVERYWHERE - {"candidate"},
    )
)


def _mean(losses: tuple[Floats, Floats], positives: Floats, negatives: Floats) -> Floats:
    # In the precision of the weights: else every product first makes a copy of them.
    hit, miss = (loss.astype(positives.dtype) for loss in losses)
    return _divided(positives @ hit + negatives @ miss, positives.sum(axis=1) + negatives.sum(axis=1))


def _ranked(positives: Floats, negatives: Floats, itself: Floats) -> Floats:
    # A positive outranks every negative below it and half of those beside it (Mann-Whitney).
    below = np.cumsum(negatives, axis=1) - negatives / 2
    pairs = np.einsum("ij,ij->i", positives, below) - itself / 2
    return _divided(pairs, positives.sum(axis=1) * negatives.sum(axis=1) - itself)


def _called(cells: Cells, positives: Floats, negatives: Floats) -> tuple[Floats, ...]:
    """Positives found, negatives called positive, all positives, all negatives."""
    called = cells.called.astype(positives.dtype)
    return positives @ called, negatives @ called, positives.sum(axis=1), negatives.sum(axis=1)


def _entropy(rate: Floats) -> Floats:
    """The log loss of the baseline, which predicts the rate for every row."""
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy: Floats = np.nan_to_num(-(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))
    return entropy


def _divided(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
