"""The limits of a policy: each with its name, its bounds, its default, and the rule by which it asks for retraining.

To add one, write its rule, list it in `LIMITS`, and give `Policy` a field of its name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.metrics.intervals import Interval
from core.metrics.performance import Shortfall, certain_loss
from core.monitoring.labelling import SKILL_LOSS
from core.monitoring.rules import AUC_LOSS, OUTSIDE_RETRAIN
from core.text.messages import Message, message
from core.text.stored import known

Rule = Literal["reactive", "predictive", "age", "rows"]
RULES: tuple[Rule, ...] = ("reactive", "predictive", "age", "rows")


@dataclass(frozen=True)
class Evidence:
    """What a check has found, as far as it is known. `estimated_skill` is None unless the estimate is reliable, and
    `recoverable` are the points of skill that a new calibration would win. `skill_loss` and `auc_loss` hold the labels
    against what their mix of cases lets one expect; None in evidence from before that. `days` and `rows` count since
    the version was trained."""

    skill: Interval | None = None
    reference_skill: Interval | None = None
    roc_auc: Interval | None = None
    reference_roc_auc: Interval | None = None
    domain_auc: Interval | None = None
    outside_share: float | None = None
    estimated_skill: Interval | None = None
    recoverable: Interval | None = None
    skill_loss: Shortfall | None = None
    auc_loss: Shortfall | None = None
    days: float | None = None
    rows: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Evidence:
        kinds: dict[str, Any] = {"skill_loss": Shortfall, "auc_loss": Shortfall}
        found = known(cls, stored)
        read = {name: kinds.get(name, Interval).from_dict(one) for name, one in found.items() if isinstance(one, dict)}
        return cls(**found | read)


@dataclass(frozen=True)
class Finding:
    """What one limit says: `asks` is None where the evidence for it is missing."""

    rule: Rule
    asks: bool | None
    reason: Message

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "asks": self.asks, "reason": self.reason.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Finding:
        return cls(stored["rule"], stored["asks"], Message.from_dict(stored["reason"]))


@dataclass(frozen=True)
class Limit:
    """A number beyond which a policy asks for retraining.

    `key` is its name in files and on the command line, and stays. `meaning` is what it says to whoever hovers over it,
    `spec` Python's format of its values: a percentage, a whole number, or else a figure. It lies between `low` and
    `high`. `default` is what holds until somebody changes it, None for off; `start` is where it begins when it is
    switched on, and moves by `step`. `finding` says what a value of it makes of the evidence, None for nothing.
    """

    key: str
    rule: Rule
    title: Message
    meaning: Message
    spec: str
    low: float
    high: float
    default: float | None
    start: float
    step: float
    finding: Callable[[float, Evidence], Finding | None]

    @property
    def percent(self) -> bool:
        """Whether a person reads and writes it as a percentage."""
        return self.spec.endswith("%")

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return self.spec.endswith("d")


def _skill(limit: float, found: Evidence) -> Finding:
    if found.skill is None or found.reference_skill is None:
        return Finding("reactive", None, message("Too few labels to measure skill."))
    if (lost := found.skill_loss) and lost.of_mix:
        told = message(
            "Skill is {now:.1%} (95% CI {low:.1%} to {high:.1%}). These cases let one expect {expected:.1%}; the limit "
            "is a significant loss of {limit:.0%} of it.",
            expected=lost.expected.value,
            limit=limit,
            **_now(found.skill),
        )
        return Finding("reactive", lost.exceeds(limit * max(lost.expected.value, 0.0)), told)
    said = message(
        "Skill is {now:.1%} ({low:.1%} to {high:.1%}), {before:.1%} on the reference; the limit is a certain loss of "
        "{limit:.0%} of it.",
        before=found.reference_skill.value,
        limit=limit,
        **_now(found.skill),
    )
    return Finding("reactive", _fallen(found.reference_skill, found.skill, limit), said)


def _auc(limit: float, found: Evidence) -> Finding:
    if found.roc_auc is None or found.reference_roc_auc is None:
        return Finding("reactive", None, message("Too few labels to measure AUC."))
    if (lost := found.auc_loss) and lost.of_mix:
        told = message(
            "AUC is {now:.3f} (95% CI {low:.3f} to {high:.3f}). These cases let one expect {expected:.3f}; the limit "
            "is a significant loss of {limit:.3f}.",
            expected=lost.expected.value,
            limit=limit,
            **_now(found.roc_auc),
        )
        return Finding("reactive", lost.exceeds(limit), told)
    said = message(
        "AUC is {now:.3f} ({low:.3f} to {high:.3f}), {before:.3f} on the reference; the limit is a certain "
        "loss of {limit:.3f}.",
        before=found.reference_roc_auc.value,
        limit=limit,
        **_now(found.roc_auc),
    )
    return Finding("reactive", certain_loss(found.reference_roc_auc, found.roc_auc) > limit, said)


def _domain(limit: float, found: Evidence) -> Finding:
    if found.domain_auc is None:
        return Finding("predictive", None, message("Too few rows to tell the batch from the reference."))
    said = message(
        "A classifier tells the batch from the reference with an AUC of {now:.2f} ({low:.2f} to {high:.2f}); "
        "the limit is {limit:.2f}.",
        limit=limit,
        **_now(found.domain_auc),
    )
    return Finding("predictive", found.domain_auc.low > limit, said)


def _outside(limit: float, found: Evidence) -> Finding | None:
    if found.outside_share is None:
        return None
    said = message(
        "{share:.0%} of the rows lie outside the reference's support; the limit is {limit:.0%}.",
        share=found.outside_share,
        limit=limit,
    )
    return Finding("predictive", found.outside_share > limit, said)


def _estimate(limit: float, found: Evidence) -> Finding:
    if found.estimated_skill is None or found.reference_skill is None:
        return Finding("predictive", None, message("There is no estimate of skill that may be trusted."))
    said = message(
        "Estimated skill is {now:.1%} ({low:.1%} to {high:.1%}), {before:.1%} on the reference; the limit is a certain "
        "loss of {limit:.0%} of it.",
        before=found.reference_skill.value,
        limit=limit,
        **_now(found.estimated_skill),
    )
    # Cases that are harder lower an estimate too, and retraining would win nothing there.
    winnable = found.recoverable is None or found.recoverable.low > limit * max(found.reference_skill.value, 0.0)
    return Finding("predictive", _fallen(found.reference_skill, found.estimated_skill, limit) and winnable, said)


def _age(limit: float, found: Evidence) -> Finding | None:
    if found.days is None:
        return None
    said = message(
        "The version was trained {days:,.0f} days before; the limit is {limit:,}.", days=found.days, limit=limit
    )
    return Finding("age", found.days >= limit, said)


def _rows(limit: float, found: Evidence) -> Finding | None:
    if found.rows is None:
        return None
    said = message(
        "{rows:,} rows were scored since the version was trained; the limit is {limit:,}.", rows=found.rows, limit=limit
    )
    return Finding("rows", found.rows >= limit, said)


def _fallen(before: Interval, now: Interval, limit: float) -> bool:
    # Where the reference shows no skill there is none to lose; only the comparison of the two can still say so.
    return certain_loss(before, now) > limit * max(before.value, 0.0)


def _now(bounds: Interval) -> dict[str, float]:
    return {"now": bounds.value, "low": bounds.low, "high": bounds.high}


_LISTED = (
    Limit(
        key="skill_share",
        rule="reactive",
        title=message("Loss of skill"),
        meaning=message("Retrain when labels show a significant loss of more than this share of the reference skill."),
        spec=".0%",
        low=0.0,
        high=1.0,
        default=SKILL_LOSS,
        start=SKILL_LOSS,
        step=0.05,
        finding=_skill,
    ),
    Limit(
        key="auc_points",
        rule="reactive",
        title=message("Loss of AUC"),
        meaning=message("Retrain when labels show a significant loss of AUC of more than this."),
        spec=".3f",
        low=0.0,
        high=0.5,
        default=AUC_LOSS,
        start=AUC_LOSS,
        step=0.01,
        finding=_auc,
    ),
    Limit(
        key="domain_auc",
        rule="predictive",
        title=message("AUC of the domain classifier"),
        meaning=message(
            "Retrain when a classifier tells the batch from the reference with an AUC significantly above this."
        ),
        spec=".2f",
        low=0.5,
        high=1.0,
        default=0.8,
        start=0.8,
        step=0.05,
        finding=_domain,
    ),
    Limit(
        key="outside_share",
        rule="predictive",
        title=message("Rows outside the training distribution"),
        meaning=message("Retrain when more than this share of the rows lies outside the training distribution."),
        spec=".0%",
        low=0.0,
        high=1.0,
        default=OUTSIDE_RETRAIN,
        start=OUTSIDE_RETRAIN,
        step=0.05,
        finding=_outside,
    ),
    Limit(
        key="estimated_share",
        rule="predictive",
        title=message("Estimated loss of skill"),
        meaning=message(
            "Retrain when a reliable estimate shows a significant loss of more than this share of the reference skill."
        ),
        spec=".0%",
        low=0.0,
        high=1.0,
        default=SKILL_LOSS,
        start=SKILL_LOSS,
        step=0.05,
        finding=_estimate,
    ),
    Limit(
        key="days",
        rule="age",
        title=message("Days since training"),
        meaning=message("Retrain when so many days have passed since the version was trained."),
        spec=",d",
        low=1,
        high=36_500,
        default=None,
        start=90,
        step=10,
        finding=_age,
    ),
    Limit(
        key="rows",
        rule="rows",
        title=message("Rows scored since training"),
        meaning=message("Retrain when so many rows have been scored since the version was trained."),
        spec=",d",
        low=1,
        high=10**12,
        default=None,
        start=100_000,
        step=1_000,
        finding=_rows,
    ),
)
LIMITS: dict[str, Limit] = {limit.key: limit for limit in _LISTED}
"""Every limit by its key, in the order in which tables show them and a policy looks at them."""
