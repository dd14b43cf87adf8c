"""When to retrain: written rules over what a check of a batch has found, and what they decide.

Four rules, each with its own limits; a limit of None switches that part off:

- reactive, once labels have come: skill or AUC has certainly fallen below the reference by more than the limit, the
  interval of the difference included.
- predictive, without a label: a classifier certainly tells the batch from the reference, too many rows lie outside its
  support, or an estimate that may be trusted has certainly fallen below the reference.
- age: so many days have passed since the version was trained.
- rows: so many rows were scored since.

What is not known decides nothing, and the decision says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from core.metrics.intervals import Interval
from core.metrics.performance import certain_loss
from core.monitoring.labelling import SKILL_LOSS
from core.monitoring.rules import AUC_LOSS, OUTSIDE_RETRAIN
from core.monitoring.unlabelled import Unlabelled
from core.monitoring.verdict import Assessment
from core.text.errors import CourtsideError
from core.text.messages import Message, message
from core.text.stored import known

Rule = Literal["reactive", "predictive", "age", "rows"]
RULES: tuple[Rule, ...] = ("reactive", "predictive", "age", "rows")


@dataclass(frozen=True)
class Policy:
    """The limits of a project; the defaults are those of the verdict, without age and rows.

    `skill_share` is the share of the reference's skill that may be lost, `auc_points` the points of AUC;
    `domain_auc` is that of the classifier that tells the batch from the reference, `outside_share` the share of rows
    outside support, `estimated_share` the share of skill that a trusted estimate may lose. `promote` lets a challenger
    that passes the guard become the champion by itself.
    """

    skill_share: float | None = SKILL_LOSS
    auc_points: float | None = AUC_LOSS
    domain_auc: float | None = 0.8
    outside_share: float | None = OUTSIDE_RETRAIN
    estimated_share: float | None = SKILL_LOSS
    days: int | None = None
    rows: int | None = None
    promote: bool = False

    def __post_init__(self) -> None:
        faults = [
            message(
                "{name} is {value}; it must lie between {low} and {high}", name=name, value=value, low=low, high=high
            )
            for name, (low, high) in BOUNDS.items()
            if (value := getattr(self, name)) is not None and not low <= value <= high
        ]
        if faults:
            raise CourtsideError(
                message("The policy can't be kept: {faults}.", faults=faults), message("Correct these limits.")
            )

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict) -> Policy:
        """The policy that `as_dict` stored; a name it does not know is left out, so that older runs stay readable."""
        return cls(**known(cls, stored))


BOUNDS = {
    "skill_share": (0.0, 1.0),
    "auc_points": (0.0, 0.5),
    "domain_auc": (0.5, 1.0),
    "outside_share": (0.0, 1.0),
    "estimated_share": (0.0, 1.0),
    "days": (1, 36_500),
    "rows": (1, 10**12),
}
"""Least and most of each limit."""
OFF = dict.fromkeys(BOUNDS)
"""A policy with these asks for nothing: `Policy(**OFF | {"days": 30})` has one rule."""


@dataclass(frozen=True)
class Evidence:
    """What a check has found, as far as it is known. `estimated_skill` is None unless the estimate may be trusted;
    `days` and `rows` count since the version was trained."""

    skill: Interval | None = None
    reference_skill: Interval | None = None
    roc_auc: Interval | None = None
    reference_roc_auc: Interval | None = None
    domain_auc: Interval | None = None
    outside_share: float | None = None
    estimated_skill: Interval | None = None
    days: float | None = None
    rows: int | None = None

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict) -> Evidence:
        return cls(
            **{
                name: Interval.from_dict(one) if isinstance(one, dict) else one
                for name, one in known(cls, stored).items()
            },
        )


@dataclass(frozen=True)
class Finding:
    """What one limit says: `asks` is None where the evidence for it is missing."""

    rule: Rule
    asks: bool | None
    reason: Message

    def as_dict(self) -> dict:
        return {"rule": self.rule, "asks": self.asks, "reason": self.reason.as_dict()}

    @classmethod
    def from_dict(cls, stored: dict) -> Finding:
        return cls(stored["rule"], stored["asks"], Message.from_dict(stored["reason"]))


@dataclass(frozen=True)
class Decision:
    """Whether to retrain, and what every limit that is on had to say."""

    findings: tuple[Finding, ...]

    @property
    def retrain(self) -> bool:
        return any(finding.asks for finding in self.findings)

    @property
    def trigger(self) -> Rule | None:
        """The first rule that asks, in the order of `RULES`: labels say more than their absence, and both more than a
        calendar."""
        return next((rule for rule in RULES if self.says(rule)), None)

    @property
    def reasons(self) -> tuple[Message, ...]:
        """Why: the findings that ask for it, or all of them when none does."""
        return tuple(one.reason for one in self.findings if one.asks or not self.retrain)

    def says(self, rule: Rule) -> bool | None:
        """What one rule says: True, False, or None where it is off or nothing is known."""
        known = [one.asks for one in self.findings if one.rule == rule and one.asks is not None]
        return any(known) if known else None

    def as_dict(self) -> dict:
        return {"findings": [finding.as_dict() for finding in self.findings]}

    @classmethod
    def from_dict(cls, stored: dict) -> Decision:
        return cls(tuple(map(Finding.from_dict, stored["findings"])))


def evidence(
    assessment: Assessment, unlabelled: Unlabelled | None = None, *, days: float | None = None, rows: int | None = None
) -> Evidence:
    """What an assessment found, in the terms of the rules."""
    performance = assessment.performance
    measured = {
        name: getattr(performance, name) for name in ("skill", "reference_skill", "roc_auc", "reference_roc_auc")
    } if performance else {}  # fmt: skip
    without = _without_labels(unlabelled) if unlabelled else {}
    return Evidence(**{"outside_share": assessment.outside_share, **without, **measured}, days=days, rows=rows)


def decide(policy: Policy, evidence: Evidence) -> Decision:
    """What a policy says of the evidence; the same two always give the same decision."""
    found = [*_reactive(policy, evidence), *_predictive(policy, evidence), *_elapsed(policy, evidence)]
    return Decision(tuple(found))


def _without_labels(unlabelled: Unlabelled) -> dict:
    trusted = unlabelled.estimate and unlabelled.gate.open
    found = {
        "domain_auc": unlabelled.separation.auc if unlabelled.separation else None,
        "outside_share": unlabelled.gate.outside_share,
        "estimated_skill": unlabelled.estimate.figures["skill"] if trusted else None,
    }
    return found if unlabelled.reference_skill is None else found | {"reference_skill": unlabelled.reference_skill}


def _reactive(policy: Policy, found: Evidence) -> Iterator[Finding]:
    if policy.skill_share is not None:
        if found.skill is None or found.reference_skill is None:
            yield Finding("reactive", None, message("Too few labels to measure skill."))
        else:
            yield _fallen("reactive", found.reference_skill, found.skill, policy.skill_share, _SKILL)
    if policy.auc_points is not None:
        if found.roc_auc is None or found.reference_roc_auc is None:
            yield Finding("reactive", None, message("Too few labels to measure AUC."))
        else:
            loss = certain_loss(found.reference_roc_auc, found.roc_auc)
            said = message(
                "AUC is {now:.3f} ({low:.3f} to {high:.3f}), {before:.3f} on the reference; the limit is a certain "
                "loss of {limit:.3f}.",
                before=found.reference_roc_auc.value,
                limit=policy.auc_points,
                **_now(found.roc_auc),
            )
            yield Finding("reactive", loss > policy.auc_points, said)


def _predictive(policy: Policy, found: Evidence) -> Iterator[Finding]:
    if policy.domain_auc is not None:
        if found.domain_auc is None:
            yield Finding("predictive", None, message("Too few rows to tell the batch from the reference."))
        else:
            said = message(
                "A classifier tells the batch from the reference with an AUC of {now:.2f} ({low:.2f} to {high:.2f}); "
                "the limit is {limit:.2f}.",
                limit=policy.domain_auc,
                **_now(found.domain_auc),
            )
            yield Finding("predictive", found.domain_auc.low > policy.domain_auc, said)
    if policy.outside_share is not None and found.outside_share is not None:
        said = message(
            "{share:.0%} of the rows lie outside the reference's support; the limit is {limit:.0%}.",
            share=found.outside_share,
            limit=policy.outside_share,
        )
        yield Finding("predictive", found.outside_share > policy.outside_share, said)
    if policy.estimated_share is not None:
        if found.estimated_skill is None or found.reference_skill is None:
            yield Finding("predictive", None, message("There is no estimate of skill that may be trusted."))
        else:
            yield _fallen("predictive", found.reference_skill, found.estimated_skill, policy.estimated_share, _ESTIMATE)


_SKILL = message(
    "Skill is {now:.1%} ({low:.1%} to {high:.1%}), {before:.1%} on the reference; the limit is a certain loss of "
    "{limit:.0%} of it."
)
_ESTIMATE = message(
    "Estimated skill is {now:.1%} ({low:.1%} to {high:.1%}), {before:.1%} on the reference; the limit is a certain "
    "loss of {limit:.0%} of it."
)


def _fallen(rule: Rule, before: Interval, now: Interval, limit: float, said: Message) -> Finding:
    # Where the reference shows no skill there is none to lose; only the comparison of the two can still say so.
    asks = certain_loss(before, now) > limit * max(before.value, 0.0)
    return Finding(rule, asks, replace(said, values={"before": before.value, "limit": limit, **_now(now)}))


def _elapsed(policy: Policy, found: Evidence) -> Iterator[Finding]:
    if policy.days is not None and found.days is not None:
        said = message(
            "The version was trained {days:,.0f} days before; the limit is {limit:,}.",
            days=found.days,
            limit=policy.days,
        )
        yield Finding("age", found.days >= policy.days, said)
    if policy.rows is not None and found.rows is not None:
        said = message(
            "{rows:,} rows were scored since the version was trained; the limit is {limit:,}.",
            rows=found.rows,
            limit=policy.rows,
        )
        yield Finding("rows", found.rows >= policy.rows, said)


def _now(bounds: Interval) -> dict[str, float]:
    return {"now": bounds.value, "low": bounds.low, "high": bounds.high}
