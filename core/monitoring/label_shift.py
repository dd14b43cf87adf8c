"""Whether a batch changed as a change of the positive rate alone would have it: label shift.

Positives and negatives look as they did, and one of the two has become more frequent. The batch then is a mixture of
the reference's positives and negatives, and how much of each is told by the model's own probabilities (Lipton, Wang
and Smola, "Detecting and correcting for label shift with black box predictors", 2018). It is named where that mixture
explains the batch: in the probabilities, by a chi-square test, in each feature, by its mean, and in all features
together, by a domain classifier that no longer tells the batch from a reference of that mixture. A feature that moves
by itself leaves the others where they were, so that others than the one that moved most have to have moved too, as the
mixture would move them. The model's probabilities do not allow for label shift, and an estimate that rests on them is
wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.intervals import REACH, Interval
from core.monitoring.profiles import numbers
from core.monitoring.separation import separate
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Bools, Floats
    from core.data.contract import Contract, Feature
    from core.monitoring.unlabelled import Side

BINS = 10
FEWEST_OF_A_CLASS = 50
"""Reference rows of either class below which it is not known how it looks."""
CHANGED = 0.01
"""Chance of a change of the rate so large where nothing changed, below which one is told."""
MATERIAL = 0.2
"""Least change of the rate's log-odds: at even odds it puts probabilities off by 5 points, where an estimate fails."""
EXPLAINED = 0.05
"""Chance of a mixture so far from the batch, from which on it explains the batch."""


