"""What the labels of a batch say: the performance, what its cases let one expect, and how many labels settle it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.metrics.calibration import Calibrator, fit
from core.metrics.performance import Performance, measurable, measured
from core.monitoring.budget import level
from core.monitoring.expected import expected, held_against_mix, held_against_reference
from core.monitoring.labelling import SKILL_LOSS, LabelPlan, labels_needed
from core.monitoring.selection import calibrated_for, unlike_the_others

if TYPE_CHECKING:
    from core.data.contract import Contract
    from core.monitoring.unlabelled import Side


@dataclass(frozen=True)
class Labelled:
    """`performance` is None where the labels are too few; `plan` are the labels that would rule out a loss of `margin`
    points of skill, or show it; `unlike` names in what the labelled rows differ from the others."""

    performance: Performance | None
    plan: LabelPlan | None
    margin: float | None
    unlike: tuple[str, ...]


@dataclass(frozen=True)
class Yardstick:
    """What labels are held against: `calibrator` is that of the batch's mix, where one is known; `inside` says whether
    most of the rows lie where the reference has rows, and so whether anything can be expected of them; `look` is the
    number of this look at labels of the version."""

    calibrator: Calibrator | None
    inside: bool
    look: int


def what_labels_say(
    contract: Contract, reference: Side, current: Side, threshold: float, seed: int, against: Yardstick
) -> Labelled:
    """The batch's labels held against what its mix of cases lets one expect."""
    calibrator = against.calibrator
    before, now, labelled = reference.known(), current.known(), current.labelled()
    if not measurable(before[0]):
        return Labelled(None, None, None, ())
    unlike = unlike_the_others(current, labelled, contract)
    performance = measured(before, now, threshold, seed)
    if performance and unlike:
        calibrator = calibrated_for(current.rows[labelled], contract, reference, seed)
    calibrator = calibrator or fit(*before)
    if performance and against.inside:
        performance = held_against_mix(performance, calibrator, *now, level(against.look))
    elif performance:
        performance = held_against_reference(performance, level(against.look))
    lost = performance.skill_loss if performance else None
    yardstick = lost.expected if lost else expected(calibrator, current.probability)["skill"]
    margin = SKILL_LOSS * yardstick.value
    if not margin > 0:
        return Labelled(performance, None, None, unlike)
    return Labelled(performance, labels_needed(calibrator, current.probability, yardstick, margin), margin, unlike)
