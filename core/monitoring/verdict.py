"""The verdict on a batch: does the champion fit it, what changed, and what to do about it.

The rules stand in `core.monitoring.rules`; the level of a batch is the highest that any of its facts asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.metrics.performance import Performance
from core.monitoring import answers
from core.monitoring.answers import FEWEST_ROWS
from core.monitoring.drift import FeatureDrift, compare, prediction_drift
from core.monitoring.labelled import Yardstick, what_labels_say
from core.monitoring.labelling import LabelPlan
from core.monitoring.rules import LEVELS, OUTSIDE_RETRAIN, Fact, Level, facts
from core.monitoring.support import SUPPORT_SAMPLE, outside_support
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd

    from core.data.contract import Contract
    from core.monitoring.unlabelled import Side, Unlabelled

PLAIN = ("level", "outside_share", "rows", "rows_labelled")
FIT, CHANGED = message("Does the model fit the new base?"), message("What changed between the bases?")


@dataclass(frozen=True)
class Assessment:
    """A verdict with everything it rests on.

    `facts` are the few that decided it, cause before consequence, each with the chart that shows it. `performance` is
    None where there are too few labels, or too few of the smaller class. `changed` sums up the drift in a sentence.
    `plan` are the labels that would rule out a loss of `margin` points of skill, or show it. `unlike` names in what the
    labelled rows differ from the others. `look` counts the looks at this version's labels, this one included: each
    takes its share of the version's budget for false alarms.
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
    plan: LabelPlan | None = None
    margin: float | None = None
    unlike: tuple[str, ...] = ()
    look: int = 1

    @property
    def fit(self) -> answers.Fit:
        """Whether the model fits: "fits", "does not fit" or "unknown"."""
        return answers.fit(self.level, self.facts, self.performance, self.rows, self.unlike)

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
        return (FIT, answers.answered(self)), (CHANGED, self.changed)

    @property
    def text(self) -> tuple[Message, ...]:
        """The whole verdict, as a page, a run and a report say it: does it fit, what changed, why, what to do."""
        return self.headline, self.changed, *self.reasons, self.action

    @property
    def asks_for_action(self) -> bool:
        """Whether somebody has to do something before the next batch."""
        return self.level in ("retrain", "stop")

    def as_dict(self) -> dict[str, Any]:
        """JSON that `from_dict` reads back; its sentences can still be rendered in either language."""
        return {
            **{name: getattr(self, name) for name in (*PLAIN, "margin", "look")},
            "unlike": list(self.unlike),
            "plan": self.plan and self.plan.as_dict(),
            **{name: getattr(self, name).as_dict() for name in ("headline", "changed", "action")},
            "facts": [fact.as_dict() for fact in self.facts],
            "drift": [drift.as_dict() for drift in self.drift],
            "prediction": self.prediction.as_dict(),
            "performance": asdict(self.performance) if self.performance else None,
        }

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Assessment:
        """What `as_dict` made, of runs from before facts had charts too."""
        drift = tuple(map(FeatureDrift.from_dict, stored["drift"]))
        performance, plan = stored["performance"], stored.get("plan")
        return cls(
            level=stored["level"],
            outside_share=stored["outside_share"],
            rows=stored["rows"],
            rows_labelled=stored["rows_labelled"],
            plan=LabelPlan.from_dict(plan) if plan else None,
            margin=stored.get("margin"),
            unlike=tuple(stored.get("unlike", ())),
            look=stored.get("look", 1),
            headline=Message.from_dict(stored["headline"]),
            action=Message.from_dict(stored["action"]),
            changed=Message.from_dict(stored["changed"]) if "changed" in stored else answers.changed(drift, {}),
            facts=tuple(map(Fact.from_dict, stored["facts"] if "facts" in stored else _without_charts(stored))),
            drift=drift,
            prediction=FeatureDrift.from_dict(stored["prediction"]),
            performance=Performance.from_dict(performance) if performance else None,
        )


