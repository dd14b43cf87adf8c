"""Where to draw the line between the two predictions, and what every other place for it would cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.metrics.curves import POINTS, calls
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats

Aim = Literal["f1", "cost", "precision", "recall"]
USUAL = 0.5


@dataclass(frozen=True)
class Rule:
    """What a threshold is for. `false_alarm` and `miss` are what one of each costs, in any one unit (for "cost");
    `wanted` is the precision or the recall to be reached."""

    aim: Aim
    false_alarm: float = 1.0
    miss: float = 1.0
    wanted: float = 0.5

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Study:
    """Every threshold that was looked at, rising, with the figure that the rule goes by; `chosen` is the best place.

    `figure` is F1, the mean cost of a row, precision (NaN where nothing is called positive) or recall; `reached` is
    false where no threshold gives what is wanted, and the nearest was taken.
    """

    rule: Rule
    thresholds: Floats
    figure: Floats
    chosen: float
    reached: bool

    @property
    def at_chosen(self) -> float:
        return float(self.figure[np.argmin(np.abs(self.thresholds - self.chosen))])


def study(target: Floats, probability: Floats, rule: Rule) -> Study:
    """Looks at every threshold that tells rows apart, on out-of-fold rows, and takes the best by the rule.

    "f1" takes the highest F1, "cost" the lowest mean cost, "recall" the highest threshold whose recall is still what is
    wanted (it has the fewest false alarms), "precision" the lowest one whose precision is. A threshold lies halfway
    between two neighbouring probabilities, so that neither row sits on the line. One class only, a negative cost or a
    share beyond 0 to 1 is a `CourtsideError`.

    >>> target, probability = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.6, 0.9])
    >>> study(target, probability, Rule("recall", wanted=1.0)).chosen
    0.5
    """
    _check(rule)
    called = calls(target, probability)
    if called is None:
        raise CourtsideError(
            message("All rows have the same outcome, so no threshold tells them apart."),
            message("Train on rows with both outcomes."),
        )
    below = np.append(called.threshold[1:], 0.0)
    halfway = np.append((1 + called.threshold[1]) / 2, (called.threshold[1:] + below[1:]) / 2)
    figure = _figure(rule, called.hits, called.alarms)
    inside = (halfway > 0) & (halfway < 1)
    thresholds, figure = halfway[inside][::-1], figure[inside][::-1]
    chosen, reached = _best(rule, figure)
    shown = np.union1d(np.linspace(0, len(figure) - 1, POINTS).round().astype(int), [chosen])
    return Study(rule, thresholds[shown], figure[shown], float(thresholds[chosen]), reached)


def describe(rule: Rule) -> Message:
    """The rule in words, for the run and the page."""
    match rule.aim:
        case "f1":
            return message("the highest F1")
        case "cost":
            return message(
                "the lowest cost, a false alarm costing {false_alarm:g} and a miss {miss:g}",
                false_alarm=rule.false_alarm,
                miss=rule.miss,
            )
        case "precision":
            return message("a precision of at least {wanted:.0%}", wanted=rule.wanted)
        case "recall":
            return message("a recall of at least {wanted:.0%}", wanted=rule.wanted)


def _figure(rule: Rule, hits: Floats, alarms: Floats) -> Floats:
    positives, rows = float(hits[-1]), float(hits[-1] + alarms[-1])
    match rule.aim:
        case "f1":
            return 2 * hits / (hits + alarms + positives)
        case "cost":
            return (rule.false_alarm * alarms + rule.miss * (positives - hits)) / rows
        case "precision":
            return np.divide(hits, hits + alarms, out=np.full(len(hits), np.nan), where=hits + alarms > 0)
        case "recall":
            return hits / positives


def _best(rule: Rule, figure: Floats) -> tuple[int, bool]:
    """The place in rising thresholds, and whether it gives what is wanted."""
    match rule.aim:
        case "f1":
            return int(np.argmax(figure)), True
        case "cost":
            return int(np.argmin(figure)), True
        case "precision":
            enough = np.flatnonzero(figure >= rule.wanted)
            return (int(enough[0]), True) if len(enough) else (int(np.nanargmax(figure)), False)
        case "recall":
            enough = np.flatnonzero(figure >= rule.wanted)
            return (int(enough[-1]), True) if len(enough) else (0, False)


def _check(rule: Rule) -> None:
    if min(rule.false_alarm, rule.miss) < 0 or rule.false_alarm + rule.miss <= 0 or not 0 < rule.wanted <= 1:
        raise CourtsideError(
            message(
                "A false alarm costs {false_alarm:g}, a miss {miss:g}, and the share wanted is {wanted:g}.",
                false_alarm=rule.false_alarm,
                miss=rule.miss,
                wanted=rule.wanted,
            ),
            message("Costs are 0 or more and not both 0; a share lies above 0 and up to 1."),
        )