@dataclass(frozen=True)
class LabelShift:
    """The positive rate that would explain the batch, with its 95 % interval, and that of the reference."""

    rate: Interval
    before: float

    @property
    def reason(self) -> Message:
        """Why no estimate is reliable, in a sentence."""
        return message(
            "This looks like label shift: the features fit a positive rate of {rate:.1%} (95% CI {low:.1%} to "
            "{high:.1%}), {before:.1%} on the test set. The probabilities do not allow for that.",
            rate=self.rate.value,
            low=self.rate.low,
            high=self.rate.high,
            before=self.before,
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> LabelShift:
        return cls(**known(cls, stored) | {"rate": Interval.from_dict(stored["rate"])})


def label_shift(contract: Contract, reference: Side, current: Side, seed: int) -> LabelShift | None:
    """The label shift that explains how the batch differs from the reference; None where none does, or too little is
    known of either class."""
    target, probability = reference.known()
    scored = np.asarray(current.probability, dtype=float)
    scored = scored[~np.isnan(scored)]
    classes = np.bincount(target.astype(int), minlength=2)
    if classes.min() < FEWEST_OF_A_CLASS or len(scored) < FEWEST_OF_A_CLASS:
        return None
    found = _mixed(target, probability, scored)
    if found is None:
        return None
    rows = reference.rows[reference.labelled()]
    if not _in_every_feature(contract, rows, target, current.rows, found):
        return None
    alike = rows[_drawn(target, found.value, np.random.default_rng(seed))]
    told = separate(alike, current.rows, contract, seed)
    if told is None or told.auc.low > 0.5:
        return None
    return LabelShift(found, float(target.mean()))


def _mixed(target: Floats, before: Floats, now: Floats) -> Interval | None:
    """The share of positives whose mixture the probabilities are; None where it is that of the reference, or where no
    mixture explains them."""
    from scipy.special import chdtrc, logit, ndtr

    cuts = np.unique(np.quantile(before, np.arange(1, BINS) / BINS))
    yes, no, seen = (_histogram(some, cuts) for some in (before[target == 1], before[target == 0], now))
    if len(seen) < 3:
        return None
    counts = np.array([(target == 1).sum(), (target == 0).sum(), len(now)])
    rate = float(target.mean())
    for _ in range(3):
        # The variance of each bin depends on the rate, and the rate on how much each bin is to be trusted.
        mixed = np.maximum(rate * yes + (1 - rate) * no, 1 / len(before))
        spread = mixed / counts[2] + rate**2 * yes / counts[0] + (1 - rate) ** 2 * no / counts[1]
        weight = (yes - no) / spread
        rate = float(np.clip(weight @ (seen - no) / (weight @ (yes - no)), 0, 1))
    error = float(1 / np.sqrt(weight @ (yes - no)))
    misfit = float(((seen - rate * yes - (1 - rate) * no) ** 2 / spread).sum())
    changed = 2 * float(ndtr(-abs(rate - target.mean()) / error))
    material = abs(logit(np.clip(rate, 1e-9, 1 - 1e-9)) - logit(target.mean())) >= MATERIAL
    if changed > CHANGED or not material or chdtrc(len(seen) - 2, misfit) < EXPLAINED:
        return None
    return Interval(rate, max(rate - REACH * error, 0.0), min(rate + REACH * error, 1.0))


@dataclass(frozen=True)
class _Move:
    """By how much a mean moved, with the variance of that; by how much the mixture would move it; and how many standard
    errors lie between the two."""

    seen: float
    variance: float
    mixed: float
    stray: float


def _in_every_feature(
    contract: Contract, before: pd.DataFrame, target: Floats, now: pd.DataFrame, rate: Interval
) -> bool:
    """Whether every mean and every share of a category is that of the mixture, and more than one feature moved."""
    from scipy.special import ndtr

    features = [
        [move for column in _columns(feature, before, now) if (move := _move(target, *column, rate)) is not None]
        for feature in contract.features
    ]
    strays = [move.stray for moves in features for move in moves]
    first = sorted((moves[0] for moves in features if moves), key=lambda one: one.seen**2 / one.variance)
    others = first[:-1]
    if not others or 2 * float(ndtr(-max(strays))) * len(strays) < EXPLAINED:
        return False
    along = sum(one.seen * one.mixed / one.variance for one in others)
    length = sum(one.mixed**2 / one.variance for one in others)
    return length > 0 and float(ndtr(-along / np.sqrt(length))) <= EXPLAINED


def _move(target: Floats, before: Floats, now: Floats, rate: Interval) -> _Move | None:
    """None where too few values are known, or all are the same."""
    sides = [side[np.isfinite(side)] for side in (before[target == 1], before[target == 0], now, before)]
    if min(map(len, sides)) < FEWEST_OF_A_CLASS:
        return None
    yes, no, seen, whole = (float(side.mean()) for side in sides)
    errors = [float(side.var() / len(side)) for side in sides]
    known_rate = (rate.high - rate.low) / 2 / REACH * (yes - no)
    spread = rate.value**2 * errors[0] + (1 - rate.value) ** 2 * errors[1] + errors[2] + known_rate**2
    variance = errors[2] + errors[3]
    if spread <= 0 or variance <= 0:
        return None
    mixture = rate.value * yes + (1 - rate.value) * no
    return _Move(seen - whole, variance, mixture - whole, abs(seen - mixture) / float(np.sqrt(spread)))


def _columns(feature: Feature, before: pd.DataFrame, now: pd.DataFrame) -> Iterator[tuple[Floats, Floats]]:
    """A number before and now; of categories whether each of the most frequent ones is there."""
    old, new = before[feature.name], now[feature.name]
    if feature.traits.ordered:
        yield numbers(old), numbers(new)
        return
    for value in old.value_counts().index[:BINS]:
        yield (old == value).to_numpy(float), (new == value).to_numpy(float)


def _histogram(values: Floats, cuts: Floats) -> Floats:
    shares: Floats = np.bincount(np.searchsorted(cuts, values, side="right"), minlength=len(cuts) + 1) / len(values)
    return shares


def _drawn(target: Floats, rate: float, rng: np.random.Generator) -> Bools:
    """Reference rows, each once at most, of which this share is positive: as many as there are."""
    weight = np.where(target == 1, rate / target.mean(), (1 - rate) / (1 - target.mean()))
    drawn: Bools = rng.random(len(target)) < weight / weight.max()
    return drawn
