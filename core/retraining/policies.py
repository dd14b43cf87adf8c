"""When to retrain: written rules over what a check of a batch has found, and what they decide.

Four rules, each with its own limits; a limit of None switches that part off:

- reactive, once labels have come: skill or AUC falls short of what the batch's mix of cases lets one expect by more
  than the limit, the interval of the difference included, and significantly so over all looks at a version's labels.
- predictive, without a label: a classifier certainly tells the batch from the reference, too many rows lie outside its
  support, or a reliable estimate has fallen below the reference and a new calibration would win as much back. An
  estimate that falls because the cases are harder asks for nothing.
- age: so many days have passed since the version was trained.
- rows: so many rows were scored since.

What is not known decides nothing, and the decision says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from core.retraining.limits import LIMITS, RULES, Evidence, Finding, Rule
from core.text.errors import CourtsideError
from core.text.messages import Message, message
from core.text.stored import known

if TYPE_CHECKING:
    from core.monitoring.unlabelled import Unlabelled
    from core.monitoring.verdict import Assessment


@dataclass(frozen=True)
class Policy:
    """The limits of a project, each as `LIMITS` explains it; None switches one off. `promote` lets a challenger that
    passes the guard become the champion by itself."""

    skill_share: float | None = LIMITS["skill_share"].default
    auc_points: float | None = LIMITS["auc_points"].default
    domain_auc: float | None = LIMITS["domain_auc"].default
    outside_share: float | None = LIMITS["outside_share"].default
    estimated_share: float | None = LIMITS["estimated_share"].default
    days: float | None = LIMITS["days"].default
    rows: float | None = LIMITS["rows"].default
    promote: bool = False

    def __post_init__(self) -> None:
        faults = [
            message(
                "{name} is {value}; it must lie between {low} and {high}",
                name=key,
                value=value,
                low=limit.low,
                high=limit.high,
            )
            for key, limit in LIMITS.items()
            if (value := getattr(self, key)) is not None and not limit.low <= value <= limit.high
        ]
        if faults:
            raise CourtsideError(
                message("The policy can't be kept: {faults}.", faults=faults), message("Correct these limits.")
            )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Policy:
        """The policy that `as_dict` stored; a name it does not know is left out, so that older runs stay readable."""
        return cls(**known(cls, stored))


OFF: dict[str, Any] = dict.fromkeys(LIMITS)
"""A policy with these asks for nothing: `Policy(**OFF | {"days": 30})` has one rule."""


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

    def as_dict(self) -> dict[str, Any]:
        return {"findings": [finding.as_dict() for finding in self.findings]}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Decision:
        return cls(tuple(map(Finding.from_dict, stored["findings"])))


def evidence(
    assessment: Assessment, unlabelled: Unlabelled | None = None, *, days: float | None = None, rows: int | None = None
) -> Evidence:
    """What an assessment found, in the terms of the rules."""
    performance = assessment.performance
    names = ("skill", "reference_skill", "roc_auc", "reference_roc_auc", "skill_loss", "auc_loss")
    measured = {name: getattr(performance, name) for name in names} if performance else {}
    without = _without_labels(unlabelled) if unlabelled else {}
    return Evidence(**{"outside_share": assessment.outside_share, **without, **measured}, days=days, rows=rows)


def decide(policy: Policy, evidence: Evidence) -> Decision:
    """What a policy says of the evidence; the same two always give the same decision.

    >>> monthly = Policy(**OFF | {"days": 30})
    >>> decide(monthly, Evidence(days=12)).retrain, decide(monthly, Evidence(days=45)).retrain
    (False, True)
    """
    on = [(limit, value) for key, limit in LIMITS.items() if (value := getattr(policy, key)) is not None]
    return Decision(tuple(found for limit, value in on if (found := limit.finding(value, evidence))))


def _without_labels(unlabelled: Unlabelled) -> dict[str, Any]:
    trusted = unlabelled.estimate if unlabelled.gate.open else None
    found = {
        "domain_auc": unlabelled.separation.auc if unlabelled.separation else None,
        "outside_share": unlabelled.gate.outside_share,
        "estimated_skill": trusted.figures["skill"] if trusted else None,
        "recoverable": trusted.recoverable if trusted else None,
    }
    return found if unlabelled.reference_skill is None else found | {"reference_skill": unlabelled.reference_skill}
