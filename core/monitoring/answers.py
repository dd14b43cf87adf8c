"""A verdict in words: the headline, whether the model fits, what changed, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from core.metrics.performance import Performance, loss_between
from core.monitoring.labelling import SKILL_LOSS
from core.monitoring.rules import Fact, Level, named, odd
from core.monitoring.selection import PROBABILITY
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.monitoring.drift import FeatureDrift
    from core.monitoring.verdict import Assessment

FEWEST_ROWS = 50
Fit = Literal["fits", "does not fit", "unknown"]


def shown(facts: Sequence[Fact]) -> bool:
    """Whether labels show a loss that asks for retraining."""
    return any(fact.level == "retrain" and fact.chart in ("skill", "roc_auc") for fact in facts)


def fit(level: Level, facts: Sequence[Fact], performance: Performance | None, rows: int, unlike: Sequence[str]) -> Fit:
    """Whether the model fits: "fits" only where labels rule out a material loss of skill, "does not fit" only where
    they show one, and else "unknown" (equivalence testing: Schuirmann, "A comparison of the two one-sided tests
    procedure", 1987)."""
    if level in ("retrain", "stop"):
        return "does not fit" if level == "retrain" and shown(facts) else "unknown"
    if performance is None or unlike or rows < FEWEST_ROWS or performance.skill.low <= 0:
        return "unknown"
    lost = performance.skill_loss
    loss = lost.loss if lost else loss_between(performance.reference_skill, performance.skill)
    expected = lost.expected if lost else performance.reference_skill
    return "fits" if loss.high < SKILL_LOSS * expected.value else "unknown"


def headline(level: Level, fits: Fit, moved: Sequence[str], performance: Performance | None, rows: int) -> Message:
    """The verdict in a sentence."""
    if level == "stop":
        return message("Stop: something is wrong with this batch.")
    if level == "retrain" and fits == "unknown":
        if moved:
            return message("The model may not fit this batch: {features} changed most.", features=list(moved[:2]))
        return message("The model may not fit this batch.")
    if level == "retrain" and performance and performance.skill.high < 0:
        return message("The model does not fit this batch: a fixed guess would do better.")
    if level == "retrain" and moved:
        return message("The model does not fit this batch: {features} changed most.", features=list(moved[:2]))
    if level == "retrain":
        return message("The model does not fit this batch.")
    if rows < FEWEST_ROWS:
        return message("This batch is too small for a verdict.")
    if level == "watch":
        return message("The model may still fit this batch, but something changed.")
    if fits == "fits":
        return message("The model fits this batch.")
    return message("Nothing suggests that the model does not fit this batch.")


def answered(found: Assessment) -> Message:
    """Whether the model fits, in a sentence; where that is not known, how many labels would tell."""
    if found.level == "stop":
        return message("That can't be told as long as the batch itself looks wrong.")
    if found.level == "retrain":
        if found.fit == "does not fit":
            return message("No, as its labels show.")
        return message("Probably not; labels would tell.")
    if found.rows < FEWEST_ROWS:
        return message("So few rows can't tell.")
    if found.fit == "fits":
        return message("Yes, as its labels show.")
    if found.unlike:
        return message("Cannot tell yet: only rows unlike the others have labels.")
    if found.plan is None or not found.margin:
        return message("Cannot tell yet.")
    if found.plan.enough:
        return message(
            "Cannot tell yet. About {needed:,} labels would rule out a loss of {points:.1%} of skill, or show it.",
            needed=found.plan.needed,
            points=found.margin,
        )
    if found.plan.needed:
        return message(
            "Cannot tell yet. It takes about {needed:,} labels to rule out a loss of {points:.1%} of skill, more than "
            "this batch has rows.",
            needed=found.plan.needed,
            points=found.margin,
        )
    return message(
        "Cannot tell: the test set has too few rows to rule out a loss of {points:.1%} of skill.", points=found.margin
    )


def changed(drift: Sequence[FeatureDrift], titles: Mapping[str, str]) -> Message:
    """The drift of the features, summed up."""
    moved = [titles.get(one.feature, one.feature) for one in drift if one.drifted or odd(one)]
    if not moved:
        return message("No feature changed beyond its alarm line.")
    return message(
        "{drifted} of {all} features changed, most of all {features}.",
        drifted=len(moved),
        all=len(drift),
        features=moved[:2],
    )


def too_few(rows: int) -> Message:
    """Why so small a batch gets no verdict."""
    return message("The batch has {rows:,} rows; a verdict needs at least {least:,}.", rows=rows, least=FEWEST_ROWS)


def some_rows(labelled: int, rows: int, unlike: Sequence[str], titles: Mapping[str, str]) -> Message:
    """That labels came for some rows only, which are unlike the others."""
    names = [message("the model's probability") if one == PROBABILITY else titles[one] for one in unlike[:3]]
    return message(
        "Only {labelled:,} of {rows:,} rows have labels, and they differ from the others in {features}. What these "
        "labels show holds for rows like them.",
        labelled=labelled,
        rows=rows,
        features=names,
    )


def all_well(performance: Performance | None) -> Message:
    """What a batch of which nothing is found is told to be."""
    if performance is None:
        return message("Nothing that the model uses drifted, and the rows are like the test rows.")
    skill = named(performance.skill, "skill")
    if performance.skill.low > 0:
        return message(
            "Skill is {skill:.1%} ({low:.1%} to {high:.1%}), and nothing that the model uses drifted.", **skill
        )
    return message(
        "Nothing that the model uses drifted; skill is {skill:.1%} ({low:.1%} to {high:.1%}), too few labels to tell "
        "it from guessing.",
        **skill,
    )


def action(level: Level, performance: Performance | None) -> Message:
    """What to do."""
    if level == "stop":
        return message("Don't use these predictions; check where the batch comes from before retraining.")
    if level == "retrain" and performance:
        return message("Retrain with the labelled rows of this batch, then compare the challenger with the champion.")
    if level == "retrain":
        return message("Get labels for a sample of this batch, then retrain with them.")
    if level == "watch":
        return message("Look at what changed, and assess the next batch.")
    return message("Nothing to do until the next batch.")
