"""Run `PipelineAplicacao`: a version scores a batch of any size, in this process or on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import checking, late_labels
from core.metrics import evaluation
from core.metrics.registry import METRICS
from core.scoring import scoring as pure
from core.store import outside, registry, settings, storage, tables, tracking
from core.text.errors import NothingYet
from core.text.messages import Message, Progress, message, silent
from core.workflows import batches, learned_rows, partitions, preparation
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag, VersionTag
from core.workflows.streaming import Streamed, explained

if TYPE_CHECKING:
    from core.data.arrays import Floats
    from core.data.contract import Contract
    from core.scoring.scoring import Scorer, Tally
    from core.store.registry import RegisteredVersion
    from core.store.settings import Settings
    from core.store.tracking import RunRecord

MOST_READ = 1_000_000
"""Rows of a batch that are read or measured at once; of more, every so-manieth."""
LOOKED_BACK = 200
"""Scoring runs among which an earlier one of the same batch is looked for."""
STEPS = 100
EVERY = 0.2
"""Seconds between two reports of progress."""


@dataclass(frozen=True)
class Scored:
    """A scoring run. `metrics` are those that it recorded, over the rows that were scored and carry a label, without
    the `rows_learned` among them that the version was trained on; empty where there are none. `target_rate` is their
    share of positives.

    `output` is a parquet file, or a folder of them where the batch was several files."""

    run_id: str
    batch: str
    when: datetime
    version: int
    threshold: float
    rows: int
    rows_scored: int
    rows_rejected: int
    rows_imputed: int
    rows_unseen: int
    rows_outside: int
    rows_labelled: int
    rows_learned: int
    metrics: Mapping[str, float]
    fingerprint: str
    output: Path
    target_rate: float | None = None


def score(project: str, data: batches.Data = "", *, version: int = 0, progress: Progress = silent) -> Scored:
    """Scores a batch with a version, the champion by default.

    `data` is a source's key, a path, a folder or a URI, or several of these as one batch in their order; the project's
    production data by default. Memory is that of a chunk. Nothing is seen of the batch before all of it is scored, and
    when it can't be, no run is left (`CourtsideError`). A folder is scored on the Dask cluster of the settings, if any.
    """
    place = settings.load()
    model = _version(place, project, version)
    contract = contract_of(model)
    progress(0, STEPS, message("Reading the batch"))
    paths = batches.paths(place, contract, data, progress)
    remove_leftovers()
    with storage.working_folder(_work(place)) as folder:
        with explained(folder), batches.within_limits(place, paths):
            source = outside.gather(paths, folder)
            tally = _streamed(scorer_of(model), source, folder / Artifact.PREDICTIONS, place.dask_scheduler, progress)
        fingerprint = batches.digest(paths)
        measured = figures(folder / Artifact.PREDICTIONS, contract, model, rows=tally.rows, batch=fingerprint)
        progress(STEPS - 1, STEPS, message("Writing the run"))
        name = batches.title(paths)
        tags: dict[str, str] = {
            Tag.MODEL_VERSION: str(model.version),
            Tag.BATCH: name,
            Tag.FINGERPRINT: fingerprint,
            Tag.PREPARATION_RUN: model.tags[VersionTag.PREPARATION_RUN],
            Tag.TRAINING_RUN: model.tags[VersionTag.TRAINING_RUN],
        }
        with tracking.run(place, project, RunName.SCORING, tags=tags) as run:
            run.parameters(
                {
                    Parameter.SOURCE: str(paths[0]),
                    Parameter.MODEL_VERSION: model.version,
                    Parameter.THRESHOLD: model.threshold,
                }
            )
            run.json(Artifact.SOURCES, [str(path) for path in paths])
            run.metrics({**_counts(tally), **measured})
            run.dataset(
                next(tables.chunks(tables.files(source)[0], tracking.SCHEMA_ROWS)),
                name=name,
                source=str(paths[0]),
                context="production",
                digest=tags[Tag.FINGERPRINT],
                target=contract.target,
                rows=tally.rows,
            )
            run.file(folder / Artifact.PREDICTIONS)
    return scored(run.run_id)


def earlier(project: str, data: batches.Data = "", *, version: int = 0) -> Scored | None:
    """The newest run in which the same version scored the same bytes, if there is one; what has to be fetched may have
    changed and is not looked for."""
    if batches.is_elsewhere(data):
        return None
    place = settings.load()
    model = _version(place, project, version)
    fingerprint = batches.digest(batches.paths(place, contract_of(model), data))
    for record in tracking.runs(place, project, RunName.SCORING, limit=LOOKED_BACK):
        if (record.tags[Tag.FINGERPRINT], record.tags[Tag.MODEL_VERSION]) == (fingerprint, str(model.version)):
            return _value(record)
    return None


def remove_leftovers() -> list[Path]:
    """Removes what a killed scoring or fetch left half-written; returns it."""
    place = settings.load()
    return [path for folder in (_work(place), place.raw) for path in storage.remove_leftovers(folder)]


def scorer_of(model: RegisteredVersion) -> Scorer:
    """A version made ready to score batches, with what its training rows looked like."""
    return pure.scorer(
        registry.load(model, settings.load()),
        contract_of(model),
        threshold=model.threshold,
        version=model.version,
        training=preparation.split_of(model.tags[VersionTag.PREPARATION_RUN])[0].train,
    )


def batch_labels(run_id: str, most: int = MOST_READ) -> Floats:
    """The target of the rows of `scored_rows`: 1, 0, or NaN where it is unknown."""
    return checking.labels(scored_rows(run_id, most), batch_contract(run_id))


def scored(run_id: str) -> Scored:
    """A scoring run, read back."""
    return _value(tracking.get(settings.load(), run_id))


def latest_scored(project: str) -> Scored:
    """The newest scored batch; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RunName.SCORING, limit=1)
    if not found:
        raise NothingYet(message("No batch is scored yet."), message("Score a batch first."))
    return _value(found[0])


