"""Run `Monitoramento`: does the version that scored a batch fit it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.charts.drift import Panel
from core.data import checking
from core.data.contract import Contract, Feature
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.slices import Slice, slices
from core.monitoring import verdict as pure
from core.monitoring.drift import FeatureDrift, between, drift, histogram
from core.monitoring.labelling import stratified_sample
from core.monitoring.profiles import count
from core.monitoring.rules import Fact
from core.monitoring.statistics import STATISTICS
from core.monitoring.unlabelled import Side, Unlabelled, without_labels
from core.monitoring.verdict import Assessment
from core.scoring.scoring import ADDED
from core.store import registry, settings, spreadsheets, tracking
from core.text.errors import NothingYet
from core.text.messages import Progress, message, silent
from core.training.importance import ImportanceChange
from core.training.importance import importance_changes as changes_between
from core.workflows import alerts, evidence, learned_rows, policies, references, scoring, training
from core.workflows.batch_counts import PROBABILITY, count_batch
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag, drift_key

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Floats
    from core.metrics.intervals import Interval
    from core.store.registry import RegisteredVersion

SEED = 10
MOST_LOOKS = 2_000
PAST_BATCHES = 10
"""Earlier batches of a version by which its estimates are judged."""


@dataclass(frozen=True)
class Monitored:
    """A monitoring run: which batch and version it judged, the assessment, and who asks for action: the verdict, the
    policy in force, both or neither."""

    run_id: str
    scoring_run: str
    batch: str
    version: int
    when: datetime
    assessment: Assessment
    asked_by: tuple[str, ...] = ()


def monitor(
    project: str, scoring_run: str = "", *, seed: int = 10, deliver: bool = True, progress: Progress = silent
) -> Monitored:
    """Assesses a scored batch (the newest by default) against the reference of the version that scored it.

    Where the verdict or the policy asks for action, that raises an alert, delivered before this returns unless
    `deliver` is False: who has no time for a dead mail server delivers it later, by `deliver_alert`.
    """
    place = settings.load()
    batch = scoring.scored(scoring_run) if scoring_run else scoring.latest_scored(project)
    version = registry.get(place, project, batch.version)
    progress(0, 2, message("Comparing {rows:,} rows with the reference", rows=batch.rows_scored))
    assessment, before_labels, changes = _judged(project, batch, version, seed)
    progress(1, 2, message("Writing the run"))
    tags: dict[str, str] = {
        Tag.SCORING_RUN: batch.run_id,
        Tag.BATCH: batch.batch,
        Tag.MODEL_VERSION: str(batch.version),
        Tag.VERDICT: assessment.level,
        Tag.ROWS_LABELLED: str(assessment.rows_labelled),
    }
    with tracking.run(place, project, RunName.MONITORING, tags=tags) as run:
        run.parameters({Parameter.SEED: seed, Parameter.REFERENCE_ROWS: len(scoring.reference(version))})
        run.metrics({MetricKey.OUTSIDE_SHARE: assessment.outside_share})
        run.metrics(
            {
                drift_key(key, item.feature): item[key]
                for item in assessment.drift
                for key, one in STATISTICS.items()
                if one.threshold
            }
        )
        if assessment.performance:
            run.metrics(assessment.performance.current)
        run.json(Artifact.ASSESSMENT, assessment.as_dict())
        if before_labels:
            run.json(Artifact.UNLABELLED, before_labels.as_dict())
        decision = policies.record(run, project, assessment, before_labels, version=version, batch=batch)
        alerts.record(run, assessment, decision)
        run.json(Artifact.IMPORTANCE_CHANGES, [change.as_dict() for change in changes])
        run.text(Artifact.VERDICT, "\n".join(map(str, assessment.text)) + "\n")
        from core.workflows import reports  # it reads what is written above, through this module

        reports.keep(run)
    if deliver:
        alerts.tell(project, run.run_id, progress=progress)
    return monitored(run.run_id)


def unlabelled(run_id: str) -> Unlabelled | None:
    """What an assessment says of its batch without looking at a label; None for a run from before this was kept."""
    place = settings.load()
    if not tracking.has(place, run_id, Artifact.UNLABELLED):
        return None
    return Unlabelled.from_dict(tracking.read_json(place, run_id, Artifact.UNLABELLED))


def importance_changes(run_id: str) -> tuple[ImportanceChange, ...]:
    """What each feature was worth to the version on its test rows and is worth on the batch, the most important first;
    empty where the labels don't allow to say, and for a run from before this was measured."""
    place = settings.load()
    if not tracking.has(place, run_id, Artifact.IMPORTANCE_CHANGES):
        return ()
    return tuple(map(ImportanceChange.from_dict, tracking.read_json(place, run_id, Artifact.IMPORTANCE_CHANGES)))


