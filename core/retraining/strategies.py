"""The ways to retrain that a replay compares, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from core.metrics.intervals import Interval
from core.retraining.limits import LIMITS
from core.retraining.policies import OFF, Policy
from core.text.messages import Message, message
from core.text.stored import known

REACTIVE, PREDICTIVE = (
    tuple(key for key, limit in LIMITS.items() if limit.rule == rule) for rule in ("reactive", "predictive")
)
"""The limits of a policy that look at labels, and those that don't."""
Standing = Literal["better", "worse", "alike", ""]


@dataclass(frozen=True)
class Strategy:
    """When to retrain: after `every` so many windows, when a `policy` asks, or (with neither) never.

    `title` begins a sentence, `label` names a line of a chart.
    """

    key: str
    title: Message
    label: Message
    every: int = 0
    policy: Policy | None = None

    @property
    def needs_labels(self) -> bool:
        """Whether its policy looks at the labels of the window that it decides on."""
        return self._has(REACTIVE)

    @property
    def looks_before_labels(self) -> bool:
        """Whether its policy looks at what is known of a window without its labels."""
        return self._has(PREDICTIVE)

    def as_dict(self) -> dict[str, Any]:
        words = {"title": self.title.as_dict(), "label": self.label.as_dict()}
        return {**vars(self), **words, "policy": self.policy and self.policy.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Strategy:
        words = {name: Message.from_dict(stored[name]) for name in ("title", "label")}
        return cls(**{**known(cls, stored), **words, "policy": stored["policy"] and Policy.from_dict(stored["policy"])})

    def _has(self, limits: Sequence[str]) -> bool:
        return self.policy is not None and any(getattr(self.policy, name) is not None for name in limits)


@dataclass(frozen=True)
class Step:
    """One window under one strategy: how well the model did that was in force, `learned_until` the window of that name,
    and whether it was retrained after it. `reasons` are what decided; the last window decides nothing."""

    window: str
    rows: int
    learned_until: str
    log_loss: float
    skill: float | None
    roc_auc: float | None
    retrain: bool = False
    reasons: tuple[Message, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "reasons": [reason.as_dict() for reason in self.reasons]}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Step:
        return cls(**{**known(cls, stored), "reasons": tuple(map(Message.from_dict, stored["reasons"]))})


@dataclass(frozen=True)
class Course:
    """What became of a strategy over all windows.

    `log_loss` is per row. `skill` is 1 - log_loss / that of the best constant of each window: the mean skill of the
    windows, weighed by their rows and how hard they were to guess. `difference` is its log loss minus that of never
    retraining on the same rows, its interval allowing for the number of strategies; None for never retraining itself.
    """

    strategy: Strategy
    steps: tuple[Step, ...]
    log_loss: float
    skill: float | None
    difference: Interval | None

    @property
    def retrainings(self) -> int:
        return sum(step.retrain for step in self.steps)

    @property
    def standing(self) -> Standing:
        """Beside never retraining: surely better, surely worse, or alike, as far as these rows can tell."""
        if self.difference is None:
            return ""
        return "better" if self.difference.high < 0 else "worse" if self.difference.low > 0 else "alike"

    def as_dict(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy.as_dict(),
            "steps": [step.as_dict() for step in self.steps],
            "log_loss": self.log_loss,
            "skill": self.skill,
            "difference": self.difference and asdict(self.difference),
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Course:
        return cls(
            Strategy.from_dict(stored["strategy"]),
            tuple(map(Step.from_dict, stored["steps"])),
            stored["log_loss"],
            stored["skill"],
            stored["difference"] and Interval.from_dict(stored["difference"]),
        )


def strategies(in_force: Policy, every: int) -> tuple[Strategy, ...]:
    """Never, after each window, after `every` windows, reactive, predictive, and the policy in force where that is
    another one. Reactive and predictive have the limits of the policy in force, or usual ones where it has none."""
    found = [
        Strategy("never", message("Never retraining"), message("never")),
        Strategy("each", message("Retraining after every window"), message("every window"), every=1),
    ]
    if every > 1:
        title = message("Retraining after every {count} windows", count=every)
        found.append(Strategy("every", title, message("every {count}", count=every), every=every))
    reactive, predictive = _only(in_force, REACTIVE), _only(in_force, PREDICTIVE)
    found += [
        Strategy("reactive", message("Reactive retraining"), message("reactive"), policy=reactive),
        Strategy("predictive", message("Predictive retraining"), message("predictive"), policy=predictive),
    ]
    if replace(in_force, promote=False) not in (reactive, predictive):
        title = message("Retraining by the policy in force")
        found.append(Strategy("policy", title, message("in force"), policy=in_force))
    return tuple(found)


def _only(policy: Policy, limits: Sequence[str]) -> Policy:
    chosen = policy if any(getattr(policy, name) is not None for name in limits) else Policy()
    return Policy(**OFF | {name: getattr(chosen, name) for name in limits})
