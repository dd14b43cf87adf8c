"""Which way to retrain did best on the same rows, how surely, and with how few retrainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import row_losses
from core.metrics.intervals import LEVEL, Interval
from core.retraining.strategies import Course, Step, Strategy
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats


def courses(
    strategies: Sequence[Strategy],
    steps: Mapping[str, Sequence[Step]],
    targets: Sequence[Floats],
    probabilities: Mapping[str, Floats],
) -> tuple[Course, ...]:
    """What each strategy came to; the first is the one that the others are held against.

    `targets` has the labels of each window, `probabilities` per strategy that of every row. Intervals are 95 % for all
    strategies together (Bonferroni), over windows as the units.
    """
    target = np.concatenate(targets)
    guessed = sum(float(row_losses(part, np.full(len(part), part.mean())).sum()) for part in targets)
    found = []
    for strategy in strategies:
        loss = float(row_losses(target, probabilities[strategy.key]).mean())
        against = None
        if strategy.key != strategies[0].key:
            against = _difference(targets, probabilities, strategy.key, strategies[0].key)
        skill = 1 - loss * len(target) / guessed if guessed > 0 else None
        found.append(Course(strategy, tuple(steps[strategy.key]), loss, skill, against))
    return tuple(found)


def advised(courses: Sequence[Course], targets: Sequence[Floats], probabilities: Mapping[str, Floats]) -> Course:
    """The strategy to take: of those that are surely better than never retraining the one with the fewest retrainings
    that no other surely beats, and never retraining where there is none."""
    better = [course for course in courses if course.standing == "better"]
    if not better:
        return courses[0]
    better.sort(key=lambda course: (course.retrainings, course.log_loss))

    def beaten(course: Course) -> bool:
        key = course.strategy.key
        others = [other.strategy.key for other in courses if other.log_loss < course.log_loss]
        return any(_difference(targets, probabilities, other, key).high < 0 for other in others)

    unbeaten = (course for course in better if not beaten(course))
    return next(unbeaten, min(better, key=lambda course: course.log_loss))


def conclusion(course: Course, rows: int) -> Message:
    """The advice in a sentence: by how much it would have helped, how surely, and how often it would have retrained."""
    if course.difference is None:
        return message("As far as {rows:,} rows can tell, no strategy does better than never retraining.", rows=rows)
    gain = course.difference
    known = {"strategy": course.strategy.title, "gain": -gain.value, "low": -gain.high, "high": -gain.low}
    if course.retrainings == 1:
        return message(
            "{strategy} would have lowered the log loss by {gain:.4f} ({low:.4f} to {high:.4f}) with one retraining; "
            "no other strategy does surely better.",
            **known,
        )
    return message(
        "{strategy} would have lowered the log loss by {gain:.4f} ({low:.4f} to {high:.4f}) with {count} retrainings; "
        "no other strategy does surely better.",
        count=course.retrainings,
        **known,
    )


def _difference(targets: Sequence[Floats], probabilities: Mapping[str, Floats], one: str, other: str) -> Interval:
    """Log loss of `one` minus that of `other` per row, over windows as the units.

    The rows of a window share its luck, so that a window is one piece of evidence and not thousands: the error is that
    between windows, with Student's t for how few they are (Cameron and Miller, "A practitioner's guide to
    cluster-robust inference", 2015). It is taken from neighbours in time (von Neumann, "Distribution of the ratio of
    the mean square successive difference to the variance", 1941), so that a gain that begins with a change of the world
    does not count as noise. There are two windows or more.
    """
    from scipy.special import stdtrit

    target = np.concatenate(targets)
    rows = np.array([len(part) for part in targets])
    lost = row_losses(target, probabilities[one]) - row_losses(target, probabilities[other])
    sums = np.add.reduceat(lost, np.cumsum(rows) - rows)
    value, count = float(lost.mean()), len(rows)
    strays = (sums - value * rows) / rows.mean()
    variance = float((np.diff(strays) ** 2).mean() / 2)
    level = 1 - (1 - LEVEL) / max(len(probabilities) - 1, 1)
    room = float(stdtrit(2 * (count - 1) / 3, (1 + level) / 2)) * float(np.sqrt(variance / count))
    return Interval(value, value - room, value + room)
