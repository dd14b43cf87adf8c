"""Which candidate to take: ranked by rows that it had not seen, each compared with the best on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics import clusters
from core.metrics.cells import row_losses
from core.metrics.intervals import Interval
from core.metrics.thresholds import USUAL, Rule
from core.text.messages import Message, message
from core.text.stored import known
from core.training.algorithms import recipe, title

if TYPE_CHECKING:
    from core.data.arrays import Array

SEED = 10
"""Fixed, so that the same candidates always have the same intervals."""
SIMPLEST_FIRST = (
    "lr", "lda", "ridge", "nb", "svm", "dt", "qda", "knn", "rbfsvm", "gpc", "mlp",
    "ada", "et", "rf", "hgb", "gbc", "lightgbm", "xgboost", "catboost", "blend",
)  # fmt: skip
"""Algorithms by how hard it is to say why a case gets its probability."""
TRAINING_ROWS = message("training rows")
JUDGED_ROWS = message("production rows in training")
"""Of a retraining the production rows decide: it is for them that it is made."""


@dataclass(frozen=True)
class Recommendation:
    """The simplest of the candidates whose out-of-fold log loss is not significantly above the lowest, and why.
    `differences` holds what each of the others loses more than it on the same training rows, best first, with its 95 %
    interval. `warning` says where the folds were not of the split's kind, None where they were."""

    candidate: str
    reason: Message
    differences: dict[str, Interval]
    warning: Message | None = None

    def as_dict(self) -> dict[str, Any]:
        warning = self.warning and self.warning.as_dict()
        return asdict(self) | {"reason": self.reason.as_dict(), "warning": warning}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Recommendation:
        differences = {name: Interval.from_dict(found) for name, found in stored["differences"].items()}
        warning = stored.get("warning") and Message.from_dict(stored["warning"])
        return cls(stored["candidate"], Message.from_dict(stored["reason"]), differences, warning)


@dataclass(frozen=True)
class Choice:
    """What a person took and why, in their words: a candidate, and a threshold with the rule it came from (None: set
    by hand)."""

    candidate: str
    threshold: float = USUAL
    rule: Rule | None = None
    why: str = ""
    who: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Choice:
        return cls(**known(cls, stored) | {"rule": Rule(**known(Rule, stored["rule"])) if stored["rule"] else None})


def recommend(
    target: Array,
    out_of_fold: Mapping[str, Array],
    test_loss: Mapping[str, float],
    constant: float,
    *,
    rows: Message = TRAINING_ROWS,
    groups: Array | None = None,
    folds: int = 10,
) -> Recommendation:
    """Ranks candidates by the log loss of their out-of-fold probabilities, one per training row and candidate, and of
    those that do not lose significantly more than the best takes the simplest.

    Training rows decide and the test split only confirms: choosing by the test split would spend it. `test_loss` is
    what each one loses there, `constant` what the best fixed guess does; `rows` says which rows decided. Where rows
    have `groups`, these are the units of the intervals; `folds` is how many there were.
    """
    losses = {name: float(row_losses(target, found).mean()) for name, found in out_of_fold.items()}
    lowest, *_ = sorted(losses, key=lambda name: losses[name])

    def more(name: str, than: str) -> Interval:
        return _widened(clusters.paired_difference(target, out_of_fold[name], out_of_fold[than], groups, SEED), folds)

    equal = [name for name in losses if name != lowest and more(name, lowest).low <= 0]
    best = min([lowest, *equal], key=_complexity)
    others = [name for name in sorted(losses, key=lambda name: losses[name]) if name != best]
    differences = {name: more(name, best) for name in others}
    reason = message(
        "Log loss {loss:.4f} on {rows} that it had not seen, {test_loss:.4f} on the untouched test split; "
        "always guessing the average gives {constant:.4f}. {comparison}",
        loss=losses[best],
        rows=rows,
        test_loss=test_loss[best],
        constant=constant,
        comparison=_comparison(best, lowest, differences),
    )
    return Recommendation(best, reason, differences)


def _comparison(best: str, lowest: str, differences: Mapping[str, Interval]) -> Message:
    if not differences:
        return message("It stands alone.")
    if best == lowest:
        return compared(best, *next(iter(differences.items())))
    found = differences[lowest]
    return message(
        "The {lowest} has a log loss lower by {value:.4f} [{low:.4f}, {high:.4f}]. That is not significant, so the "
        "simpler candidate is recommended.",
        lowest=title(lowest), value=-found.value, low=-found.high, high=-found.low,
    )  # fmt: skip


def _widened(found: Interval, folds: int) -> Interval:
    """The interval of a difference over folds, with what the luck of the training rows adds to it: models of different
    folds learn from nearly the same rows, so the folds' errors hang together (Nadeau and Bengio, "Inference for the
    generalization error", 2003).

    It is as much at every size. Trees that cut elsewhere with other rows need it at 10,000 rows as at 100; of smooth
    models the interval is then wider than it need be. No unbiased estimate could tell the two apart (Bengio and
    Grandvalet, "No unbiased estimator of the variance of k-fold cross-validation", 2004)."""
    wider = float(np.sqrt(1 + folds / (folds - 1)))
    low, high = (found.value + wider * (bound - found.value) for bound in (found.low, found.high))
    return Interval(found.value, low, high)


def _complexity(name: str) -> tuple[int, bool, bool]:
    asked = recipe(name)
    return SIMPLEST_FIRST.index(asked.algorithm), asked.tuned, bool(asked.calibration)


def compared(best: str, other: str, difference: Interval) -> Message:
    """One sentence on two candidates over the same rows; `difference` is what the other one loses more."""
    if difference.low <= 0:
        return message(
            "The {best} and the {other} can't be told apart: {value:.4f} [{low:.4f}, {high:.4f}].",
            best=title(best), other=title(other), **difference.as_dict(),
        )  # fmt: skip
    return message(
        "The {best} is better than the {other} by {value:.4f} [{low:.4f}, {high:.4f}].",
        best=title(best), other=title(other), **difference.as_dict(),
    )  # fmt: skip
