"""How good a model is on labelled rows, beside what it was on its reference and what these rows let one expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.evaluation import metrics
from core.metrics.intervals import FEWEST_LABELS, Interval, intervals
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats

FEWEST_OF_A_CLASS = 10
"""Labelled rows of the smaller class below which no performance is shown: what one positive more or less would change
is not known from a handful of them."""


@dataclass(frozen=True)
class Shortfall:
    """By how much a figure falls short of its yardstick, and how surely.

    `expected` is the figure that the reference lets one expect of this batch's own mix of cases (`of_mix`), or the
    reference's own figure where nothing else can be expected. `loss` is expected minus shown, above 0 where the model
    does worse. `p` is the chance of a loss so great had nothing changed, and `alpha` the chance that this look may
    take: the share of the version's budget for false alarms that `core.monitoring.budget` gives it.
    """

    expected: Interval
    loss: Interval
    p: float
    alpha: float
    of_mix: bool

    @property
    def significant(self) -> bool:
        """Whether the loss is there even after all looks of a version's lifetime."""
        return self.p <= self.alpha

    def exceeds(self, least: float) -> bool:
        """Whether a loss of at least so much is shown."""
        return self.significant and self.loss.low > 0 and self.loss.low >= least

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Shortfall:
        bounds = {name: Interval.from_dict(stored[name]) for name in ("expected", "loss")}
        return cls(**known(cls, stored) | bounds)


@dataclass(frozen=True)
class Performance:
    """The metrics of both sides, and the two that decide with their 95% intervals and shortfalls.

    `skill_loss` and `auc_loss` are None in assessments from before figures were held against the mix of cases.
    """

    reference: dict[str, float | None]
    current: dict[str, float | None]
    skill: Interval
    roc_auc: Interval
    reference_skill: Interval
    reference_roc_auc: Interval
    skill_loss: Shortfall | None = None
    auc_loss: Shortfall | None = None

    @property
    def losses(self) -> tuple[Shortfall, Shortfall]:
        """Those of skill and AUC, of a performance that was held against what its cases let one expect."""
        assert self.skill_loss is not None, "skill is held against a yardstick"
        assert self.auc_loss is not None, "AUC is held against a yardstick"
        return self.skill_loss, self.auc_loss

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Performance:
        """What `dataclasses.asdict` made, back from JSON."""
        bounds, losses = ("skill", "roc_auc", "reference_skill", "reference_roc_auc"), ("skill_loss", "auc_loss")
        found = {name: Interval.from_dict(stored[name]) for name in bounds}
        lost = {name: Shortfall.from_dict(stored[name]) for name in losses if stored.get(name)}
        return cls(**known(cls, stored) | found | lost)


def measurable(target: Floats) -> bool:
    """Whether labels (0/1, without nan) are enough to measure a model on: 100, and 10 of the smaller class."""
    positives = int(np.sum(target))
    return len(target) >= FEWEST_LABELS and min(positives, len(target) - positives) >= FEWEST_OF_A_CLASS


def measured(
    reference: tuple[Floats, Floats], current: tuple[Floats, Floats], threshold: float, seed: int
) -> Performance | None:
    """The performance on two sides of (target, probability); None where either has too few labels of a class."""
    if not (measurable(current[0]) and measurable(reference[0])):
        return None
    now, before = (_bounds(*side, seed) for side in (current, reference))
    return Performance(metrics(*reference, threshold), metrics(*current, threshold), *now, *before)


def _bounds(target: Floats, probability: Floats, seed: int) -> tuple[Interval, Interval]:
    found = intervals(target, probability, ("skill", "roc_auc"), seed)
    skill, auc = found["skill"], found["roc_auc"]
    assert skill is not None, "both outcomes have a skill"
    assert auc is not None, "both outcomes have an AUC"
    return skill, auc


def loss_between(before: Interval, now: Interval) -> Interval:
    """By how much a figure fell, before minus now, with the bounds of a difference of two independent estimates from
    their own bounds (MOVER: Zou and Donner, "Construction of confidence limits about effect measures", 2008)."""
    fell = before.value - now.value
    low = fell - float(np.hypot(before.value - before.low, now.high - now.value))
    return Interval(fell, low, fell + float(np.hypot(before.high - before.value, now.value - now.low)))


def certain_loss(before: Interval, now: Interval) -> float:
    """The least by which a figure fell: the lower bound of `loss_between`."""
    return loss_between(before, now).low
