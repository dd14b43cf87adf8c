"""The facts that decide a verdict, each by a written rule, and each with the chart that shows it.

The rules, in words (their limits are the constants below):

- stop: the batch itself looks wrong. Half of a feature is null that was filled in the reference, or the ranking is
  upside down (AUC wholly below 0.5 and skill wholly below 0), as swapped labels make it. Retraining would learn the
  fault.
- retrain: labels show that the model is worse than a fixed guess, or has lost a material part of the skill or AUC that
  this batch's mix of cases lets one expect, interval included, and so surely that an unchanged world would hardly show
  it in the lifetime of a version; or half of the rows are unlike anything in the reference and no label shows that it
  copes.
- watch: a smaller loss, or a less sure one, an estimate that finds skill that a new calibration would win, drift of a
  feature that matters to the model or of its predictions, a tenth of the rows unlike the reference, more nulls or new
  categories.
- healthy: none of these. What is told at this level asks for nothing: a feature that drifted while the model hardly
  uses it, harder cases of which less can be expected, an estimate, or that there is none to be trusted.

Three things decide nothing. A mix of cases that are harder: no other model would do better on them. The log loss
itself: it falls when the positives get rarer, whatever the model is worth, so a batch is judged by skill, against the
best constant for its own rate. And p-values of drift: with enough rows every difference is significant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.metrics.intervals import REACH
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
        *(facts_of_labels(performance) if performance else _estimated(unlabelled)),
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


def facts_of_labels(performance: Performance) -> Iterator[Fact]:
    """What the labels show: a loss of skill or AUC, and which part of it is the mix of cases."""
    skill, auc = performance.skill, performance.roc_auc
    lost, lost_auc = performance.losses
    if skill.high < 0 and (lost.significant or _far_below(skill, lost.alpha) < 0):
        worse = message(
            "Its probabilities are worse than a fixed guess: skill is {skill:.1%} ({low:.1%} to {high:.1%}).",
            **named(skill, "skill"),
        )
        yield Fact("retrain", worse, "skill")
    elif lost.loss.low > 0:
        shown = lost.exceeds(SKILL_LOSS * max(lost.expected.value, 0.0))
        yield Fact("retrain" if shown else "watch", _skill_fell(performance), "skill")
    if lost.of_mix and certain_loss(performance.reference_skill, skill) > 0:
        yield Fact("healthy", _parts(performance), "skill")
    if lost_auc.loss.low > 0:
        yield Fact("retrain" if lost_auc.exceeds(AUC_LOSS) else "watch", _auc_fell(performance), "roc_auc")
    if skill.high < 0 and auc.high < 0.5 and lost_auc.significant:
        yield Fact("stop", message("It ranks the rows upside down, as if yes and no were swapped."), "roc_auc")


def _far_below(found: Interval, alpha: float) -> float:
    """The upper bound of a figure at one look's share of the budget, as a normal error has it."""
    from scipy.special import ndtri

    return found.value + (found.high - found.value) * float(-ndtri(alpha)) / REACH


def _skill_fell(performance: Performance) -> Message:
    skill, before = performance.skill, performance.reference_skill
    if skill.value < before.value:
        return message(
            "Skill fell from {before:.1%} on the test rows to {skill:.1%} ({low:.1%} to {high:.1%}).",
            before=before.value,
            **named(skill, "skill"),
        )
    return message(
        "Skill is {skill:.1%} (95% CI {low:.1%} to {high:.1%}). These cases let one expect {expected:.1%}.",
        expected=performance.losses[0].expected.value,
        **named(skill, "skill"),
    )


def _auc_fell(performance: Performance) -> Message:
    auc, before = performance.roc_auc, performance.reference_roc_auc
    if auc.value < before.value:
        return message(
            "AUC fell from {before:.3f} on the test rows to {auc:.3f} ({low:.3f} to {high:.3f}).",
            before=before.value,
            **named(auc, "auc"),
        )
    return message(
        "AUC is {auc:.3f} (95% CI {low:.3f} to {high:.3f}). These cases let one expect {expected:.3f}.",
        expected=performance.losses[1].expected.value,
        **named(auc, "auc"),
    )


def _parts(performance: Performance) -> Message:
    """Which part of a fall of skill is the mix of cases and which the model, and what retraining could win."""
    lost, __ = performance.losses
    if lost.loss.low > 0:
        return message(
            "The mix of cases explains {mix:+.1%} of this change, the model {model:+.1%} (95% CI {low:+.1%} to "
            "{high:+.1%}). Retraining could win back the model's part.",
            mix=lost.expected.value - performance.reference_skill.value,
            model=-lost.loss.value,
            low=-lost.loss.high,
            high=-lost.loss.low,
        )
    return message(
        "Skill is {skill:.1%}, {before:.1%} on the test rows, because the cases are harder. This mix of cases lets one "
        "expect {expected:.1%}. Retraining could win at most {most:.1%}.",
        skill=performance.skill.value,
        before=performance.reference_skill.value,
        expected=lost.expected.value,
        most=max(lost.loss.high, 0.0),
    )


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
    if certain_loss(before, skill) > 0:
        fell = message(
            "Without labels, skill is estimated at {skill:.1%} ({low:.1%} to {high:.1%}); on the test rows it was "
            "{before:.1%}.",
            before=before.value,
            **named(skill, "skill"),
        )
        yield Fact("watch", fell, "estimate")
        return
    yield Fact("healthy", _kept(skill, found.estimate.flips_at), "estimate")


def _kept(skill: Interval, flips_at: float | None) -> Message:
    if flips_at is None:
        return message(
            "Without labels, skill is estimated at {skill:.1%} (95% CI {low:.1%} to {high:.1%}). This is reliable if "
            "outcomes still follow the features as they did.",
            **named(skill, "skill"),
        )
    return message(
        "Without labels, skill is estimated at {skill:.1%} (95% CI {low:.1%} to {high:.1%}). This is reliable if "
        "outcomes still follow the features as they did. A quarter of it would be gone if they followed them "
        "{share:.0%} less closely.",
        share=flips_at,
        **named(skill, "skill"),
    )


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
