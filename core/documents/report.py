"""The report of an assessment: the verdict, what it rests on, and the settings with which it can be had again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.charts import drift, effects
from core.documents import sections
from core.documents.document import Chart, Document, Part, Points, Section, Table, Text, between, bounds, figure
from core.documents.report_trends import Batches, over_time
from core.metrics.evaluation import TARGET_RATE
from core.metrics.registry import METRICS
from core.monitoring.drift import EFFECT
from core.monitoring.statistics import STATISTICS
from core.text.messages import Message, message
from core.text.vocabulary import LEVELS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.drift import Panel
    from core.charts.style import Look
    from core.documents.lineage import Lineage
    from core.metrics.intervals import Interval
    from core.metrics.slices import Slice
    from core.metrics.windows import Window
    from core.monitoring.drift import FeatureDrift
    from core.monitoring.unlabelled import Unlabelled
    from core.monitoring.verdict import Assessment
    from core.retraining.policies import Decision
    from core.training.importance import ImportanceChange

MOST_PANELS = 8


@dataclass(frozen=True)
class Facts:
    """What is recorded of an assessment. `titles` are what the features are called; `panels` how each lay before and
    lies now, `windows` the skill over time, `batches` that of one batch after the other, `importances` what each
    feature is worth before and now, `slices` where the model does worst, all of which may be empty; `places` is where
    rows came and come from, None where they have no place; `unlabelled` and `decision` (what the policy in
    force said) are None for a run from before these were kept; `settings` are names and what was set."""

    batch: str
    version: int
    assessed: str
    assessment: Assessment
    titles: Mapping[str, str]
    panels: Sequence[Panel]
    windows: Sequence[Window]
    batches: Batches
    importances: Sequence[ImportanceChange]
    places: Chart | None
    slices: tuple[Slice, ...]
    unlabelled: Unlabelled | None
    decision: Decision | None
    settings: tuple[tuple[Text, Text], ...]
    lineage: Lineage


def report(facts: Facts) -> Document:
    """The report, the verdict first."""
    where = message("On the {rows:,} rows of this batch that have a label.", rows=facts.assessment.rows_labelled)
    title = message("Monitoring report: {batch}, version {version}", batch=facts.batch, version=facts.version)
    return Document(
        title,
        (
            facts.assessment.headline,
            message("Verdict: {level}. Assessed {when}.", level=LEVELS[facts.assessment.level], when=facts.assessed),
        ),
        (
            _verdict(facts),
            _figures(facts.assessment),
            *([_changes(facts)] if facts.assessment.drift else []),
            *([over_time(facts.windows, _reference(facts), facts.batches)] if _followed(facts) else []),
            sections.worst(facts.slices, where),
            *([_relied_on(facts)] if facts.importances else []),
            *([_before_labels(facts.unlabelled)] if facts.unlabelled else []),
            Section(message("Settings"), (sections.facts(message("What this can be repeated with"), facts.settings),)),
            sections.lineage(facts.lineage),
        ),
    )


def _verdict(facts: Facts) -> Section:
    assessment = facts.assessment
    parts: list[Part] = [
        assessment.changed,
        Points(assessment.reasons),
        message("What to do: {action}", action=assessment.action),
    ]
    if facts.decision:
        asks = facts.decision.retrain
        parts.append(message("The policy asks for retraining:") if asks else message("The policy asks for nothing:"))
        parts.append(Points(facts.decision.reasons))
    return Section(message("Verdict"), tuple(parts))


def _figures(assessment: Assessment) -> Section:
    drifted = sum(one.drifted for one in assessment.drift)
    counts = (
        (message("Rows"), figure(assessment.rows, ",d")),
        (message("Rows with a label"), figure(assessment.rows_labelled, ",d")),
        (message("Rows unlike the test rows"), figure(assessment.outside_share, ".1%")),
        (message("Features drifted"), message("{drifted} of {all}", drifted=drifted, all=len(assessment.drift))),
    )
    parts: list[Part] = [sections.facts(message("The batch"), counts)]
    found = assessment.performance
    if found is None:
        parts.append(message("There are too few labels to say how the model does."))
        return Section(message("Figures"), tuple(parts))
    sides = found.reference, found.current
    sure = {"skill": (found.reference_skill, found.skill), "roc_auc": (found.reference_roc_auc, found.roc_auc)}
    rows = []
    for key, metric in METRICS.items():
        if key in found.current:
            pairs = zip(sides, sure.get(key, (None, None)), strict=True)
            rows.append((metric.title, *(_measured(side.get(key), one, metric.spec) for side, one in pairs)))
    rows.append((message("Target rate"), *(figure(side.get(TARGET_RATE), ".1%") for side in sides)))
    header = message("Figure"), message("Test rows"), message("This batch")
    parts += [Table(message("How the model does"), header, tuple(rows)), METRICS["skill"].meaning]
    return Section(message("Figures"), tuple(parts))


def _measured(value: float | None, sure: Interval | None, spec: str) -> Text:
    if sure is None:
        return figure(value, spec)
    return message("{value} ({bounds})", value=figure(value, spec), bounds=bounds(sure.low, sure.high, spec))


def _changes(facts: Facts) -> Section:
    found = facts.assessment.drift
    names = [facts.titles.get(one.feature, one.feature) for one in found]
    alt = message("{name} drifted most.", name=names[0])
    header = message("Feature"), message("Effect"), *(one.title for one in STATISTICS.values()), message("Drifted")
    named: list[tuple[Text, FeatureDrift]] = [
        *zip(names, found, strict=True),
        (message("prediction"), facts.assessment.prediction),
    ]
    rows = [
        (name, figure(one.effect, EFFECT), *(figure(one[key], known.spec) for key, known in STATISTICS.items()),
         _yes(one.drifted))
        for name, one in named
    ]  # fmt: skip
    said = message(
        "The effect is in multiples of the alarm line; a feature drifted when its whole 95 % interval lies beyond 1."
    )
    parts: tuple[Part, ...] = (
        Chart(message("What changed, strongest first"), drift_drawn, (tuple(names), tuple(found)), alt),
        *_panels(facts.panels, alt),
        *([facts.places] if facts.places else []),
        said,
        Table(message("How far each moved"), header, tuple(rows)),
        message("Effect sizes decide. p-values are only shown: with enough rows any difference is significant."),
    )
    return Section(message("What changed"), parts)


def _panels(panels: Sequence[Panel], alt: Message) -> tuple[Chart, ...]:
    if not panels:
        return ()
    title = message("Before and now (grey: test rows, line: this batch)")
    return (Chart(title, drift.before_and_now, (tuple(panels[:MOST_PANELS]),), alt),)


def _followed(facts: Facts) -> bool:
    return bool(facts.windows) or facts.batches.comparable


def _reference(facts: Facts) -> Interval | None:
    return facts.assessment.performance.reference_skill if facts.assessment.performance else None


def _relied_on(facts: Facts) -> Section:
    found = tuple(facts.importances)
    names = tuple(facts.titles.get(one.feature, one.feature) for one in found)
    moved = [name for name, one in zip(names, found, strict=True) if one.certain]
    said = message("No feature is worth anything else than on the test rows for certain.")
    if moved:
        said = message("Worth something else than on the test rows, for certain: {features}.", features=moved)
    header = message("Feature"), message("Test rows"), message("95 %"), message("This batch"), message("95 %")
    loss = METRICS["log_loss"].spec
    rows = [(name, *between(one.before, loss), *between(one.now, loss)) for name, one in zip(names, found, strict=True)]
    meant = message(
        "A feature is worth what a row's log loss rises by when its values are shuffled; the comparison holds for all "
        "features together."
    )
    title = message("What the model relies on (diamond: test rows, circle: this batch)")
    parts = (
        Chart(title, importance_drawn, (names, found), said),
        meant,
        Table(message("What each feature is worth"), header, tuple(rows)),
    )
    return Section(message("What it relies on"), parts)


def _before_labels(found: Unlabelled) -> Section:
    parts: list[Part] = []
    if found.gate.open and found.estimate:
        rows = [
            (metric.title, *between(found.estimate.figures[key], metric.spec))
            for key, metric in METRICS.items()
            if key in found.estimate.figures
        ]
        header = message("Figure"), message("Estimate"), message("95 %")
        parts.append(Table(message("Estimated without a label"), header, tuple(rows)))
    else:
        parts += [message("No trustworthy estimate, because"), Points(found.gate.reasons)]
    if found.separation:
        value, interval = between(found.separation.auc, METRICS["roc_auc"].spec)
        said = message(
            "A classifier tells the batch from the test rows with an AUC of {auc} ({interval}); 0.5 means that they "
            "can't be told apart.",
            auc=value,
            interval=interval,
        )
        parts.append(said)
    if found.labels and found.labels.enough:
        needed = {"needed": found.labels.needed, "available": found.labels.available, "points": found.loss}
        parts.append(
            message(
                "{needed:,} labels of {available:,} rows would confirm or reject that {points:.1%} of skill are lost.",
                **needed,
            )
        )
    return Section(message("Before labels"), tuple(parts))


def drift_drawn(look: Look, names: Sequence[str], found: Sequence[FeatureDrift]) -> Figure:
    title = message("drift, in multiples of the alarm line")
    moved = [drift.Moved(name, one.effect, one.drifted) for name, one in zip(names, found, strict=True)]
    return drift.ranked(look, moved, title=title)


def importance_drawn(look: Look, names: Sequence[str], found: Sequence[ImportanceChange]) -> Figure:
    sides = [[tuple(vars(getattr(one, side)).values()) for one in found] for side in ("before", "now")]
    return effects.importance_change(look, [look.named(name) for name in names], *sides)


def _yes(so: bool) -> Message:
    return message("yes") if so else message("no")
