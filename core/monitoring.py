"""The verdict on a batch: does the champion fit it, what changed, and what to do about it.

The rules, in words (their limits are the constants below):

- stop: the batch itself looks wrong. Half of a feature is null that was filled in the reference, or the ranking is
  upside down (AUC wholly below 0.5 and skill wholly below 0), as swapped labels make it. Retraining would learn the
  fault.
- retrain: labels show that the model is worse than a fixed guess or has lost a material part of its skill or AUC,
  interval included; or half of the rows are unlike anything in the reference and no label shows that it copes.
- watch: a smaller but certain loss, drifted features or predictions, a tenth of the rows unlike the reference, more
  nulls or new categories, or too few rows to tell.
- healthy: none of these.

Two things decide nothing. The log loss itself: it falls when the positives get rarer, whatever the model is worth, so
a batch is judged by skill, against the best constant for its own rate. And p-values: with enough rows every
difference is significant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.contract import Contract
from core.drift import FeatureDrift, compare, prediction_drift
from core.errors import CourtsideError
from core.evaluation import Interval, interval, intervals, metrics
from core.labelling import SKILL_LOSS
from core.messages import Message, message
from core.support import SUPPORT_SAMPLE, outside_support

Level = Literal["healthy", "watch", "retrain", "stop"]
LEVELS: tuple[Level, ...] = ("healthy", "watch", "retrain", "stop")

AUC_LOSS = 0.02
"""Points of AUC whose certain loss asks for retraining."""
SKILL_KEPT = 0.5
"""Labels outrank unlike rows when at least this share of the reference skill is certainly kept."""
OUTSIDE_RETRAIN = 0.5
OUTSIDE_WATCH = 0.1
NULLS_WATCH = 0.05
NULLS_STOP = 0.5
NEW_CATEGORIES_WATCH = 0.05
FEWEST_ROWS = 50
FEWEST_LABELS = 100


@dataclass(frozen=True)
class Performance:
    """The metrics of both sides, and the two that decide with their 95 % intervals."""

    reference: dict[str, float | None]
    current: dict[str, float | None]
    skill: Interval
    roc_auc: Interval
    reference_skill: Interval
    reference_roc_auc: Interval


@dataclass(frozen=True)
class Assessment:
    """A verdict with everything it rests on.

    `reasons` are the facts that decided it, cause before consequence; `quality` those of them about the data
    itself. `performance` is None when fewer than 100 rows have a label, or only one class of it.
    """

    level: Level
    headline: Message
    reasons: tuple[Message, ...]
    action: Message
    drift: tuple[FeatureDrift, ...]
    prediction: FeatureDrift
    quality: tuple[Message, ...]
    outside_share: float
    performance: Performance | None
    rows: int
    rows_labelled: int

    @property
    def asks_for_action(self) -> bool:
        """Whether somebody has to do something before the next batch."""
        return self.level in ("retrain", "stop")

    def as_dict(self) -> dict:
        """JSON that `from_dict` reads back; its sentences can still be rendered in either language."""
        return {
            **{name: getattr(self, name) for name in ("level", "outside_share", "rows", "rows_labelled")},
            **{name: getattr(self, name).as_dict() for name in ("headline", "action")},
            **{name: [reason.as_dict() for reason in getattr(self, name)] for name in ("reasons", "quality")},
            "drift": [asdict(drift) for drift in self.drift],
            "prediction": asdict(self.prediction),
            "performance": asdict(self.performance) if self.performance else None,
        }

    @classmethod
    def from_dict(cls, stored: dict) -> Assessment:
        performance = stored["performance"]
        return cls(
            **{name: stored[name] for name in ("level", "outside_share", "rows", "rows_labelled")},
            **{name: Message.from_dict(stored[name]) for name in ("headline", "action")},
            **{name: tuple(map(Message.from_dict, stored[name])) for name in ("reasons", "quality")},
            drift=tuple(_drift(one) for one in stored["drift"]),
            prediction=_drift(stored["prediction"]),
            performance=_performance(performance) if performance else None,
        )


@dataclass(frozen=True)
class Window:
    """One stretch of time: `skill` is None below 100 labelled rows or with one class only."""

    label: str
    rows: int
    labelled: int
    target_rate: float | None
    skill: Interval | None


@dataclass(frozen=True)
class _Finding:
    level: Level
    reason: Message


def assess(
    contract: Contract,
    reference: pd.DataFrame,
    reference_probability: np.ndarray,
    reference_target: np.ndarray,
    current: pd.DataFrame,
    current_probability: np.ndarray,
    current_target: np.ndarray | None,
    threshold: float,
    seed: int,
    support: pd.DataFrame | None = None,
) -> Assessment:
    """Whether the model that gave the probabilities fits the current rows.

    The reference is the version's scored test rows, or those of them that the batch is to be compared with; `support`
    then are all of them, to tell what the model does not know. `current_target` is 0/1 with nan where the label is not
    known, or None. Rows that could not be scored (probability nan) count for data quality and drift of features only.
    The rules are those at the top of this module. Raises `CourtsideError` when the batch has no row.
    """
    if not len(current):
        raise CourtsideError(message("This batch has no rows."), message("Choose a batch with at least one row."))
    drift = tuple(compare(reference, current, contract))
    prediction = prediction_drift(reference_probability, current_probability)
    target = np.full(len(current), np.nan) if current_target is None else np.asarray(current_target, dtype=float)
    labelled = ~np.isnan(target) & ~np.isnan(np.asarray(current_probability, dtype=float))
    performance = None
    if labelled.sum() >= FEWEST_LABELS:
        scored = (target[labelled], np.asarray(current_probability)[labelled])
        performance = _measured((reference_target, reference_probability), scored, threshold, seed)
    sample = np.sort(np.random.default_rng(seed).permutation(len(current))[:SUPPORT_SAMPLE])
    outside = float(
        outside_support(reference if support is None else support, current.iloc[sample], contract, seed).mean()
    )

    titles = {feature.name: feature.title for feature in contract.features}
    quality = _quality(drift, titles)
    findings = [*_changes(drift, prediction, titles), *_support(outside, performance), *_losses(performance), *quality]
    if len(current) < FEWEST_ROWS:
        findings = [_Finding("watch", _too_few(len(current)))]
    level = max((finding.level for finding in findings), key=LEVELS.index, default="healthy")
    moved = [titles[one.feature] for one in drift if one.drifted]
    return Assessment(
        level=level,
        headline=_headline(level, moved, performance, len(current)),
        reasons=tuple(finding.reason for finding in findings) or (_all_well(performance),),
        action=_action(level, performance),
        drift=drift,
        prediction=prediction,
        quality=tuple(finding.reason for finding in quality),
        outside_share=outside,
        performance=performance,
        rows=len(current),
        rows_labelled=int(labelled.sum()),
    )


def windows(
    time_values: Sequence | np.ndarray, target: np.ndarray, probability: np.ndarray, seed: int
) -> tuple[Window, ...]:
    """The skill over time: one window per distinct label (a season, a month), in their order.

    Every row is in exactly one window; rows without a time are in one labelled "", which comes last. `target` is
    0/1 with nan where unknown. A window of few rows has a wide interval, not a false alarm.
    """
    codes, labels = pd.factorize(np.asarray(time_values, dtype=object), sort=True)
    target, probability = np.asarray(target, dtype=float), np.asarray(probability, dtype=float)
    found = []
    for code in [*range(len(labels)), -1]:
        rows = codes == code
        known = rows & ~np.isnan(target) & ~np.isnan(probability)
        enough = known.sum() >= FEWEST_LABELS
        if rows.any():
            found.append(
                Window(
                    label="" if code < 0 else str(labels[code]),
                    rows=int(rows.sum()),
                    labelled=int(known.sum()),
                    target_rate=float(target[known].mean()) if known.any() else None,
                    skill=interval(target[known], probability[known], "skill", seed) if enough else None,
                )
            )
    return tuple(found)


def _measured(reference: tuple, current: tuple, threshold: float, seed: int) -> Performance | None:
    now, before = (intervals(*side, ("skill", "roc_auc"), seed) for side in (current, reference))
    if None in (*now.values(), *before.values()):
        return None
    return Performance(
        reference=metrics(*reference, threshold),
        current=metrics(*current, threshold),
        skill=now["skill"],
        roc_auc=now["roc_auc"],
        reference_skill=before["skill"],
        reference_roc_auc=before["roc_auc"],
    )


def certain_loss(before: Interval, now: Interval) -> float:
    """The least by which a figure fell: lower bound of the difference of two independent estimates, from their own
    bounds (MOVER: Zou and Donner, "Construction of confidence limits about effect measures", 2008)."""
    return before.value - now.value - float(np.hypot(before.value - before.low, now.high - now.value))


def _losses(performance: Performance | None) -> list[_Finding]:
    if performance is None:
        return []
    skill, auc = performance.skill, performance.roc_auc
    before, before_auc = performance.reference_skill, performance.reference_roc_auc
    found = []
    if skill.high < 0:
        worse = message(
            "Its probabilities are worse than a fixed guess: skill is {skill:.1%} ({low:.1%} to {high:.1%}).",
            **_named(skill, "skill"),
        )
        found.append(_Finding("retrain", worse))
    elif (loss := certain_loss(before, skill)) > 0:
        fell = message(
            "Skill fell from {before:.1%} on the test rows to {skill:.1%} ({low:.1%} to {high:.1%}).",
            before=before.value,
            **_named(skill, "skill"),
        )
        found.append(_Finding("retrain" if loss >= SKILL_LOSS * before.value else "watch", fell))
    if (loss := certain_loss(before_auc, auc)) > 0:
        fell = message(
            "AUC fell from {before:.3f} on the test rows to {auc:.3f} ({low:.3f} to {high:.3f}).",
            before=before_auc.value,
            **_named(auc, "auc"),
        )
        found.append(_Finding("retrain" if loss >= AUC_LOSS else "watch", fell))
    if skill.high < 0 and auc.high < 0.5:
        found.append(_Finding("stop", message("It ranks the rows upside down, as if yes and no were swapped.")))
    return found


def _named(bounds: Interval, name: str) -> dict[str, float]:
    return {name: bounds.value, "low": bounds.low, "high": bounds.high}


def _changes(drift: tuple[FeatureDrift, ...], prediction: FeatureDrift, titles: dict[str, str]) -> list[_Finding]:
    found = []
    moved = [_moved(one, titles[one.feature]) for one in drift if one.drifted]
    if moved:
        found.append(_Finding("watch", message("Changed most: {features}.", features=moved)))
    if prediction.drifted:
        said = message(
            "What the model predicts changed: its probabilities moved by {size:.2f} reference deviations.",
            size=prediction.wasserstein or 0.0,
        )
        found.append(_Finding("watch", said))
    return found


def _moved(drift: FeatureDrift, title: str) -> Message:
    if drift.wasserstein is not None:
        return message("{feature} (by {size:.2f} reference deviations)", feature=title, size=drift.wasserstein)
    if drift.total_variation is not None:
        return message("{feature} ({share:.0%} of the rows)", feature=title, share=drift.total_variation)
    return message("{feature} (no longer constant)", feature=title)


def _support(outside: float, performance: Performance | None) -> list[_Finding]:
    if outside < OUTSIDE_WATCH:
        return []
    copes = performance and performance.skill.low >= SKILL_KEPT * max(performance.reference_skill.value, 0.0)
    reason = message("{share:.0%} of the rows are unlike anything in the test rows.", share=outside)
    return [_Finding("retrain" if outside >= OUTSIDE_RETRAIN and not copes else "watch", reason)]


def _quality(drift: tuple[FeatureDrift, ...], titles: dict[str, str]) -> list[_Finding]:
    found = []
    for one in drift:
        more = one.nulls_current - one.nulls_reference
        if more >= NULLS_WATCH:
            nulls = message(
                "{feature} is missing in {now:.0%} of the rows, {before:.0%} in the test rows.",
                feature=titles[one.feature],
                now=one.nulls_current,
                before=one.nulls_reference,
            )
            found.append(_Finding("stop" if more >= NULLS_STOP else "watch", nulls))
        if one.new_share >= NEW_CATEGORIES_WATCH:
            new = message(
                "{feature} holds values never seen in the test rows, in {share:.0%} of the rows: {values}.",
                feature=titles[one.feature],
                share=one.new_share,
                values=list(one.new_categories[:5]),
            )
            found.append(_Finding("watch", new))
    return found


def _headline(level: Level, moved: list[str], performance: Performance | None, rows: int) -> Message:
    if level == "stop":
        return message("Stop: something is wrong with this batch.")
    if level == "retrain" and performance and performance.skill.high < 0:
        return message("The model does not fit this batch: a fixed guess would do better.")
    if level == "retrain" and moved:
        return message("The model does not fit this batch: {features} changed most.", features=moved[:2])
    if level == "retrain":
        return message("The model does not fit this batch.")
    if rows < FEWEST_ROWS:
        return message("This batch is too small for a verdict.")
    if level == "watch":
        return message("The model may still fit this batch, but something changed.")
    if performance and performance.skill.low > 0:
        return message("The model fits this batch.")
    return message("Nothing suggests that the model does not fit this batch.")


def _too_few(rows: int) -> Message:
    return message("The batch has {rows:,} rows; a verdict needs at least {least:,}.", rows=rows, least=FEWEST_ROWS)


def _all_well(performance: Performance | None) -> Message:
    if performance is None:
        return message("No feature drifted, and the rows are like the test rows.")
    named = _named(performance.skill, "skill")
    if performance.skill.low > 0:
        return message("Skill is {skill:.1%} ({low:.1%} to {high:.1%}), and no feature drifted.", **named)
    return message(
        "No feature drifted; skill is {skill:.1%} ({low:.1%} to {high:.1%}), too few labels to tell it from guessing.",
        **named,
    )


def _action(level: Level, performance: Performance | None) -> Message:
    if level == "stop":
        return message("Don't use these predictions; check where the batch comes from before retraining.")
    if level == "retrain" and performance:
        return message("Retrain with the labelled rows of this batch, then compare the challenger with the champion.")
    if level == "retrain":
        return message("Get labels for a sample of this batch, then retrain with them.")
    if level == "watch":
        return message("Look at what changed, and assess the next batch.")
    return message("Nothing to do until the next batch.")


def _drift(stored: dict) -> FeatureDrift:
    return FeatureDrift(**stored | {"new_categories": tuple(stored["new_categories"])})


def _performance(stored: dict) -> Performance:
    bounds = ("skill", "roc_auc", "reference_skill", "reference_roc_auc")
    return Performance(**stored | {name: Interval.from_dict(stored[name]) for name in bounds})
