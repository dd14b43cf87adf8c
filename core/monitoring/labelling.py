"""How many labels would settle whether a model lost its skill, and which rows to label."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.intervals import FEWEST_LABELS, REACH
from core.metrics.performance import FEWEST_OF_A_CLASS
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints
    from core.metrics.calibration import Calibrator
    from core.metrics.intervals import Interval

POWER = NormalDist().inv_cdf(0.8)
"""Standard errors more, so that four samples of five settle it, not one of two."""
SKILL_LOSS = 0.25
"""Share of the reference skill whose certain loss asks for retraining."""


@dataclass(frozen=True)
class LabelPlan:
    """`needed` labelled rows settle it; None where no number does, because the reference itself is not known well
    enough. `available` rows can be labelled."""

    needed: int | None
    available: int

    @property
    def enough(self) -> bool:
        return self.needed is not None and self.needed <= self.available

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> LabelPlan:
        return cls(**known(cls, stored))


def labels_needed(calibrator: Calibrator, probability: Floats, reference_skill: Interval, loss: float) -> LabelPlan:
    """The labelled rows that confirm or reject, at 95 %, that skill fell by `loss` from that of the reference.

    `loss` is in points of skill, above 0: what was estimated to be lost, or the least that would matter. With so many
    labels the interval of the difference leaves out either no loss or this loss, whichever is wrong, four times of
    five. What one label says about skill is taken from the calibrated probabilities, so it is a plan and not a promise:
    where labels turn out noisier than the model thought, a second, smaller sample follows (two-stage sampling: Cochran,
    "Sampling Techniques", 1977, section 4.7). Never below the least that skill is measured on: `FEWEST_LABELS`, and as
    many as have `FEWEST_OF_A_CLASS` of the smaller class.
    """
    if loss <= 0:
        raise ValueError(f"a loss to settle is above 0, not {loss}")
    probability = np.asarray(probability, dtype=float)
    probability = probability[~np.isnan(probability)]
    unsure = (reference_skill.high - reference_skill.low) / 2 / REACH
    room = (loss / (REACH + POWER)) ** 2 - unsure**2
    if room <= 0 or not len(probability):
        return LabelPlan(None, len(probability))
    positive = calibrator.probability(probability)
    needed = int(np.ceil(_variance(positive, probability) / room))
    rarer = max(0.5 - abs(float(positive.mean()) - 0.5), float(np.finfo(float).eps))
    least = int(np.ceil(FEWEST_OF_A_CLASS / rarer))
    return LabelPlan(max(needed, FEWEST_LABELS, least), len(probability))


def stratified_sample(probability: Floats, rows: int, seed: int) -> Ints:
    """Positions of `rows` rows to label, rising; all scored ones if there are no more. Shape (rows,).

    Rows are ordered by probability and cut into as many strata as labels are wanted, one row at random from each
    (Cochran, section 5A.8): every row has the same chance, so that metrics of the sample need no weights, and low and
    high probabilities are there in their true proportion. Rows without a probability are left out.
    """
    probability = np.asarray(probability, dtype=float)
    rng = np.random.default_rng(seed)
    scored = rng.permutation(np.flatnonzero(~np.isnan(probability)))
    if rows >= len(scored):
        return np.sort(scored)
    ordered = scored[np.argsort(probability[scored], kind="stable")]
    # Strata may end inside a row: a start anywhere within the first step keeps every row's chance the same.
    places = (np.arange(rows) + rng.random(rows)) * len(ordered) / rows
    return np.sort(ordered[_distinct(places.astype(np.int64), len(ordered))])


def _distinct(places: Ints, size: int) -> Ints:
    """Rising places with those that fell on the same row moved to the next free one."""
    order = np.arange(len(places))
    moved = np.maximum.accumulate(places - order) + order
    return np.minimum(moved, size - len(places) + order)


def _variance(positive: Floats, raw: Floats) -> float:
    """Variance over rows and labels of what one row adds to skill, to first order.

    The best constant's own log loss is at its minimum, so a small error of the rate does not move it.
    """
    tiny = np.finfo(float).eps
    inside, rate = np.clip(raw, tiny, 1 - tiny), np.clip(positive.mean(), tiny, 1 - tiny)
    losses = np.array([-np.log(inside), -np.log1p(-inside)])
    best = np.array([[-np.log(rate)], [-np.log1p(-rate)]])
    chances = np.array([positive, 1 - positive])
    floor = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    share = float((chances * losses).sum(axis=0).mean()) / floor
    pull = (losses - share * best) / floor
    return float((chances * pull**2).sum(axis=0).mean() - (chances * pull).sum(axis=0).mean() ** 2)
