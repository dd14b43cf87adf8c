"""Which candidate to take: ranked by rows that it had not seen, each compared with the best on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from core.metrics import intervals
from core.metrics.cells import row_losses
from core.metrics.intervals import Interval
from core.metrics.thresholds import USUAL, Rule
from core.text.messages import Message, message
from core.text.stored import known
from core.training.algorithms import title

if TYPE_CHECKING:
    from core.data.arrays import Floats

SEED = 10
"""Fixed, so that the same candidates always have the same intervals."""
TRAINING_ROWS = message("training rows")
JUDGED_ROWS = message("production rows in training")
"""Of a retraining the production rows decide: it is for them that it is made."""


@dataclass(frozen=True)
class Recommendation:
    """The candidate with the lowest out-of-fold log loss, and why. `differences` holds what each of the others loses
    more than it on the same training rows, best first, with its 95 % interval."""

    candidate: str
    reason: Message
    differences: dict[str, Interval]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"reason": self.reason.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Recommendation:
        differences = {name: Interval.from_dict(found) for name, found in stored["differences"].items()}
        return cls(stored["candidate"], Message.from_dict(stored["reason"]), differences)


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
    target: Floats,
    out_of_fold: Mapping[str, Floats],
    test_loss: Mapping[str, float],
    constant: float,
    *,
    rows: Message = TRAINING_ROWS,
) -> Recommendation:
    """Ranks candidates by the log loss of their out-of-fold probabilities, one per training row and candidate.

    Training rows decide and the test split only confirms: choosing by the test split would spend it. `test_loss` is
    what each one loses there, `constant` what the best fixed guess does; `rows` says which rows decided.
    """
    losses = {name: float(row_losses(target, found).mean()) for name, found in out_of_fold.items()}
    best, *others = sorted(losses, key=lambda name: losses[name])
    differences = {
        name: intervals.paired_difference(target, out_of_fold[name], out_of_fold[best], SEED) for name in others
    }
    reason = message(
        "Log loss {loss:.4f} on {rows} that it had not seen, {test_loss:.4f} on the untouched test split; "
        "always guessing the average gives {constant:.4f}. {comparison}",
        loss=losses[best],
        rows=rows,
        test_loss=test_loss[best],
        constant=constant,
        comparison=compared(best, *next(iter(differences.items()))) if differences else message("It stands alone."),
    )
    return Recommendation(best, reason, differences)


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
