"""Run `PipelineAplicacao`: the champion scores a batch, in this process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from core import checking, evaluation, registry, settings, sources, tracking
from core import scoring as pure
from core.contract import Contract
from core.errors import NothingYet
from core.features import model_input
from core.messages import Progress, message, silent
from core.registry import RegisteredVersion
from core.scoring import Scorer
from core.support import outside_support
from core.tracking import RunRecord
from core.workflows import preparation, training

RUN = "PipelineAplicacao"
OUTPUT = "predictions.parquet"
SUPPORT_SEED = 10
FIGURES = ("log_loss", "f1", "roc_auc", "skill")


@dataclass(frozen=True)
class Scored:
    """A scoring run. Figures are over the rows that were scored and carry a label; None where there are none."""

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
    rows_labelled: int
    log_loss: float | None
    f1: float | None
    roc_auc: float | None
    skill: float | None
    fingerprint: str
    output: Path


def score(project: str, data: str = "", *, version: int = 0, progress: Progress = silent) -> Scored:
    """Scores `data` (a source's key or a path; the project's production data by default) with the champion."""
    place = settings.load()
    model = registry.get(place, project, version) if version else registry.champion(place, project)
    contract = contract_of(model)
    progress(0, 3, message("Reading the batch"))
    path = sources.resolve(place, contract, data, role="production")
    batch = sources.read_table(path)
    progress(1, 3, message("Scoring {rows:,} rows", rows=len(batch)))
    result = pure.score(batch, scorer_of(model))
    target = checking.labels(batch, contract)
    known = ~np.isnan(target) & result.rows["probability"].notna().to_numpy()
    progress(2, 3, message("Writing the run"))
    fingerprint = sources.digest(path)
    tags = {
        "model_version": str(model.version),
        "batch": path.name,
        "fingerprint": fingerprint,
        "preparation_run": model.tags["preparation_run"],
        "training_run": model.tags["training_run"],
    }
    with tracking.run(place, project, RUN, tags=tags) as run:
        run.parameters({"source": str(path), "model_version": model.version, "threshold": model.threshold})
        run.metrics(
            {
                "rows": len(batch),
                "rows_scored": result.scored,
                "rows_rejected": result.rejected,
                "rows_imputed": result.imputed,
                "rows_unseen": result.unseen,
                "rows_labelled": int(known.sum()),
            }
        )
        if known.any():
            probability = result.rows["probability"].to_numpy()[known]
            run.metrics(evaluation.metrics(target[known].astype(int), probability, model.threshold))
        run.table(OUTPUT, result.rows)
        run.dataset(
            batch,
            name=path.name,
            source=str(path),
            context="production",
            digest=fingerprint,
            target=contract.target,
        )
    return scored(run.run_id)


def scorer_of(model: RegisteredVersion) -> Scorer:
    """A version made ready to score batches, with what its training rows looked like."""
    return pure.scorer(
        registry.load(model, settings.load()),
        contract_of(model),
        threshold=model.threshold,
        version=model.version,
        training=preparation.split_of(model.tags["preparation_run"])[0].train,
    )


def predict(project: str, rows: pd.DataFrame) -> np.ndarray:
    """The champion's probability for each row that holds its features; for a single case or a surface, no run."""
    place = settings.load()
    model = registry.champion(place, project)
    return registry.load(model, place).predict_proba(model_input(rows, contract_of(model)))[:, 1]


def unlike_training(project: str, rows: pd.DataFrame) -> np.ndarray:
    """Per row, whether the champion's training data has nothing like it. Shape (rows,), bool."""
    model = registry.champion(settings.load(), project)
    contract = contract_of(model)
    return outside_support(champion_training_rows(project), rows, contract, seed=SUPPORT_SEED)


def champion_training_rows(project: str) -> pd.DataFrame:
    """The rows that the champion was trained on."""
    model = registry.champion(settings.load(), project)
    return preparation.split_of(model.tags["preparation_run"])[0].train


def usual_case(project: str) -> dict[str, object]:
    """A case as the champion's training rows have it: the median of numbers, the most frequent of the rest."""
    rows = champion_training_rows(project)
    contract = contract_of(registry.champion(settings.load(), project))
    usual = {}
    for feature in contract.features:
        values = rows[feature.name].dropna()
        number = feature.kind in ("number", "date")
        usual[feature.name] = round(float(values.median()), 4) if number else values.mode().iloc[0]
    return usual


def known_categories(project: str) -> dict[str, list[str]]:
    """The categories that the champion's training rows hold, per feature that has any, the most frequent first."""
    rows = champion_training_rows(project)
    contract = contract_of(registry.champion(settings.load(), project))
    names = [feature.name for feature in contract.features if feature.kind == "category"]
    return {name: rows[name].value_counts().index.tolist() for name in names}


def champion_average(project: str) -> float:
    """The target rate of the champion's training rows: what a case without any knowledge would get."""
    model = registry.champion(settings.load(), project)
    return preparation.prepared(model.tags["preparation_run"]).target_rate_train


def batch_labels(run_id: str) -> np.ndarray:
    """The target of every row of a scored batch: 1, 0, or NaN where it is unknown."""
    project = tracking.project_of(settings.load(), run_id)
    version = registry.get(settings.load(), project, scored(run_id).version)
    return checking.labels(scored_rows(run_id), contract_of(version))


def scored(run_id: str) -> Scored:
    """A scoring run, read back."""
    return _value(tracking.get(settings.load(), run_id))


def latest_scored(project: str) -> Scored:
    """The newest scored batch; none yet is `NothingYet`."""
    found = tracking.runs(settings.load(), project, RUN, limit=1)
    if not found:
        raise NothingYet(message("No batch is scored yet."), message("Score a batch first."))
    return _value(found[0])


def scored_rows(run_id: str) -> pd.DataFrame:
    """Every row of a scored batch, as scoring wrote it."""
    return tracking.read_table(settings.load(), run_id, OUTPUT)


def contract_of(version: RegisteredVersion) -> Contract:
    """The contract that a version was trained under."""
    return preparation.contract_of(version.tags["preparation_run"])


def reference(version: RegisteredVersion) -> pd.DataFrame:
    """The scored test rows of a version: features, target, `probability`."""
    return training.candidate_rows(version.run_id)


def _value(record: RunRecord) -> Scored:
    counts = {
        name: int(record.metrics[name])
        for name in ("rows", "rows_scored", "rows_rejected", "rows_imputed", "rows_unseen", "rows_labelled")
    }
    return Scored(
        run_id=record.run_id,
        batch=record.tags["batch"],
        when=record.started,
        version=int(record.tags["model_version"]),
        threshold=float(record.parameters["threshold"]),
        fingerprint=record.tags["fingerprint"],
        output=tracking.artifact(settings.load(), record.run_id, OUTPUT),
        **counts,
        **{name: record.metrics.get(name) for name in FIGURES},
    )
