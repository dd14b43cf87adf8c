"""Labels that come later: joined to a scored batch by id, its figures measured again in its own run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import checking, late_labels
from core.store import outside, registry, settings, sources, storage, tables, tracking
from core.text.errors import CourtsideError
from core.text.messages import Progress, message, silent
from core.workflows import scoring
from core.workflows.runs import Artifact, MetricKey, Parameter, RunName, Tag

if TYPE_CHECKING:
    from pathlib import Path

    from core.data.arrays import Floats, Series
    from core.data.contract import Contract


@dataclass(frozen=True)
class Labelled:
    """What a file of labels gave a scored batch: `added` outcomes, `confirmed` ones that were known, and the `unused`
    rows of the file, each with its `problem`."""

    run_id: str
    scoring_run: str
    added: int
    confirmed: int
    unused: pd.DataFrame


def add_labels(project: str, data: str, *, scoring_run: str = "", progress: Progress = silent) -> Labelled:
    """Joins a file with id and target to a scored batch, the newest by default, and measures the batch again.

    An outcome that was known before stays as it is; a label that says otherwise is listed, not used. A file of which
    no row belongs to the batch is a `CourtsideError` and changes nothing.
    """
    place = settings.load()
    batch = scoring.scored(scoring_run) if scoring_run else scoring.latest_scored(project)
    path = sources.locate(place, data, progress)
    given = outside.read_table(path)
    # Of two files that are joined at once the second has to see what the first one brought.
    with storage.alone(place.models / ".labels.lock"):
        return _joined(project, batch, path, given, progress)


def _joined(project: str, batch: scoring.Scored, path: Path, given: pd.DataFrame, progress: Progress) -> Labelled:
    place = settings.load()
    contract = scoring.batch_contract(batch.run_id)
    progress(0, 2, message("Joining {rows:,} labels", rows=len(given)))
    before = scoring.late(batch.run_id)
    ids, known = _known(batch, contract, before)
    joined = late_labels.join(ids, known, given, contract)
    if not len(joined.labels) and not joined.confirmed:
        raise CourtsideError(
            message("None of the {rows:,} labels can be used for {batch}.", rows=len(given), batch=batch.batch),
            message("Check that {id} holds the batch's ids, and that it is the right batch.", id=contract.id),
        )
    labels = pd.concat([before, joined.labels], ignore_index=True) if len(before) else joined.labels
    version = registry.get(place, project, batch.version)
    figures = scoring.figures(batch.output, contract, version, rows=batch.rows, batch=batch.fingerprint, labels=labels)
    progress(1, 2, message("Writing the run"))
    tags: dict[str, str] = {Tag.SCORING_RUN: batch.run_id, Tag.LABELS: path.name, Tag.FINGERPRINT: tables.digest(path)}
    with tracking.run(place, project, RunName.LABELS, tags=tags) as run:
        run.parameters({Parameter.SOURCE: str(path)})
        run.metrics(
            {
                MetricKey.ADDED: len(joined.labels),
                MetricKey.CONFIRMED: joined.confirmed,
                MetricKey.UNUSED: len(joined.unused),
            }
        )
        run.table(
            Artifact.UNUSED_LABELS, joined.unused.astype(dict.fromkeys(joined.unused.select_dtypes("object"), str))
        )
        # Last of all, and the tag after the file: who reads the batch meanwhile sees it as it was.
        scoring.keep_labels(batch.run_id, labels, figures, run.run_id)
    return _value(run.run_id, batch.run_id)


def labelled(scoring_run: str) -> Labelled | None:
    """What the last file of labels gave a batch; None where none came later."""
    place = settings.load()
    made = tracking.get(place, scoring_run).tags.get(Tag.LABELS_RUN)
    return _value(made, scoring_run) if made else None


def _value(run_id: str, scoring_run: str) -> Labelled:
    place = settings.load()
    record = tracking.get(place, run_id)
    return Labelled(
        run_id=record.run_id,
        scoring_run=scoring_run,
        added=int(record.metrics[MetricKey.ADDED]),
        confirmed=int(record.metrics[MetricKey.CONFIRMED]),
        unused=tracking.read_table(place, run_id, Artifact.UNUSED_LABELS),
    )


def _known(batch: scoring.Scored, contract: Contract, before: pd.DataFrame) -> tuple[Series, Floats]:
    ids, known = [], []
    for chunk in tables.chunks(batch.output, columns={contract.id, contract.target}):
        if contract.id not in chunk:
            raise CourtsideError(
                message("{batch} has no column {id}.", batch=batch.batch, id=contract.id),
                message("Labels are joined by it: score the batch with it."),
            )
        rows = late_labels.with_labels(chunk, before, contract) if len(before) else chunk
        ids.append(rows[contract.id])
        known.append(checking.labels(rows, contract))
    return pd.concat(ids, ignore_index=True), np.concatenate(known)