def worst_slices(scoring_run: str) -> tuple[Slice, ...]:
    """Where in a scored batch the model does worst; empty where there are too few labels."""
    version = registry.get(settings.load(), _project(scoring_run), scoring.scored(scoring_run).version)
    rows = _scored(scoring_run)
    contract = scoring.contract_of(version)
    target = learned_rows.labels(version, rows, contract, scoring.scored(scoring_run).fingerprint)
    probability = rows["probability"].to_numpy(float)
    return slices(rows.drop(columns=list(ADDED)), contract, target, probability)


def rows_to_label(run_id: str) -> bytes:
    """A sample of the batch that would settle what an assessment leaves open, as CSV: as many rows as its plan asks
    for, drawn over all probabilities, with the columns that say which rows they are and an empty target to fill in."""
    found = monitored(run_id)
    kept = unlabelled(run_id)
    plan = kept.labels if kept else None
    version = registry.get(settings.load(), _project(run_id), found.version)
    contract = scoring.contract_of(version)
    rows = scoring.scored_rows(found.scoring_run)
    wanted = plan.needed if plan and plan.needed and plan.enough else len(rows)
    some = rows.iloc[stratified_sample(rows["probability"].to_numpy(float), wanted, seed=SEED)]
    known = [name for name in (contract.id, contract.time, *contract.feature_names) if name in some]
    asked = spreadsheets.neutralised(some[list(dict.fromkeys(known))].assign(**{contract.target: ""}))
    return asked.to_csv(index=False, lineterminator="\n").encode()


def before_and_now(run_id: str) -> list[Panel]:
    """How values lay in the reference and lie in the batch, for a chart: of each feature, in the order of the drift,
    and last of the probability."""
    found = monitored(run_id)
    version = registry.get(settings.load(), _project(run_id), found.version)
    contract = scoring.contract_of(version)
    features = {feature.name: feature for feature in contract.features}
    reference = scoring.reference(version)
    scored = _scored(found.scoring_run)
    current = checking.accepted(scored, contract, labelled=False).rows
    panels = []
    for item in found.assessment.drift:
        feature = features[item.feature]
        panels.append(Panel.of(feature, *histogram(reference[feature.name], current[feature.name], feature)))
    output = Feature(PROBABILITY, "number")
    return [*panels, Panel.of(output, *histogram(reference[PROBABILITY], scored[PROBABILITY], output))]


def monitored(run_id: str) -> Monitored:
    """A monitoring run, read back."""
    place = settings.load()
    record = tracking.get(place, run_id)
    return Monitored(
        run_id=run_id,
        scoring_run=record.tags[Tag.SCORING_RUN],
        batch=record.tags[Tag.BATCH],
        version=int(record.tags[Tag.MODEL_VERSION]),
        when=record.started,
        assessment=Assessment.from_dict(tracking.read_json(place, run_id, Artifact.ASSESSMENT)),
        asked_by=alerts.asked_by(record),
    )


