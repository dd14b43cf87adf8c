"""From what a model says to how often it comes true, learned on the reference, with what the reference leaves open."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from core.data.arrays import Floats

TINY = 1e-6
STEPS = 50
PULL = np.eye(3)
"""How strongly each weight is drawn to no correction: a prior of deviation 1. Probabilities that all lie near one
another say little about any weight alone, and without it the curve may turn around just beyond them."""
FOLDS = 5
ERROR_BINS = 10


@dataclass(frozen=True)
class Calibrator:
    """Log-odds that come true = slopes . (ln p, -ln(1 - p)) + intercept, with the covariance of the three."""

    weights: tuple[float, float, float]
    covariance: tuple[tuple[float, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Calibrator:
        first, second, intercept = stored["weights"]
        return cls((first, second, intercept), tuple(map(tuple, stored["covariance"])))

    def probability(self, raw: Floats) -> Floats:
        """How often the probabilities `raw` come true. Shape (rows,)."""
        return _logistic(_terms(raw) @ np.array(self.weights))

    def drawn(self, raw: Floats, rng: np.random.Generator, draws: int) -> Floats:
        """The same under each of `draws` calibrations that the reference does not rule out. Shape (draws, rows)."""
        weights = rng.multivariate_normal(self.weights, np.array(self.covariance), draws, method="eigh")
        return _logistic(weights @ _terms(raw).T)

    def slopes(self, raw: Floats) -> Floats:
        """By how much the log-odds of each row move with each of the three weights. Shape (rows, 3)."""
        return _terms(raw)


def fit(target: Floats, probability: Floats, weights: Floats | None = None) -> Calibrator:
    """Beta calibration (Kull, Silva Filho and Flach, "Beyond sigmoids", 2017), by Newton's method.

    Three numbers from thousands of rows: far steadier than isotonic regression, and the identity is among its curves,
    so that probabilities that need no correction get none. Its covariance is the inverse of the Fisher information.
    With `weights`, of mean 1, each row counts as often as rows like it do elsewhere, and the covariance is the sandwich
    that holds for weighted rows (White, "Maximum likelihood estimation of misspecified models", 1982).
    """
    terms, target = _terms(probability), np.asarray(target, dtype=float)
    counted = np.ones(len(target)) if weights is None else np.asarray(weights, dtype=float)
    neutral = np.array([1.0, 1.0, 0.0])
    # From where every row still pulls; at (1, 1, 0) a sure probability that was wrong would pull from too far away.
    found = np.zeros(3)
    for _ in range(STEPS):
        expected = _logistic(terms @ found)
        information = (terms * (counted * expected * (1 - expected))[:, None]).T @ terms + PULL
        step = np.linalg.solve(information, terms.T @ (counted * (target - expected)) - PULL @ (found - neutral))
        found += step
        if np.abs(step).max() < TINY:
            break
    covariance = np.linalg.inv(information)
    if weights is not None:
        scores = terms * (counted * (target - expected))[:, None]
        covariance = covariance @ (scores.T @ scores + PULL) @ covariance
    return Calibrator(tuple(found.tolist()), tuple(map(tuple, covariance.tolist())))


def calibration_error(target: Floats, probability: Floats, seed: int) -> float:
    """By how much calibrated probabilities still miss the observed rate, root mean square over ten bins of rows.

    Each fifth of the rows is calibrated by the other four. What chance alone gives is taken off (Kumar, Liang and Ma,
    "Verified uncertainty calibration", 2019), so that few rows don't look badly calibrated.
    """
    target, probability = np.asarray(target, dtype=float), np.asarray(probability, dtype=float)
    fold = np.random.default_rng(seed).permutation(len(target)) % FOLDS
    found = np.empty(len(target))
    for number in range(FOLDS):
        found[fold == number] = fit(target[fold != number], probability[fold != number]).probability(
            probability[fold == number]
        )
    # Bins of what the model said: what its calibration makes of that may be nearly the same everywhere.
    cuts = np.unique(np.quantile(probability, np.arange(1, ERROR_BINS) / ERROR_BINS))
    bins = np.searchsorted(cuts, probability, side="right")
    rows = np.maximum(np.bincount(bins, minlength=ERROR_BINS), 1)
    observed = np.bincount(bins, target, minlength=ERROR_BINS) / rows
    gap = np.bincount(bins, found, minlength=ERROR_BINS) / rows - observed
    chance = observed * (1 - observed) / np.maximum(rows - 1, 1)
    return float(np.sqrt(max(np.sum(rows * (gap**2 - chance)) / len(target), 0.0)))


def _terms(probability: Floats) -> Floats:
    inside = np.clip(np.asarray(probability, dtype=float), TINY, 1 - TINY)
    return np.column_stack([np.log(inside), -np.log1p(-inside), np.ones(len(inside))])


def _logistic(odds: Floats) -> Floats:
    from scipy.special import expit

    expected: Floats = expit(odds)
    return expected