def scored_rows(run_id: str, most: int = MOST_READ) -> pd.DataFrame:
    """The rows of a scored batch in their order, with the outcomes that came later in the column of the target.

    Of a batch of more than `most` rows every so-manieth, so that no batch is too large to be looked at. The index is
    the place of each row in the batch."""
    place = settings.load()
    step = max(1, -(-scored(run_id).rows // most))
    kept, seen = [], 0
    for chunk in tables.chunks(tracking.artifact(place, run_id, Artifact.PREDICTIONS)):
        kept.append(chunk.iloc[-seen % step :: step])
        seen += len(chunk)
    rows = pd.concat(kept, ignore_index=True) if len(kept) > 1 else kept[0]
    rows = rows.set_axis(pd.RangeIndex(0, len(rows) * step, step), axis=0)
    labels = late(run_id)
    return late_labels.with_labels(rows, labels, batch_contract(run_id)) if len(labels) else rows


def late(run_id: str) -> pd.DataFrame:
    """The outcomes that came after a batch was scored: `id` as text, `target` as their file had it."""
    place = settings.load()
    if Tag.LABELS_RUN not in tracking.get(place, run_id).tags:
        return pd.DataFrame({"id": [], "target": []})
    return tracking.read_table(place, run_id, Artifact.LATE_LABELS)


def keep_labels(run_id: str, labels: pd.DataFrame, measured: Mapping[str, float | None], made_by: str) -> None:
    """Writes outcomes that came later into a batch's run, and its figures with them."""
    run = tracking.Run(run_id, settings.load())
    run.table(Artifact.LATE_LABELS, labels)
    run.metrics(measured)
    run.tags({Tag.LABELS_RUN: made_by})


def figures(
    output: Path,
    contract: Contract,
    version: RegisteredVersion,
    *,
    rows: int,
    batch: str,
    labels: pd.DataFrame | None = None,
) -> dict[str, float | None]:
    """How many scored rows carry a label, how many of these the version was trained on, and the metrics over the
    others (of a very large batch over every so-manieth). `batch` is the fingerprint."""
    targets, probabilities, count, old, step = [], [], 0, 0, max(1, -(-rows // MOST_READ))
    place = 0
    trained_on = learned_rows.trained_on(version)
    wanted = {contract.target, "probability", contract.id if labels is not None else contract.target}
    wanted |= {contract.id, *contract.feature_names} if len(trained_on) else set()
    for chunk in tables.chunks(output, columns=wanted):
        chunk = chunk.set_axis(pd.RangeIndex(place, place + len(chunk)), axis=0)
        place += len(chunk)
        part = chunk if labels is None else late_labels.with_labels(chunk, labels, contract)
        target = checking.labels(part, contract)
        known = ~np.isnan(target) & part["probability"].notna().to_numpy()
        count += int(known.sum())
        seen = known & learned_rows.seen(part, contract, trained_on, batch)
        old += int(seen.sum())
        known &= ~seen
        targets.append(target[known][::step].astype("int8"))
        # A slice would keep all of its chunk.
        probabilities.append(part["probability"].to_numpy()[known][::step].copy())
    target, probability = np.concatenate(targets), np.concatenate(probabilities)
    measured = evaluation.metrics(target.astype(int), probability, version.threshold) if count > old else {}
    return {MetricKey.ROWS_LABELLED: count, MetricKey.ROWS_LEARNED: old, **measured}


def contract_of(version: RegisteredVersion) -> Contract:
    """The contract that a version was trained under."""
    return preparation.contract_of(version.tags[VersionTag.PREPARATION_RUN])


def reference(version: RegisteredVersion) -> pd.DataFrame:
    """The scored test rows of a version that a batch is compared with: features, target, `probability`."""
    return learned_rows.reference(version)


def _version(place: Settings, project: str, version: int) -> RegisteredVersion:
    return registry.get(place, project, version) if version else registry.champion(place, project)


def batch_contract(run_id: str) -> Contract:
    """The contract under which a batch was scored."""
    return preparation.contract_of(tracking.get(settings.load(), run_id).tags[Tag.PREPARATION_RUN])


def _work(place: Settings) -> Path:
    return place.home / "data" / "scored"


def _streamed(scorer: Scorer, source: Path, output: Path, scheduler: str, progress: Progress) -> Tally:
    step, told = Streamed(), -1.0
    for step in partitions.score_path(scorer, source, output, scheduler=scheduler if source.is_dir() else ""):
        if step.seconds - told > EVERY:
            told = step.seconds
            done = int((STEPS - 1) * step.tally.rows / max(step.total, 1))
            progress(done, STEPS, _how_far(step, scheduler if source.is_dir() else ""))
    return step.tally


def _how_far(step: Streamed, scheduler: str) -> Message:
    counts = {"done": step.tally.rows, "total": step.total, "rate": int(step.rows_per_second)}
    if scheduler:
        return message(
            "{done:,} of {total:,} rows, {rate:,} a second, on the cluster {address}", address=scheduler, **counts
        )
    return message("{done:,} of {total:,} rows, {rate:,} a second", **counts)


def _counts(tally: Tally) -> dict[str, int]:
    return {
        MetricKey.ROWS: tally.rows,
        MetricKey.ROWS_SCORED: tally.scored,
        MetricKey.ROWS_REJECTED: tally.rejected,
        MetricKey.ROWS_IMPUTED: tally.imputed,
        MetricKey.ROWS_UNSEEN: tally.unseen,
        MetricKey.ROWS_OUTSIDE: tally.outside,
    }


def _value(record: RunRecord) -> Scored:
    counts = {name: int(record.metrics[name]) for name in _COUNTS}
    counts |= {name: int(record.metrics.get(name, 0)) for name in _LATER_COUNTS}
    return Scored(
        run_id=record.run_id,
        batch=record.tags[Tag.BATCH],
        when=record.started,
        version=int(record.tags[Tag.MODEL_VERSION]),
        threshold=float(record.parameters[Parameter.THRESHOLD]),
        fingerprint=record.tags[Tag.FINGERPRINT],
        output=tracking.artifact(settings.load(), record.run_id, Artifact.PREDICTIONS),
        **counts,
        metrics={key: record.metrics[key] for key in METRICS if key in record.metrics},
        target_rate=record.metrics.get(evaluation.TARGET_RATE),
    )


_COUNTS = (
    MetricKey.ROWS,
    MetricKey.ROWS_SCORED,
    MetricKey.ROWS_REJECTED,
    MetricKey.ROWS_IMPUTED,
    MetricKey.ROWS_UNSEEN,
    MetricKey.ROWS_LABELLED,
)
_LATER_COUNTS = (MetricKey.ROWS_OUTSIDE, MetricKey.ROWS_LEARNED)
"""Those that runs of earlier versions lack. All are fields of `Scored`."""