def latest_monitored(project: str, scoring_run: str = "") -> Monitored:
    """The newest assessment (of one batch, if named); none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RunName.MONITORING, limit=100 if scoring_run else 1)
    found = [item for item in found if not scoring_run or item.tags[Tag.SCORING_RUN] == scoring_run]
    if not found:
        raise NothingYet(message("No batch is assessed yet."), message("Assess the last batch."))
    return monitored(found[0].run_id)


def _judged(
    project: str, batch: scoring.Scored, version: RegisteredVersion, seed: int
) -> tuple[Assessment, Unlabelled | None, tuple[ImportanceChange, ...]]:
    if not batch.rows_scored:
        nothing = references.reference_profile(version)[PROBABILITY]
        return pure.nothing_accepted(batch.rows, drift(nothing, count(np.empty(0), nothing))), None, ()
    contract, reference, current = scoring.contract_of(version), scoring.reference(version), _scored(batch.run_id)
    before = Side(reference, reference["probability"].to_numpy(), reference[contract.target].to_numpy())
    rows = checking.accepted(current, contract, labelled=False).rows
    target = learned_rows.labels(version, current, contract, batch.fingerprint)
    now = Side(rows, current["probability"].to_numpy(), target)
    past = _past(project, batch)
    before_labels = without_labels(contract, before, now, version.threshold, seed, past)
    worth = references.importance(version)
    features, prediction = _drift(batch, version, contract, worth)
    every = training.candidate_rows(version.run_id)
    known = pure.Known(
        drift=features,
        prediction=prediction,
        unlabelled=before_labels,
        support=every if len(every) > len(reference) else None,
        look=_look(project, batch, target),
    )
    assessment = pure.assess(contract, before, now, version.threshold, seed, known)
    said = learned_rows.note(version, current, contract, batch.fingerprint)
    notes = [Fact("healthy", sentence, "skill") for sentence in said]
    assessment = replace(assessment, facts=(*assessment.facts, *notes))
    if assessment.performance is None:
        return assessment, before_labels, ()
    labelled = ~np.isnan(target)
    worth_now = evidence.importance_on(version.run_id, rows[labelled], target[labelled])
    return assessment, before_labels, changes_between(worth, worth_now)


def _look(project: str, batch: scoring.Scored, target: Floats) -> int:
    """The number of this look at labels of the batch's version, from 1. The same labels of the same batch are one look,
    however often they are assessed."""
    earlier = {
        (run.tags[Tag.SCORING_RUN], run.tags.get(Tag.ROWS_LABELLED, ""))
        for run in tracking.runs(settings.load(), project, RunName.MONITORING, limit=MOST_LOOKS)
        if run.tags[Tag.MODEL_VERSION] == str(batch.version)
    }
    looks = {one for one in earlier if one[1] == "" or int(one[1]) >= FEWEST_LABELS}
    return len(looks | {(batch.run_id, str(int((~np.isnan(target)).sum())))})


def _drift(
    batch: scoring.Scored, version: RegisteredVersion, contract: Contract, worth: dict[str, Interval]
) -> tuple[list[FeatureDrift], FeatureDrift]:
    """Of the features, and of the probability: over every row of the batch, however many they are."""
    bins = references.reference_profile(version)
    counts = count_batch(batch.output, contract, bins, scheduler=settings.load().dask_scheduler)
    prediction = drift(bins.pop(PROBABILITY), counts[PROBABILITY])
    return between(bins, counts, {name: bounds.value for name, bounds in worth.items()}), prediction


def _past(project: str, batch: scoring.Scored) -> list[tuple[Floats, Floats]]:
    """(target, probability) of earlier labelled batches of the same version, newest first."""
    found = tracking.runs(settings.load(), project, RunName.SCORING, limit=5 * PAST_BATCHES)
    earlier = [
        item.run_id
        for item in found
        if item.tags[Tag.MODEL_VERSION] == str(batch.version) and item.run_id != batch.run_id
    ]
    windows = []
    version = registry.get(settings.load(), project, batch.version)
    for run_id in earlier[:PAST_BATCHES]:
        rows = scoring.scored_rows(run_id)
        fingerprint = scoring.scored(run_id).fingerprint
        target = learned_rows.labels(version, rows, scoring.batch_contract(run_id), fingerprint)
        probability = rows["probability"].to_numpy(float)
        known = ~np.isnan(target) & ~np.isnan(probability)
        if len(np.unique(target[known])) == 2:
            windows.append((target[known].astype(int), probability[known]))
    return windows


def _scored(scoring_run: str) -> pd.DataFrame:
    rows = scoring.scored_rows(scoring_run)
    return rows[rows["status"] != "rejected"]


def _project(run_id: str) -> str:
    return tracking.project_of(settings.load(), run_id)
