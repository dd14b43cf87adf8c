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
ERROR = 0.05
"""How often a share that is said to be reached may not be."""
FEWEST = 20
"""Rows called positive (for a precision) or positives (for a recall) below which no share is said to be reached."""
LOOKS = 20


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
    false where no threshold surely gives what is wanted, and the nearest was taken.
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

    "f1" takes the highest F1, "cost" the lowest mean cost, "recall" the highest threshold whose recall is surely what
    is wanted (it has the fewest false alarms), "precision" the lowest one whose precision is. Surely means that the
    lower 95% bound reaches it: what merely seems to be reached on these rows is rarely reached on others.
    A threshold lies halfway between two neighbouring probabilities, so that neither row sits on the line. One class
    only, a negative cost or a share beyond 0 to 1 is a `CourtsideError`.

    >>> target, probability = np.repeat([0, 1], 50), np.repeat([0.1, 0.9], 50)
    >>> study(target, probability, Rule("recall", wanted=0.9)).chosen
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
    sure = _sure(rule, called.hits, called.alarms)[inside][::-1]
    chosen, reached = _best(rule, figure, sure)
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


def _sure(rule: Rule, hits: Floats, alarms: Floats) -> Floats:
    """The lower 95% bound of the share that a rule wants, at each threshold; 0 where it rests on fewer than `FEWEST`.

    Bounds are those of Clopper and Pearson ("The use of confidence or fiducial limits", 1934). A precision is looked at
    in `LOOKS` places at most, each with its part of the 5% (Bonferroni): of thousands of thresholds the luckiest would
    seem to reach anything. Recall only falls as the threshold rises, so the first that fails ends the search, and each
    may have all of it (fixed sequence: Angelopoulos et al., "Learn then test", 2021).
    """
    from scipy.special import betaincinv

    if rule.aim not in ("precision", "recall"):
        return np.zeros(len(hits))
    rows = hits + alarms
    if rule.aim == "recall":
        rows, error = np.full(len(hits), hits[-1]), ERROR
        looked = np.ones(len(hits), bool)
    else:
        wanted = np.geomspace(FEWEST, max(rows[-1], FEWEST), LOOKS)
        looked, error = np.zeros(len(hits), bool), ERROR / LOOKS
        looked[np.minimum(np.searchsorted(rows, wanted), len(rows) - 1)] = True
    usable = looked & (rows >= FEWEST) & (hits > 0)
    bound = np.zeros(len(hits))
    bound[usable] = betaincinv(hits[usable], rows[usable] - hits[usable] + 1, error)
    return bound


def _best(rule: Rule, figure: Floats, sure: Floats) -> tuple[int, bool]:
    """The place in rising thresholds, and whether it surely gives what is wanted; else the place that comes nearest."""
    match rule.aim:
        case "f1":
            return int(np.argmax(figure)), True
        case "cost":
            return int(np.argmin(figure)), True
    enough = np.flatnonzero(sure >= rule.wanted)
    if len(enough):
        return int(enough[0 if rule.aim == "precision" else -1]), True
    if sure.any():
        return int(np.argmax(sure)), False
    return (int(np.nanargmax(figure)) if rule.aim == "precision" else 0), False


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
