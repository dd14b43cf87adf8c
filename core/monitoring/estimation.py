"""How good the probabilities probably are on rows without labels, and whether that can be said at all.

Confidence-based estimation (CBPE; Białek et al., "Estimating Model Performance Under Covariate Shift Without Labels",
2024): where a calibrated model says 0.7, seven rows of ten are positive, so the probabilities tell how often they are
wrong. That holds as long as calibration does. No label tells when it stops, hence the gate: it is shut, and says why,
when the rows are not like those that calibration was learned on, when it does not even hold there, or when earlier
estimates missed what labels showed later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.calibration import Calibrator, calibration_error, fit
from core.metrics.cells import ECE_BINS, Cells, equal_counts
from core.metrics.evaluation import metrics
from core.metrics.intervals import LEVEL, Interval
from core.metrics.registry import METRICS, estimable
from core.metrics.thresholds import USUAL
from core.monitoring.labelling import SKILL_LOSS
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints
    from core.monitoring.separation import Mix

RESAMPLES = 500
HALVINGS = 12
BINS = 2_000
"""Groups of nearly equal probability among which labels are drawn: they move an AUC by less than 1e-4."""
OUTSIDE_SHUT = 0.04
"""Share of rows without support that shuts the gate. A random batch has 0.01. In simulations of a model that misses an
interaction, 95 % intervals still held the truth 9 times of 10 at 0.02, and half of the times at 0.045."""
CALIBRATION_SHUT = 0.05
"""Calibration error on the reference, in points of probability, from which an estimate is off by as much."""
TOLERATED = 0.02
"""By which an estimate of the log loss or AUC may miss the truth of a past window without counting against it."""
CHANCE = 0.05
"""Misses that a good estimate would show this rarely shut the gate."""
FEWEST_LABELS = 500
"""Labelled reference rows below which a calibration error of 0.05 is not told from none."""


@dataclass(frozen=True)
class Estimate:
    """Each metric that can be estimated, with the interval in which labels of these very rows would put it, 19 times in
    20.

    `recoverable` are the points of skill that a new calibration alone would win: the part of a low estimate that is
    the model's, and not of cases that are hard for any. `flips_at` is the share by which outcomes would have to follow
    the probabilities less closely for a material part of the estimated skill to be gone (sensitivity analysis after
    Rosenbaum, "Observational studies", 2002). Both are None in estimates from before they were kept.
    """

    figures: dict[str, Interval]
    rows: int
    recoverable: Interval | None = None
    flips_at: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Estimate:
        won = stored.get("recoverable")
        figures = {name: Interval.from_dict(one) for name, one in stored["figures"].items()}
        return cls(figures, stored["rows"], Interval.from_dict(won) if won else None, stored.get("flips_at"))


@dataclass(frozen=True)
class Past:
    """How estimates did on windows whose labels came later."""

    windows: int = 0
    misses: int = 0


@dataclass(frozen=True)
class Gate:
    """Whether an estimate may be relied on. `reasons` say why not; they are empty when it is open."""

    reasons: tuple[Message, ...]
    outside_share: float
    calibration_error: float | None
    past: Past

    @property
    def open(self) -> bool:
        return not self.reasons

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "reasons": [reason.as_dict() for reason in self.reasons]}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Gate:
        reasons = tuple(map(Message.from_dict, stored["reasons"]))
        return cls(**known(cls, stored) | {"reasons": reasons, "past": Past(**known(Past, stored["past"]))})


def estimate(calibrator: Calibrator, probability: Floats, threshold: float, seed: int) -> Estimate | None:
    """What the figures of `evaluation.metrics` would probably be on rows without labels; None where no row is scored.

    Values are expectations under the calibrated probabilities. Intervals hold two things that are not known: the
    calibration, drawn from what the reference leaves open, and the labels, drawn given it. They are for the figures
    that labels of these rows would show, so they don't shrink to nothing with many rows or with a large reference.
    """
    probability = np.asarray(probability, dtype=float)
    probability = probability[~np.isnan(probability)]
    if not len(probability):
        return None
    raw, counts = grouped(probability)
    positive = calibrator.probability(raw)[None] * counts
    cells = Cells.at(raw, positive[0], counts - positive[0], threshold, equal_counts(probability, ECE_BINS))
    rng = np.random.default_rng(seed)
    chances = calibrator.drawn(raw, rng, RESAMPLES)
    drawn = rng.binomial(counts, chances).astype(float)
    figures = {}
    for metric in estimable():
        value = (metric.expected or metric.function)(cells, positive, counts - positive)[0]
        figures[metric.key] = _bounds(value, metric.function(cells, drawn, counts - drawn))
    won = _bounds(_recoverable(raw, positive / counts, counts)[0], _recoverable(raw, chances, counts))
    return Estimate(figures, int(counts.sum()), won, _flips_at(raw, positive[0] / counts, counts))


def gate(reference_target: Floats, reference_probability: Floats, outside_share: float, past: Past, seed: int) -> Gate:
    """Whether an estimate from this reference, for rows of which `outside_share` have no support, may be relied on.

    The reference is judged by folds, so that a calibration is not asked about the rows it was learned on.
    """
    reasons, error = [], None
    classes = np.bincount(np.asarray(reference_target, dtype=int), minlength=2)
    if classes.sum() < FEWEST_LABELS or not classes.all():
        few = message("The test rows have too few labels to calibrate on: {rows:,}.", rows=int(classes.sum()))
        reasons.append(few)
    else:
        error = calibration_error(reference_target, reference_probability, seed)
        if error >= CALIBRATION_SHUT:
            said = METRICS["ece"].written(error)
            reasons.append(
                message("Even on the test rows the probabilities are off by {error} on average.", error=said)
            )
    if outside_share >= OUTSIDE_SHUT:
        unlike = message(
            "{share:.0%} of the rows are unlike the test rows, where nothing tells how often the model is wrong.",
            share=outside_share,
        )
        reasons.insert(0, unlike)
    if _too_many(past):
        missed = message(
            "In {misses} of {windows} earlier windows labels showed something else than was estimated.",
            misses=past.misses,
            windows=past.windows,
        )
        reasons.append(missed)
    return Gate(tuple(reasons), float(outside_share), error, past)


def past_of(calibrator: Calibrator, windows: Sequence[tuple[Floats, Floats]], threshold: float, seed: int) -> Past:
    """How the estimate would have done on earlier windows of (target, probability), whose labels are now known.

    A miss is a window whose true log loss or AUC lies outside its interval, by more than is tolerated.
    """
    found = []
    for target, probability in windows:
        known = ~(np.isnan(np.asarray(target, dtype=float)) | np.isnan(np.asarray(probability, dtype=float)))
        target, probability = np.asarray(target)[known], np.asarray(probability)[known]
        told = estimate(calibrator, probability, threshold, seed)
        if told:
            truth = metrics(target, probability, threshold)
            figures = told.figures
            found.append(any(_missed(figures[name], truth[name]) for name in ("log_loss", "roc_auc")))
    return Past(len(found), sum(found))


def calibrated(reference_target: Floats, reference_probability: Floats, mix: Mix | None = None) -> Calibrator | None:
    """The calibration that the reference supports; None where it has too few labels of either class for one.

    With a `mix` it is the one that holds there: probabilities may come true in one group of cases and not in another,
    and a batch may hold more of the other (M-CBPE: Białek et al., 2024)."""
    classes = np.bincount(np.asarray(reference_target, dtype=int), minlength=2)
    if classes.sum() < FEWEST_LABELS or not classes.all():
        return None
    if mix is None:
        return fit(reference_target, reference_probability)
    return fit(np.asarray(reference_target)[mix.rows], np.asarray(reference_probability)[mix.rows], mix.weights)


def _missed(bounds: Interval, truth: float | None) -> bool:
    if truth is None:
        return False
    return not bounds.low <= truth <= bounds.high and abs(truth - bounds.value) > TOLERATED


def _too_many(past: Past) -> bool:
    from scipy.special import bdtrc

    return bool(past.misses and bdtrc(past.misses - 1, past.windows, CHANCE) <= CHANCE + 1e-12)


def figure(name: str, raw: Floats, yes: Floats, counts: Ints) -> float:
    """A metric of rows of which so many are expected to be positive (`yes`), in groups of equal probability."""
    cells = Cells.at(raw, yes, counts - yes, USUAL, np.array([]))
    metric = METRICS[name]
    return float((metric.expected or metric.function)(cells, yes[None], (counts - yes)[None])[0])


def grouped(probability: Floats) -> tuple[Floats, Ints]:
    """Distinct probabilities, rising, and their rows; above 2,000 of them, means of groups of about equal counts."""
    distinct, counts = np.unique(probability, return_counts=True)
    if len(distinct) <= BINS:
        return distinct, counts
    group = ((np.cumsum(counts) - counts) * BINS // counts.sum()).astype(int)
    starts = np.append(0, np.flatnonzero(np.diff(group)) + 1)
    rows = np.add.reduceat(counts, starts)
    return np.add.reduceat(distinct * counts, starts) / rows, rows


def _recoverable(raw: Floats, chances: Floats, counts: Ints) -> Floats:
    """The points of skill between the probabilities and each row of true chances (draws, groups): their divergence
    (Kullback-Leibler), as a share of the log loss of the baseline."""
    from scipy.special import entr

    tiny = np.finfo(float).eps
    inside = np.clip(raw, tiny, 1 - tiny)
    surprise = -(chances * np.log(inside) + (1 - chances) * np.log1p(-inside)) - entr(chances) - entr(1 - chances)
    rate = chances @ counts / counts.sum()
    found: Floats = surprise @ counts / counts.sum() / np.maximum(entr(rate) + entr(1 - rate), tiny)
    return found


def _flips_at(raw: Floats, chance: Floats, counts: Ints) -> float | None:
    """The share by which the log-odds of the true chances would have to move towards their mean, so that the skill of
    the probabilities falls by `SKILL_LOSS` of it; None where there is none to lose."""
    from scipy.special import expit, logit

    odds = logit(np.clip(chance, np.finfo(float).eps, 1 - np.finfo(float).eps))
    middle = float(odds @ counts) / counts.sum()

    def skill(share: float) -> float:
        return figure("skill", raw, expit(middle + (1 - share) * (odds - middle)) * counts, counts)

    whole = skill(0.0)
    if not whole > 0:
        return None
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        half = (low + high) / 2
        low, high = (half, high) if skill(half) > (1 - SKILL_LOSS) * whole else (low, half)
    return high


def _bounds(value: float, draws: Floats) -> Interval:
    low, high = np.nanquantile(draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))
