"""How good probabilities are on labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from core.text.errors import CourtsideError
from core.text.messages import message

Metric = Literal[
    "log_loss", "brier", "roc_auc", "average_precision", "accuracy", "precision", "recall", "f1", "ece", "skill"
]
METRICS: tuple[Metric, ...] = get_args(Metric)
THRESHOLDED: tuple[Metric, ...] = ("accuracy", "precision", "recall", "f1")
"""The metrics that look at predictions and not at probabilities."""

ECE_BINS = 10


def metrics(target: np.ndarray, probability: np.ndarray, threshold: float = 0.5) -> dict[str, float | None]:
    """Every figure that Courtside shows for a set of labelled rows: `METRICS`, and `target_rate`.

    `target` is 0/1 or bool, `probability` that of the positive class, both (rows,). A prediction is positive at
    `threshold` or above. Skill is 1 - log_loss / log_loss of the best constant on the same rows: 0 means no better
    than always saying their rate. `ece` is the expected calibration error over `ECE_BINS` bins of equal counts (Naeini,
    Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", 2015). With one class only
    `roc_auc`, `average_precision` and `skill` say nothing and are None; a precision, recall or F1 that would divide by
    zero is 0. Raises `CourtsideError` when there is no row.

    >>> found = metrics(np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9]))
    >>> round(found["log_loss"], 3), found["roc_auc"], found["accuracy"]
    (0.511, 0.75, 0.5)
    """
    target, probability = checked(target, probability)
    cells = Cells.of(target, probability, threshold)
    return {**{name: point(name, cells) for name in METRICS}, "target_rate": float(target.mean())}


def checked(target: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same as bool and float, once they are known to be labelled rows; none at all is a `CourtsideError`."""
    target, probability = np.asarray(target), np.asarray(probability, dtype=float)
    if not len(target):
        raise CourtsideError(
            message("There is no labelled row to evaluate."), message("Choose rows in which the target is known.")
        )
    if target.shape != probability.shape or not np.isin(target, (0, 1)).all() or np.isnan(probability).any():
        raise ValueError("target must be 0/1 and probability a number, one of each per row")
    return target.astype(bool), probability


def row_losses(target: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The log loss of each row, (rows,); a probability of exactly 0 or 1 costs what the nearest float does."""
    tiny = np.finfo(float).eps
    return -np.log(np.clip(np.where(np.asarray(target, bool), probability, 1 - probability), tiny, 1 - tiny))


@dataclass(frozen=True)
class Cells:
    """Rows gathered by probability, rising: how many of each class, and what one such row costs.

    `called` says whether a prediction is positive there, `bins` which bin of the calibration error the cell is in.
    """

    positives: np.ndarray
    negatives: np.ndarray
    probability: np.ndarray
    called: np.ndarray
    bins: np.ndarray
    log_loss: tuple[np.ndarray, np.ndarray]
    brier: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, target: np.ndarray, probability: np.ndarray, threshold: float) -> Cells:
        distinct, index = np.unique(probability, return_inverse=True)
        positives = np.bincount(index, target, minlength=len(distinct))
        negatives = np.bincount(index, minlength=len(distinct)) - positives
        yes, no = np.ones(len(distinct), bool), np.zeros(len(distinct), bool)
        return cls(
            positives,
            negatives,
            distinct,
            distinct >= threshold,
            np.searchsorted(equal_counts(probability, ECE_BINS), distinct),
            (row_losses(yes, distinct), row_losses(no, distinct)),
            ((1 - distinct) ** 2, distinct**2),
        )

    def merged(self, bins: int) -> Cells:
        """The same rows in about `bins` cells of equal counts, each class with its mean loss there."""
        rows = self.positives + self.negatives
        group = ((np.cumsum(rows) - rows) * bins / rows.sum()).astype(int)
        # No cell lies on both sides of the threshold, or of the edge of a bin.
        change = np.diff(group) + np.diff(self.called) + np.diff(self.bins)
        starts = np.append(0, np.flatnonzero(change) + 1)
        classes = (self.positives, self.negatives)
        counts = tuple(np.add.reduceat(one, starts) for one in classes)

        def means(losses: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
            sums = (np.add.reduceat(loss * one, starts) for loss, one in zip(losses, classes, strict=True))
            return tuple(total / np.maximum(count, 1) for total, count in zip(sums, counts, strict=True))

        mean = np.add.reduceat(self.probability * rows, starts) / np.add.reduceat(rows, starts)
        flags = self.called[starts], self.bins[starts]
        return Cells(*counts, mean, *flags, means(self.log_loss), means(self.brier))


def equal_counts(probability: np.ndarray, bins: int) -> np.ndarray:
    """The inner edges of at most `bins` bins of about equal counts, rising; `searchsorted` gives a row its bin. Equal
    probabilities stay in one bin, so a tree with few leaves gives few bins."""
    return np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))


def point(metric: Metric, cells: Cells) -> float | None:
    """The metric of the rows as they are; None where it has no value (one class)."""
    value = float(values(metric, cells, cells.positives[None], cells.negatives[None])[0])
    return None if np.isnan(value) else value


def values(metric: Metric, cells: Cells, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """The metric under each row of weights, nan where a class has none."""
    yes, no = positives.sum(axis=1), negatives.sum(axis=1)
    if metric in THRESHOLDED:
        called = cells.called.astype(positives.dtype)
        return _of_predictions(metric, positives @ called, negatives @ called, yes, no)
    match metric:
        case "roc_auc":
            # A positive outranks every negative below it and half of those beside it (Mann-Whitney).
            below = np.cumsum(negatives, axis=1) - negatives / 2
            return divided(np.einsum("ij,ij->i", positives, below), yes * no)
        case "average_precision":
            found, called = (np.cumsum(one[:, ::-1], axis=1)[:, ::-1] for one in (positives, positives + negatives))
            precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
            return divided(np.einsum("ij,ij->i", positives, precision), np.where(no > 0, yes, 0))
        case "ece":
            return np.abs(gaps(cells, positives, negatives)).sum(axis=1)
    # In the precision of the weights: else every product first makes a copy of them.
    hit, miss = (loss.astype(positives.dtype) for loss in (cells.brier if metric == "brier" else cells.log_loss))
    mean = divided(positives @ hit + negatives @ miss, yes + no)
    return mean if metric != "skill" else 1 - divided(mean, _entropy(divided(yes, yes + no)))


def gaps(cells: Cells, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Per row of weights and bin with rows, the observed less the predicted positives, as a share of all rows."""
    starts = np.append(0, np.flatnonzero(np.diff(cells.bins)) + 1)
    share = cells.probability.astype(positives.dtype)
    found = np.add.reduceat(positives * (1 - share) - negatives * share, starts, axis=1)
    return found / (positives.sum(axis=1) + negatives.sum(axis=1))[:, None]


def _of_predictions(
    metric: Metric, hits: np.ndarray, alarms: np.ndarray, yes: np.ndarray, no: np.ndarray
) -> np.ndarray:
    """A metric of predictions from its counts: positives found, negatives called positive, all of each class."""
    above, below = {
        "accuracy": (hits + no - alarms, yes + no),
        "precision": (hits, hits + alarms),
        "recall": (hits, yes),
        "f1": (2 * hits, hits + alarms + yes),
    }[metric]
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def _entropy(rate: np.ndarray) -> np.ndarray:
    """The log loss of always saying the rate: what no constant can beat."""
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    return np.nan_to_num(entropy)


def divided(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """`above` by `below`, nan where `below` is 0."""
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
