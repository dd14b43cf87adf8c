"""The facts that decide a verdict, each by a written rule, and each with the chart that shows it.

The rules, in words (their limits are the constants below):

- stop: the batch itself looks wrong. Half of a feature is null that was filled in the reference, or the ranking is
  upside down (AUC wholly below 0.5 and skill wholly below 0), as swapped labels make it. Retraining would learn the
  fault.
- retrain: labels show that the model is worse than a fixed guess or has lost a material part of its skill or AUC,
  interval included; or there are no labels, and an estimate that can be trusted says the same of its skill; or half of
  the rows are unlike anything in the reference and no label shows that it copes.
- watch: a smaller but certain loss, drift of a feature that matters to the model or of its predictions, a tenth of the
  rows unlike the reference, more nulls or new categories.
- healthy: none of these. What is told at this level asks for nothing: a feature that drifted while the model hardly
  uses it, an estimate that finds no loss, or that there is none to be trusted.

Two things decide nothing. The log loss itself: it falls when the positives get rarer, whatever the model is worth, so
a batch is judged by skill, against the best constant for its own rate. And p-values: with enough rows every
difference is significant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.metrics.performance import Performance, certain_loss
from core.monitoring.labelling import SKILL_LOSS
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.metrics.intervals import Interval
    from core.monitoring.drift import FeatureDrift
    from core.monitoring.unlabelled import Unlabelled

Level = Literal["healthy", "watch", "retrain", "stop"]
LEVELS: tuple[Level, ...] = ("healthy", "watch", "retrain", "stop")
Chart = Literal["drift", "prediction", "quality", "support", "skill", "roc_auc", "estimate", ""]

AUC_LOSS = 0.02
"""Points of AUC whose certain loss asks for retraining."""
SKILL_KEPT = 0.5
"""Labels outrank unlike rows when at least this share of the reference skill is certainly kept."""
OUTSIDE_RETRAIN = 0.5
OUTSIDE_WATCH = 0.1
NULLS_WATCH = 0.05
NULLS_STOP = 0.5
NEW_CATEGORIES_WATCH = 0.05


@dataclass(frozen=True)
class Fact:
    """One thing that was found: the level that it asks for, in words, and the chart that shows it ("" for none)."""

    level: Level
    reason: Message
    chart: Chart

    def as_dict(self) -> dict[str, Any]:
        return {"level": self.level, "reason": self.reason.as_dict(), "chart": self.chart}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Fact:
        return cls(stored["level"], Message.from_dict(stored["reason"]), stored["chart"])


def facts(
    drift: Sequence[FeatureDrift],
    prediction: FeatureDrift,
    titles: Mapping[str, str],
    outside: float,
    performance: Performance | None,
    unlabelled: Unlabelled | None,
) -> list[Fact]:
    """Everything that the rules find, cause before consequence; empty where there is nothing to say."""
    return [
        *_changes(drift, prediction, titles),
        *_support(outside, performance),
        *(_losses(performance) if performance else _estimated(unlabelled)),
        *_quality(drift, titles),
    ]


def _changes(drift: Sequence[FeatureDrift], prediction: FeatureDrift, titles: Mapping[str, str]) -> Iterator[Fact]:
    moved = [one for one in drift if one.drifted]
    if telling := [_moved(one, titles[one.feature]) for one in moved if one.matters]:
        yield Fact("watch", message("Changed most: {features}.", features=telling), "drift")
    if idle := [_moved(one, titles[one.feature]) for one in moved if not one.matters]:
        said = message("Changed, while the model hardly uses it: {features}.", features=idle)
        yield Fact("healthy", said, "drift")
    if prediction.drifted:
        said = message(
            "What the model predicts changed: its probabilities moved by {size:.2f} reference deviations.",
            size=prediction["wasserstein"] or 0.0,
        )
        yield Fact("watch", said, "prediction")


def _moved(drift: FeatureDrift, title: str) -> Message:
    if (size := drift["wasserstein"]) is not None:
        return message("{feature} (by {size:.2f} reference deviations)", feature=title, size=size)
    if (share := drift["total_variation"]) is not None:
        return message("{feature} ({share:.0%} of the rows)", feature=title, share=share)
    return message("{feature} (no longer constant)", feature=title)


def _support(outside: float, performance: Performance | None) -> Iterator[Fact]:
    if outside < OUTSIDE_WATCH:
        return
    copes = performance and performance.skill.low >= SKILL_KEPT * max(performance.reference_skill.value, 0.0)
    reason = message("{share:.0%} of the rows are unlike anything in the test rows.", share=outside)
    yield Fact("retrain" if outside >= OUTSIDE_RETRAIN and not copes else "watch", reason, "support")


def _losses(performance: Performance) -> Iterator[Fact]:
    skill, auc = performance.skill, performance.roc_auc
    before, before_auc = performance.reference_skill, performance.reference_roc_auc
    if skill.high < 0:
        worse = message(
            "Its probabilities are worse than a fixed guess: skill is {skill:.1%} ({low:.1%} to {high:.1%}).",
            **named(skill, "skill"),
        )
        yield Fact("retrain", worse, "skill")
    elif (loss := certain_loss(before, skill)) > 0:
        fell = message(
            "Skill fell from {before:.1%} on the test rows to {skill:.1%} ({low:.1%} to {high:.1%}).",
            before=before.value,
            **named(skill, "skill"),
        )
        yield Fact("retrain" if loss >= SKILL_LOSS * before.value else "watch", fell, "skill")
    if (loss := certain_loss(before_auc, auc)) > 0:
        fell = message(
            "AUC fell from {before:.3f} on the test rows to {auc:.3f} ({low:.3f} to {high:.3f}).",
            before=before_auc.value,
            **named(auc, "auc"),
        )
        yield Fact("retrain" if loss >= AUC_LOSS else "watch", fell, "roc_auc")
    if skill.high < 0 and auc.high < 0.5:
        yield Fact("stop", message("It ranks the rows upside down, as if yes and no were swapped."), "roc_auc")


def _estimated(found: Unlabelled | None) -> Iterator[Fact]:
    if found is None:
        return
    if not found.gate.open:
        shut = message("No trustworthy estimate: {reason}", reason=found.gate.reasons[0])
        yield Fact("healthy", shut, "estimate")
        return
    if found.estimate is None or found.reference_skill is None:
        return
    skill, before = found.estimate.figures["skill"], found.reference_skill
    loss = certain_loss(before, skill)
    if loss > 0:
        fell = message(
            "Without labels, skill is estimated at {skill:.1%} ({low:.1%} to {high:.1%}); on the test rows it was "
            "{before:.1%}.",
            before=before.value,
            **named(skill, "skill"),
        )
        yield Fact("retrain" if loss >= SKILL_LOSS * before.value else "watch", fell, "estimate")
        return
    kept = message(
        "Without labels, skill is estimated at {skill:.1%} ({low:.1%} to {high:.1%}), and the estimate can be trusted.",
        **named(skill, "skill"),
    )
    yield Fact("healthy", kept, "estimate")


def _quality(drift: Sequence[FeatureDrift], titles: Mapping[str, str]) -> Iterator[Fact]:
    for one in drift:
        more = one.nulls_current - one.nulls_reference
        if more >= NULLS_WATCH:
            nulls = message(
                "{feature} is missing in {now:.0%} of the rows, {before:.0%} in the test rows.",
                feature=titles[one.feature],
                now=one.nulls_current,
                before=one.nulls_reference,
            )
            yield Fact("stop" if more >= NULLS_STOP else "watch", nulls, "quality")
        if one.new_share >= NEW_CATEGORIES_WATCH:
            new = message(
                "{feature} holds values never seen in the test rows, in {share:.0%} of the rows: {values}.",
                feature=titles[one.feature],
                share=one.new_share,
                values=list(one.new_categories[:5]),
            )
            yield Fact("watch", new, "quality")


def odd(one: FeatureDrift) -> bool:
    """Whether the values of a feature themselves look wrong: more nulls, or categories that are new."""
    return one.nulls_current - one.nulls_reference >= NULLS_WATCH or one.new_share >= NEW_CATEGORIES_WATCH


def named(bounds: Interval, name: str) -> dict[str, float]:
    """An interval as the values of a sentence: the figure under its name, and its bounds."""
    return {name: bounds.value, "low": bounds.low, "high": bounds.high}
