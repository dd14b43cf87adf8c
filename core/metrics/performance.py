"""How good a model is on labelled rows, beside what it was on its reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval, intervals
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats


@dataclass(frozen=True)
class Performance:
    """The metrics of both sides, and the two that decide with their 95 % intervals."""

    reference: dict[str, float | None]
    current: dict[str, float | None]
    skill: Interval
    roc_auc: Interval
    reference_skill: Interval
    reference_roc_auc: Interval

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Performance:
        """What `dataclasses.asdict` made, back from JSON."""
        bounds = ("skill", "roc_auc", "reference_skill", "reference_roc_auc")
        return cls(**known(cls, stored) | {name: Interval.from_dict(stored[name]) for name in bounds})


def measured(
    reference: tuple[Floats, Floats], current: tuple[Floats, Floats], threshold: float, seed: int
) -> Performance | None:
    """The performance on two sides of (target, probability); None where either has one class only."""
    found = [intervals(truth, told, ("skill", "roc_auc"), seed) for truth, told in (current, reference)]
    bounds = [one for side in found for one in (side["skill"], side["roc_auc"]) if one is not None]
    if len(bounds) < 2 * len(found):
        return None
    return Performance(metrics(*reference, threshold), metrics(*current, threshold), *bounds)


def certain_loss(before: Interval, now: Interval) -> float:
    """The least by which a figure fell: lower bound of the difference of two independent estimates, from their own
    bounds (MOVER: Zou and Donner, "Construction of confidence limits about effect measures", 2008)."""
    return before.value - now.value - float(np.hypot(before.value - before.low, now.high - now.value))
