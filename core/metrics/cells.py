"""Labelled rows, checked and gathered by their probability: what every metric is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    from core.data.arrays import Array, Bools, Floats, Ints

ECE_BINS = 10
"""Bins of equal counts over which the calibration error is taken."""


def checked(target: Array, probability: Floats) -> tuple[Bools, Floats]:
    """The same as bool and float, once they are known to be labelled rows; none at all is a `CourtsideError`."""
    target, probability = np.asarray(target), np.asarray(probability, dtype=float)
    if not len(target):
        raise CourtsideError(
            message("There is no labelled row to evaluate."), message("Choose rows in which the target is known.")
        )
    if target.shape != probability.shape or not np.isin(target, (0, 1)).all() or np.isnan(probability).any():
        raise ValueError("target must be 0/1 and probability a number, one of each per row")
    return target.astype(bool), probability


def row_losses(target: Array, probability: Floats) -> Floats:
    """The log loss of each row, (rows,); a probability of exactly 0 or 1 costs what the nearest float does."""
    tiny = np.finfo(float).eps
    losses: Floats = -np.log(np.clip(np.where(np.asarray(target, bool), probability, 1 - probability), tiny, 1 - tiny))
    return losses


@dataclass(frozen=True)
class Cells:
    """Rows gathered by probability, rising: how many of each class, and what one such row costs.

    `called` says whether a prediction is positive there, `bins` which bin of the calibration error the cell is in.
    """

    positives: Floats
    negatives: Floats
    probability: Floats
    called: Bools
    bins: Ints
    log_loss: tuple[Floats, Floats]
    brier: tuple[Floats, Floats]

    @classmethod
    def of(cls, target: Bools, probability: Floats, threshold: float) -> Cells:
        distinct, index = np.unique(probability, return_inverse=True)
        positives = np.asarray(np.bincount(index, target, minlength=len(distinct)), float)
        negatives = np.bincount(index, minlength=len(distinct)) - positives
        return cls.at(distinct, positives, negatives, threshold, equal_counts(probability, ECE_BINS))

    @classmethod
    def at(cls, probability: Floats, positives: Floats, negatives: Floats, threshold: float, edges: Floats) -> Cells:
        """Cells of known counts at rising probabilities; `edges` are those of the bins of the calibration error."""
        yes, no = np.ones(len(probability), bool), np.zeros(len(probability), bool)
        return cls(
            positives,
            negatives,
            probability,
            probability >= threshold,
            np.searchsorted(edges, probability),
            (row_losses(yes, probability), row_losses(no, probability)),
            ((1 - probability) ** 2, probability**2),
        )

    def merged(self, bins: int) -> Cells:
        """The same rows in about `bins` cells of equal counts, each class with its mean loss there."""
        rows = self.positives + self.negatives
        group = ((np.cumsum(rows) - rows) * bins / rows.sum()).astype(int)
        # No cell lies on both sides of the threshold, or of the edge of a bin.
        change = np.diff(group) + np.diff(self.called) + np.diff(self.bins)
        starts = np.append(0, np.flatnonzero(change) + 1)
        classes = (self.positives, self.negatives)
        yes, no = (np.add.reduceat(one, starts) for one in classes)

        def means(losses: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
            hit, miss = (np.add.reduceat(loss * one, starts) for loss, one in zip(losses, classes, strict=True))
            return hit / np.maximum(yes, 1), miss / np.maximum(no, 1)

        mean = np.add.reduceat(self.probability * rows, starts) / np.add.reduceat(rows, starts)
        flags = self.called[starts], self.bins[starts]
        return Cells(yes, no, mean, *flags, means(self.log_loss), means(self.brier))


def equal_counts(probability: Floats, bins: int) -> Floats:
    """The inner edges of at most `bins` bins of about equal counts, rising; `searchsorted` gives a row its bin. Equal
    probabilities stay in one bin, so a tree with few leaves gives few bins."""
    edges: Floats = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    return edges