@dataclass(frozen=True)
class Known:
    """What is known of a batch before it is assessed: the `drift` of its features and of the `prediction`, where its
    rows are a sample of the batch; what each feature is worth to the model (`importances`); what was found without
    labels; all rows that the model has learned to judge by (`support`), where the reference is a part of them; and the
    number of this look at labels of the version, from 1 (`look`)."""

    drift: Sequence[FeatureDrift] | None = None
    prediction: FeatureDrift | None = None
    importances: Mapping[str, float] | None = None
    unlabelled: Unlabelled | None = None
    support: pd.DataFrame | None = None
    look: int = 1


NOTHING_MORE = Known()


def assess(
    contract: Contract, reference: Side, current: Side, threshold: float, seed: int, known: Known = NOTHING_MORE
) -> Assessment:
    """Whether the model that gave the probabilities fits the current rows.

    The reference is the version's scored test rows, or those of them that the batch is to be compared with. Rows that
    could not be scored (probability nan) count for data quality and drift of features only. Who knows more of the batch
    gives it. The rules are those of `core.monitoring.rules`. Raises `CourtsideError` when the batch has no row.
    """
    if not len(current.rows):
        raise CourtsideError(message("This batch has no rows."), message("Choose a batch with at least one row."))
    rows, probability = len(current.rows), np.asarray(current.probability, dtype=float)
    compared = known.drift
    if compared is None:
        compared = compare(reference.rows, current.rows, contract, known.importances)
    drift = tuple(compared)
    prediction = known.prediction or prediction_drift(reference.probability, probability)
    if known.unlabelled and known.support is None:
        outside = known.unlabelled.gate.outside_share
    else:
        outside = _outside(reference.rows if known.support is None else known.support, current.rows, contract, seed)

    calibrator = known.unlabelled.calibrator if known.unlabelled else None
    against = Yardstick(calibrator, outside < OUTSIDE_RETRAIN, known.look)
    labels = what_labels_say(contract, reference, current, threshold, seed, against)
    performance, labelled = labels.performance, int(current.labelled().sum())
    titles = {feature.name: feature.title for feature in contract.features}
    found = facts(drift, prediction, titles, outside, performance, known.unlabelled)
    if performance and labels.unlike:
        found.append(Fact("healthy", answers.some_rows(labelled, rows, labels.unlike, titles), "skill"))
    if rows < FEWEST_ROWS:
        found = [Fact("watch", answers.too_few(rows), "")]
    level: Level = max((fact.level for fact in found), key=LEVELS.index, default="healthy")
    if level == "healthy":
        found.insert(0, Fact("healthy", answers.all_well(performance), "skill" if performance else "drift"))
    moved = [titles[one.feature] for one in drift if one.drifted and one.matters]
    fits = answers.fit(level, found, performance, rows, labels.unlike)
    return Assessment(
        level=level,
        headline=answers.headline(level, fits, moved, performance, rows),
        changed=answers.changed(drift, titles),
        facts=tuple(found),
        action=answers.action(level, performance),
        drift=drift,
        prediction=prediction,
        outside_share=outside,
        performance=performance,
        rows=rows,
        rows_labelled=labelled,
        plan=labels.plan,
        margin=labels.margin,
        unlike=labels.unlike,
        look=known.look,
    )


def nothing_accepted(rejected: int, prediction: FeatureDrift) -> Assessment:
    """The verdict on a batch of which every row was rejected; `prediction` is the drift of no rows."""
    stop: Level = "stop"
    return Assessment(
        level=stop,
        headline=answers.headline(stop, "unknown", [], None, 0),
        changed=message("Nothing can be compared: no row was accepted."),
        facts=(Fact(stop, message("All {rows:,} rows were rejected: none fits the contract.", rows=rejected), ""),),
        action=answers.action(stop, None),
        drift=(),
        prediction=prediction,
        outside_share=0.0,
        performance=None,
        rows=0,
        rows_labelled=0,
    )


def _outside(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> float:
    sample = np.sort(np.random.default_rng(seed).permutation(len(current))[:SUPPORT_SAMPLE])
    return float(outside_support(reference, current.iloc[sample], contract, seed).mean())


def _without_charts(stored: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"level": stored["level"], "reason": reason, "chart": "quality" if reason in stored["quality"] else ""}
        for reason in stored["reasons"]
    ]
