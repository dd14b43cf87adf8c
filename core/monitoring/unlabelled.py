"""What can be said of a batch before its labels come, and how many labels would settle the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.calibration import Calibrator
from core.metrics.intervals import Interval, interval
from core.monitoring.estimation import Estimate, Gate, Past, calibrated, estimate, gate, past_of
from core.monitoring.label_shift import LabelShift, label_shift
from core.monitoring.labelling import SKILL_LOSS, LabelPlan, labels_needed
from core.monitoring.separation import Separation, told_apart
from core.monitoring.support import SUPPORT_SAMPLE, outside_support
from core.text.stored import known

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Bools, Floats
    from core.data.contract import Contract


@dataclass(frozen=True)
class Side:
    """One side of a comparison: rows with the probability of each, and their outcomes (0/1, NaN where one is not
    known) or None where none is."""

    rows: pd.DataFrame
    probability: Floats
    target: Floats | None = None

    def outcomes(self) -> Floats:
        """The outcomes, NaN where they are not known; (rows,)."""
        return np.full(len(self.rows), np.nan) if self.target is None else np.asarray(self.target, float)

    def labelled(self) -> Bools:
        """Which rows have both a probability and an outcome."""
        both: Bools = ~np.isnan(self.outcomes()) & ~np.isnan(np.asarray(self.probability, float))
        return both

    def known(self) -> tuple[Floats, Floats]:
        """Outcomes and probabilities of the rows that have both."""
        some = self.labelled()
        return self.outcomes()[some], np.asarray(self.probability, float)[some]


@dataclass(frozen=True)
class Unlabelled:
    """A batch seen without its labels.

    `estimate` is what the model would probably reach, to be relied on only where `gate` is open; None where there is
    no calibration to go by. `labels` would settle whether `loss` points of skill are lost from `reference_skill`.
    `calibrator` says how often the probabilities come true in this batch's own mix of cases. `label_shift` is the
    change of the positive rate that explains the batch, where one does.
    """

    separation: Separation | None
    gate: Gate
    estimate: Estimate | None
    reference_skill: Interval | None
    loss: float | None
    labels: LabelPlan | None
    calibrator: Calibrator | None = None
    label_shift: LabelShift | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON that `from_dict` reads back; the reasons of the gate can still be rendered in either language."""
        return {name: one.as_dict() if hasattr(one, "as_dict") else one for name, one in vars(self).items()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Unlabelled:
        kinds: dict[str, Any] = {
            "separation": Separation,
            "gate": Gate,
            "estimate": Estimate,
            "reference_skill": Interval,
            "labels": LabelPlan,
            "calibrator": Calibrator,
            "label_shift": LabelShift,
        }
        read = {name: kind.from_dict(stored[name]) for name, kind in kinds.items() if stored.get(name)}
        return cls(**known(cls, stored) | read)


def without_labels(
    contract: Contract,
    reference: Side,
    current: Side,
    threshold: float,
    seed: int,
    windows: Sequence[tuple[Floats, Floats]] = (),
) -> Unlabelled:
    """The batch against the reference (the version's scored test rows), without looking at a label of the batch.

    `windows` are (target, probability) of earlier batches of this version whose labels came: what was estimated of
    them is held against what they showed. A row is outside support by its neighbours or by the domain classifier,
    whichever finds more. The loss to settle is the estimated one, if it is material and the gate is open, and else all
    of the skill: does the model still know anything here?
    """
    separation, mix = told_apart(reference.rows, current.rows, contract, seed) or (None, None)
    sample = np.sort(np.random.default_rng(seed).permutation(len(current.rows))[:SUPPORT_SAMPLE])
    far = outside_support(reference.rows, current.rows.iloc[sample], contract, seed)
    outside = max(float(far.mean()) if len(far) else 0.0, separation.strange_share if separation else 0.0)
    truth = reference.outcomes()
    calibrator, plain = calibrated(truth, reference.probability, mix), calibrated(truth, reference.probability)
    past = past_of(plain, windows, threshold, seed) if plain else Past()
    found = gate(truth, reference.probability, outside, past, seed)
    shift = label_shift(contract, reference, current, seed)
    if shift:
        found = replace(found, reasons=(*found.reasons, shift.reason))
    if calibrator is None:
        return Unlabelled(separation, found, None, None, None, None, label_shift=shift)
    estimated = estimate(calibrator, current.probability, threshold, seed)
    skill = interval(truth, reference.probability, "skill", seed)
    assert skill is not None, "a calibration takes both outcomes"
    loss = _loss(skill, estimated if found.open else None)
    labels = labels_needed(calibrator, current.probability, skill, loss) if loss else None
    return Unlabelled(separation, found, estimated, skill, loss, labels, calibrator, shift)


def _loss(skill: Interval, trusted: Estimate | None) -> float | None:
    """The loss of skill in question; None where the reference shows no skill that could be lost."""
    if skill.value <= 0:
        return None
    lost = skill.value - trusted.figures["skill"].value if trusted else 0.0
    return lost if lost >= SKILL_LOSS * skill.value else skill.value
