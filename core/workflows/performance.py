"""How good a version was in each window of a batch, and how good the versions were on one batch after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.intervals import Interval, interval
from core.metrics.windows import ROWS, By, Window, window, window_labels
from core.metrics.windows import windows as cut
from core.store import registry, settings, tracking
from core.workflows import scoring
from core.workflows.learned_rows import labels
from core.workflows.runs import MetricKey, RunName, Tag

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion
    from core.store.tracking import RunRecord

SEED = 10
"""Fixed, so that the same window always has the same band."""
MOST_BATCHES = 20


@dataclass(frozen=True)
class Trend:
    """A metric over windows, or over batches, with its 95 % bands; `reference` is that of the version's test rows.

    Of batches, `versions` says which one scored each, and `references` what each of these reached on its own test rows;
    `reference` is then that of the last.
    """

    windows: tuple[Window, ...]
    reference: Interval | None
    versions: tuple[int, ...] = ()
    references: Mapping[int, Interval | None] = field(default_factory=dict)


def over_time(scoring_run: str, metric: str = "skill", by: By = "year", rows: int = ROWS) -> Trend:
    """A metric of a scored batch over windows of the contract's time column, each row in exactly one; without windows
    where the batch has no such column or no label."""
    version = _version(scoring_run)
    contract, table = scoring.contract_of(version), scoring.scored_rows(scoring_run)
    time, target = contract.time, labels(version, table, contract, scoring.scored(scoring_run).fingerprint)
    found: tuple[Window, ...] = ()
    if time in table and not np.isnan(target).all():
        names, probability = window_labels(table[time], by, rows), table["probability"].to_numpy(float)
        found = cut(names, target, probability, SEED, threshold=version.threshold, names=(metric,))
    return Trend(found, _reference(version, metric))


def over_batches(project: str, metric: str = "skill", until: datetime | None = None) -> Trend:
    """A metric of all batches of a project in the order in which they were scored (`until` a moment): the newest 20
    that have labels, and those between and after them that have none yet. Of a batch that a version scored twice the
    newer run counts."""
    place = settings.load()
    known = {version.version: version for version in registry.versions(place, project)}
    newest: dict[tuple[str, str], RunRecord] = {}
    for run in tracking.runs(place, project, RunName.SCORING, limit=scoring.LOOKED_BACK):
        if int(run.tags[Tag.MODEL_VERSION]) in known and (until is None or run.started <= until):
            newest.setdefault((run.tags[Tag.FINGERPRINT], run.tags[Tag.MODEL_VERSION]), run)
    found = list(reversed(_latest(newest.values())))
    versions = tuple(int(run.tags[Tag.MODEL_VERSION]) for run in found)
    references = {version: _reference(known[version], metric) for version in dict.fromkeys(versions)}
    measured = tuple(_measured(run, known[version], metric) for run, version in zip(found, versions, strict=True))
    return Trend(measured, references[versions[-1]] if versions else None, versions, references)


def windows(scoring_run: str) -> tuple[Window, ...]:
    """The skill of a scored batch by year of the contract's time column; empty where it has no labels or no time."""
    return over_time(scoring_run).windows


def _latest(runs: Iterable[RunRecord]) -> list[RunRecord]:
    """As many of the runs, newest first, as hold the newest batches with labels."""
    found, labelled = [], 0
    for run in runs:
        found.append(run)
        labelled += bool(run.metrics.get(MetricKey.ROWS_LABELLED))
        if labelled == MOST_BATCHES:
            break
    return found


def _measured(run: RunRecord, version: RegisteredVersion, metric: str) -> Window:
    if not run.metrics.get(MetricKey.ROWS_LABELLED):
        return Window(run.tags[Tag.BATCH], int(run.metrics[MetricKey.ROWS]), 0, None, {})
    rows = scoring.scored_rows(run.run_id)
    target = labels(version, rows, scoring.contract_of(version), run.tags[Tag.FINGERPRINT])
    probability = rows["probability"].to_numpy(float)
    return window(run.tags[Tag.BATCH], target, probability, SEED, threshold=version.threshold, names=(metric,))


def _reference(version: RegisteredVersion, metric: str) -> Interval | None:
    rows = scoring.reference(version)
    target = rows[scoring.contract_of(version).target].to_numpy()
    return interval(target, rows["probability"].to_numpy(), metric, SEED, threshold=version.threshold)


def _version(scoring_run: str) -> RegisteredVersion:
    place = settings.load()
    return registry.get(place, tracking.project_of(place, scoring_run), scoring.scored(scoring_run).version)
