"""Run `Monitoramento`: does the version that scored a batch fit it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pandas as pd

from core import checking, registry, settings, spreadsheets, tracking
from core import monitoring as pure
from core.charts.drift import Panel
from core.drift import histogram
from core.errors import NothingYet
from core.labelling import stratified_sample
from core.messages import Progress, message, silent
from core.monitoring import Assessment, Window
from core.slices import Slice, slices
from core.unlabelled import Unlabelled, without_labels
from core.workflows import alerts, learned, policies, scoring, training

RUN = "Monitoramento"
UNLABELLED = "unlabelled.json"
SEED = 10
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
    contract = scoring.contract_of(version)
    reference = scoring.reference(version)
    current = _scored(batch.run_id)
    checked = checking.check(current, contract, labelled=False)
    progress(0, 2, message("Comparing {rows:,} rows with the reference", rows=len(current)))
    before = reference, reference["probability"].to_numpy(), reference[contract.target].to_numpy()
    now = checked.rows, current["probability"].to_numpy()
    labels = learned.labels(version, current, contract)
    every = training.candidate_rows(version.run_id)
    assessment = pure.assess(contract, *before, *now, labels, version.threshold, seed=seed, support=every)
    assessment = replace(assessment, reasons=(*assessment.reasons, *learned.note(version, current, contract)))
    past = _past(project, batch)
    before_labels = without_labels(contract, *before, *now, version.threshold, seed=seed, windows=past)
    progress(1, 2, message("Writing the run"))
    tags = {
        "scoring_run": batch.run_id,
        "batch": batch.batch,
        "model_version": str(batch.version),
        "verdict": assessment.level,
    }
    with tracking.run(place, project, RUN, tags=tags) as run:
        run.parameters({"seed": seed, "reference_rows": len(reference)})
        run.metrics({"outside_share": assessment.outside_share})
        for item in assessment.drift:
            run.metrics({f"psi/{item.feature}": item.psi, f"wasserstein/{item.feature}": item.wasserstein})
        if assessment.performance:
            run.metrics(assessment.performance.current)
        run.json("assessment.json", assessment.as_dict())
        run.json(UNLABELLED, before_labels.as_dict())
        decision = policies.record(run, project, assessment, before_labels, version=version, batch=batch)
        alerts.record(run, assessment, decision)
        run.text("verdict.txt", f"{assessment.headline}\n" + "\n".join(map(str, assessment.reasons)) + "\n")
        from core.workflows import reports  # it reads what is written above, through this module

        reports.keep(run)
    if deliver:
        alerts.tell(project, run.run_id, progress=progress)
    return monitored(run.run_id)


def unlabelled(run_id: str) -> Unlabelled:
    """What an assessment says of its batch without looking at a label."""
    return Unlabelled.from_dict(tracking.read_json(settings.load(), run_id, UNLABELLED))


def worst_slices(scoring_run: str) -> tuple[Slice, ...]:
    """Where in a scored batch the model does worst; empty where there are too few labels."""
    version = registry.get(settings.load(), _project(scoring_run), scoring.scored(scoring_run).version)
    rows = _scored(scoring_run)
    contract = scoring.contract_of(version)
    return slices(rows, contract, learned.labels(version, rows, contract), rows["probability"].to_numpy(float))


def rows_to_label(run_id: str) -> bytes:
    """A sample of the batch that would settle what an assessment leaves open, as CSV: as many rows as its plan asks
    for, drawn over all probabilities, with the columns that say which rows they are and an empty target to fill in."""
    found = monitored(run_id)
    plan = unlabelled(run_id).labels
    version = registry.get(settings.load(), _project(run_id), found.version)
    contract = scoring.contract_of(version)
    rows = scoring.scored_rows(found.scoring_run)
    wanted = plan.needed if plan and plan.enough else len(rows)
    some = rows.iloc[stratified_sample(rows["probability"].to_numpy(float), wanted, seed=SEED)]
    known = [name for name in (contract.id, contract.time, *contract.feature_names) if name in some]
    asked = spreadsheets.neutralised(some[list(dict.fromkeys(known))].assign(**{contract.target: ""}))
    return asked.to_csv(index=False, lineterminator="\n").encode()


def before_and_now(run_id: str) -> list[Panel]:
    """Per drifted-most-first feature, how its values lay in the reference and lie in the batch; for a chart."""
    found = monitored(run_id)
    version = registry.get(settings.load(), _project(run_id), found.version)
    contract = scoring.contract_of(version)
    features = {feature.name: feature for feature in contract.features}
    reference = scoring.reference(version)
    current = checking.check(_scored(found.scoring_run), contract, labelled=False).rows
    panels = []
    for item in found.assessment.drift:
        feature = features[item.feature]
        bins, before, now = histogram(reference[feature.name], current[feature.name], feature)
        panels.append(Panel.of(feature, bins, before, now))
    return panels


def windows(scoring_run: str) -> tuple[Window, ...]:
    """The skill of a scored batch by year of the contract's time column; empty where it has no labels or no time."""
    batch = scoring.scored(scoring_run)
    version = registry.get(settings.load(), _project(scoring_run), batch.version)
    contract = scoring.contract_of(version)
    rows = _scored(scoring_run)
    if contract.time not in rows or contract.target not in rows:
        return ()
    years = pd.to_datetime(rows[contract.time], errors="coerce").dt.year
    names = [None if pd.isna(year) else str(int(year)) for year in years]
    return pure.windows(names, learned.labels(version, rows, contract), rows["probability"].to_numpy(), seed=10)


def monitored(run_id: str) -> Monitored:
    """A monitoring run, read back."""
    place = settings.load()
    record = tracking.get(place, run_id)
    return Monitored(
        run_id=run_id,
        scoring_run=record.tags["scoring_run"],
        batch=record.tags["batch"],
        version=int(record.tags["model_version"]),
        when=record.started,
        assessment=Assessment.from_dict(tracking.read_json(place, run_id, "assessment.json")),
        asked_by=alerts.asked_by(record),
    )


def latest_monitored(project: str, scoring_run: str = "") -> Monitored:
    """The newest assessment (of one batch, if named); none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RUN, limit=100 if scoring_run else 1)
    found = [item for item in found if not scoring_run or item.tags["scoring_run"] == scoring_run]
    if not found:
        raise NothingYet(message("No batch is assessed yet."), message("Assess the last batch."))
    return monitored(found[0].run_id)


def _past(project: str, batch: scoring.Scored) -> list[tuple[np.ndarray, np.ndarray]]:
    """(target, probability) of earlier labelled batches of the same version, newest first."""
    found = tracking.runs(settings.load(), project, scoring.RUN, limit=5 * PAST_BATCHES)
    earlier = [
        item.run_id
        for item in found
        if item.tags["model_version"] == str(batch.version) and item.run_id != batch.run_id
    ]
    windows = []
    version = registry.get(settings.load(), project, batch.version)
    for run_id in earlier[:PAST_BATCHES]:
        rows = scoring.scored_rows(run_id)
        target = learned.labels(version, rows, scoring.batch_contract(run_id))
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
