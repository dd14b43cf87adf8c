"""The verdict on a batch: does the champion fit it, what changed, and what to do about it.

The rules stand in `core.monitoring.rules`; the level of a batch is the highest that any of its facts asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from core.data.contract import Contract
from core.metrics.performance import Performance, measured
from core.monitoring.drift import FeatureDrift, compare, prediction_drift
from core.monitoring.rules import LEVELS, Fact, Level, facts, named, odd
from core.monitoring.support import SUPPORT_SAMPLE, outside_support
from core.monitoring.unlabelled import Unlabelled
from core.text.errors import CourtsideError
from core.text.messages import Message, message
from core.text.stored import known

FEWEST_ROWS = 50
FEWEST_LABELS = 100
FIT, CHANGED = message("Does the model fit the new base?"), message("What changed between the bases?")


@dataclass(frozen=True)
class Assessment:
    """A verdict with everything it rests on.

    `facts` are the few that decided it, cause before consequence, each with the chart that shows it. `performance` is
    None when fewer than 100 rows have a label, or only one class of it. `changed` sums up the drift in a sentence.
    """

    level: Level
    headline: Message
    changed: Message
    facts: tuple[Fact, ...]
    action: Message
    drift: tuple[FeatureDrift, ...]
    prediction: FeatureDrift
    outside_share: float
    performance: Performance | None
    rows: int
    rows_labelled: int

    @property
    def reasons(self) -> tuple[Message, ...]:
        """The facts in words."""
        return tuple(fact.reason for fact in self.facts)

    @property
    def quality(self) -> tuple[Message, ...]:
        """Those of them about the data itself."""
        return tuple(fact.reason for fact in self.facts if fact.chart == "quality")

    @property
    def answers(self) -> tuple[tuple[Message, Message], ...]:
        """The two questions that a batch is assessed for, each with its answer in a sentence."""
        return (FIT, _fits(self)), (CHANGED, self.changed)

    @property
    def text(self) -> tuple[Message, ...]:
        """The whole verdict, as a page, a run and a report say it: does it fit, what changed, why, what to do."""
        return self.headline, self.changed, *self.reasons, self.action

    @property
    def asks_for_action(self) -> bool:
        """Whether somebody has to do something before the next batch."""
        return self.level in ("retrain", "stop")

    def as_dict(self) -> dict:
        """JSON that `from_dict` reads back; its sentences can still be rendered in either language."""
        return {
            **{name: getattr(self, name) for name in ("level", "outside_share", "rows", "rows_labelled")},
            **{name: getattr(self, name).as_dict() for name in ("headline", "changed", "action")},
            "facts": [fact.as_dict() for fact in self.facts],
            "drift": [asdict(drift) for drift in self.drift],
            "prediction": asdict(self.prediction),
            "performance": asdict(self.performance) if self.performance else None,
        }

    @classmethod
    def from_dict(cls, stored: dict) -> Assessment:
        """What `as_dict` made, of runs from before facts had charts too."""
        drift = tuple(_drift(one) for one in stored["drift"])
        performance = stored["performance"]
        return cls(
            **{name: stored[name] for name in ("level", "outside_share", "rows", "rows_labelled")},
            **{name: Message.from_dict(stored[name]) for name in ("headline", "action")},
            changed=Message.from_dict(stored["changed"]) if "changed" in stored else _changed(drift, {}),
            facts=tuple(map(Fact.from_dict, stored["facts"] if "facts" in stored else _without_charts(stored))),
            drift=drift,
            prediction=_drift(stored["prediction"]),
            performance=Performance.from_dict(performance) if performance else None,
        )


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
    *,
    support: pd.DataFrame | None = None,
    drift: Sequence[FeatureDrift] | None = None,
    prediction: FeatureDrift | None = None,
    importances: Mapping[str, float] | None = None,
    unlabelled: Unlabelled | None = None,
) -> Assessment:
    """Whether the model that gave the probabilities fits the current rows.

    The reference is the version's scored test rows, or those of them that the batch is to be compared with; `support`
    then are all of them, to tell what the model does not know. `current_target` is 0/1 with nan where the label is not
    known, or None. Rows that could not be scored (probability nan) count for data quality and drift of features only.
    Who knows more gives it: the drift of a batch of which `current` is a sample, what each feature is worth to the
    model, and what was found without labels. The rules are those of `core.monitoring.rules`. Raises `CourtsideError`
    when the batch has no row.
    """
    if not len(current):
        raise CourtsideError(message("This batch has no rows."), message("Choose a batch with at least one row."))
    drift = tuple(compare(reference, current, contract, importances) if drift is None else drift)
    prediction = prediction or prediction_drift(reference_probability, current_probability)
    target = np.full(len(current), np.nan) if current_target is None else np.asarray(current_target, dtype=float)
    labelled = ~np.isnan(target) & ~np.isnan(np.asarray(current_probability, dtype=float))
    performance = None
    if labelled.sum() >= FEWEST_LABELS:
        scored = (target[labelled], np.asarray(current_probability)[labelled])
        performance = measured((reference_target, reference_probability), scored, threshold, seed)
    if unlabelled and support is None:
        outside = unlabelled.gate.outside_share
    else:
        outside = _outside(reference if support is None else support, current, contract, seed)

    titles = {feature.name: feature.title for feature in contract.features}
    found = facts(drift, prediction, titles, outside, performance, unlabelled)
    if len(current) < FEWEST_ROWS:
        found = [Fact("watch", _too_few(len(current)), "")]
    level = max((fact.level for fact in found), key=LEVELS.index, default="healthy")
    if level == "healthy":
        found.insert(0, Fact("healthy", _all_well(performance), "skill" if performance else "drift"))
    moved = [titles[one.feature] for one in drift if one.drifted and one.matters]
    return Assessment(
        level=level,
        headline=_headline(level, moved, performance, len(current)),
        changed=_changed(drift, titles),
        facts=tuple(found),
        action=_action(level, performance),
        drift=drift,
        prediction=prediction,
        outside_share=outside,
        performance=performance,
        rows=len(current),
        rows_labelled=int(labelled.sum()),
    )


def _outside(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> float:
    sample = np.sort(np.random.default_rng(seed).permutation(len(current))[:SUPPORT_SAMPLE])
    return float(outside_support(reference, current.iloc[sample], contract, seed).mean())


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


def _fits(found: Assessment) -> Message:
    if found.level == "stop":
        return message("That can't be told as long as the batch itself looks wrong.")
    if found.level == "retrain":
        shown = any(fact.level == "retrain" and fact.chart in ("skill", "roc_auc") for fact in found.facts)
        return message("No, as its labels show.") if shown else message("Probably not; labels would tell.")
    if found.rows < FEWEST_ROWS:
        return message("So few rows can't tell.")
    if found.level == "watch":
        return message("Perhaps: nothing shows a loss that would ask for retraining.")
    if not found.performance:
        return message("Yes, as far as can be told without labels.")
    if found.performance.skill.low > 0:
        return message("Yes, as its labels show.")
    return message("Perhaps: its labels are too few to tell it from a guess.")


def _changed(drift: Sequence[FeatureDrift], titles: Mapping[str, str]) -> Message:
    moved = [titles.get(one.feature, one.feature) for one in drift if one.drifted or odd(one)]
    if not moved:
        return message("No feature changed beyond its alarm line.")
    return message(
        "{drifted} of {all} features changed, most of all {features}.",
        drifted=len(moved),
        all=len(drift),
        features=moved[:2],
    )


def _too_few(rows: int) -> Message:
    return message("The batch has {rows:,} rows; a verdict needs at least {least:,}.", rows=rows, least=FEWEST_ROWS)


def _all_well(performance: Performance | None) -> Message:
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
    return FeatureDrift(**known(FeatureDrift, stored) | {"new_categories": tuple(stored["new_categories"])})


def _without_charts(stored: dict) -> list[dict]:
    return [
        {"level": stored["level"], "reason": reason, "chart": "quality" if reason in stored["quality"] else ""}
        for reason in stored["reasons"]
    ]
