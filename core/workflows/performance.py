"""How good a version was in each window of a batch, and on one batch after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core import registry, settings, tracking
from core.evaluation import Interval, Metric, interval
from core.registry import RegisteredVersion
from core.windows import ROWS, By, Window, window, window_labels
from core.windows import windows as cut
from core.workflows import scoring
from core.workflows.learned_rows import labels

SEED = 10
"""Fixed, so that the same window always has the same band."""
MOST_BATCHES = 20


@dataclass(frozen=True)
class Trend:
    """A metric over windows, or over batches, with its 95 % bands; `reference` is that of the version's test rows."""

    windows: tuple[Window, ...]
    reference: Interval | None


def over_time(scoring_run: str, metric: Metric = "skill", by: By = "year", rows: int = ROWS) -> Trend:
    """A metric of a scored batch over windows of the contract's time column, each row in exactly one; without windows
    where the batch has no such column or no label."""
    version = _version(scoring_run)
    contract, table = scoring.contract_of(version), scoring.scored_rows(scoring_run)
    time, target = contract.time, labels(version, table, contract)
    found: tuple[Window, ...] = ()
    if time in table and not np.isnan(target).all():
        names, probability = window_labels(table[time], by, rows), table["probability"].to_numpy(float)
        found = cut(names, target, probability, SEED, threshold=version.threshold, names=(metric,))
    return Trend(found, _reference(version, metric))


def over_batches(scoring_run: str, metric: Metric = "skill") -> Trend:
    """A metric of the batches with labels that the version of a batch has scored, the newest 20, oldest first. Of a
    batch that was scored twice the newer run counts."""
    place, version = settings.load(), _version(scoring_run)
    project = tracking.project_of(place, scoring_run)
    newest = {}
    for run in tracking.runs(place, project, scoring.RUN, limit=scoring.LOOKED_BACK):
        if run.tags["model_version"] == str(version.version) and run.metrics.get("rows_labelled"):
            newest.setdefault(run.tags["fingerprint"], run)
    found = [_measured(run.run_id, run.tags["batch"], version, metric) for run in list(newest.values())[:MOST_BATCHES]]
    return Trend(tuple(reversed(found)), _reference(version, metric))


def windows(scoring_run: str) -> tuple[Window, ...]:
    """The skill of a scored batch by year of the contract's time column; empty where it has no labels or no time."""
    return over_time(scoring_run).windows


def _measured(run_id: str, name: str, version: RegisteredVersion, metric: Metric) -> Window:
    rows = scoring.scored_rows(run_id)
    target = labels(version, rows, scoring.contract_of(version))
    probability = rows["probability"].to_numpy(float)
    return window(name, target, probability, SEED, threshold=version.threshold, names=(metric,))


def _reference(version: RegisteredVersion, metric: Metric) -> Interval | None:
    rows = scoring.reference(version)
    target = rows[scoring.contract_of(version).target].to_numpy()
    return interval(target, rows["probability"].to_numpy(), metric, SEED, threshold=version.threshold)


def _version(scoring_run: str) -> RegisteredVersion:
    place = settings.load()
    return registry.get(place, tracking.project_of(place, scoring_run), scoring.scored(scoring_run).version)
