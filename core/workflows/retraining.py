"""Run `Retreinamento`: a batch's labels make a challenger, compared with the champion and promoted by nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import challenge, checking, registry, settings, tracking
from core import retraining as pure
from core.challenge import Comparison, Model
from core.contract import Contract
from core.errors import CourtsideError
from core.features import model_input
from core.messages import Progress, message, silent
from core.preparation import PreparedSplit
from core.registry import RegisteredVersion
from core.workflows import preparation, registration, scoring, training

RUN = "Retreinamento"


@dataclass(frozen=True)
class Retrained:
    """A retraining run: the batch it learned from, both versions and how they compare."""

    run_id: str
    when: datetime
    batch: str
    champion: int
    challenger: int
    comparison: Comparison


def retrain(
    project: str,
    scoring_run: str = "",
    *,
    folds: int = 10,
    iterations: int = 10,
    seed: int = 10,
    progress: Progress = silent,
) -> Retrained:
    """Joins a scored batch's labelled rows to the champion's training data, trains, registers and compares."""
    place = settings.load()
    champion = registry.champion(place, project)
    batch = scoring.scored(scoring_run) if scoring_run else scoring.latest_scored(project)
    base, contract = preparation.split_of(champion.tags["preparation_run"])
    _refuse_known(champion, batch)
    split = pure.extend(base, _labelled_rows(batch.run_id, contract), contract, seed=seed)
    tags = {"scoring_run": batch.run_id, "batch": batch.batch, "champion": str(champion.version), "trigger": "manual"}
    with tracking.run(place, project, RUN, tags=tags) as run:
        run.parameters({"folds": folds, "iterations": iterations, "seed": seed, "held_out": pure.HELD_OUT})
        made = _prepare(run.run_id, project, split, contract, batch, champion)
        training_run = training.train(
            project, made, folds=folds, iterations=iterations, seed=seed, progress=progress, parent=run.run_id
        ).run_id
        # The gate warns, the comparison decides: a challenger that misses something is compared all the same.
        why = str(message("Made by retraining on {batch}, to be compared with the champion.", batch=batch.batch))
        challenger = registration.register(project, training_run=training_run, threshold=champion.threshold, reason=why)
        comparison = _compare(champion, challenger, base, split, contract, seed)
        run.tags({"challenger": str(challenger.version)})
        for name, column in ((name, found) for name, found in vars(comparison).items() if found):
            run.metrics({f"{name}_champion_{key}": value for key, value in column.champion.items()})
            run.metrics({f"{name}_challenger_{key}": value for key, value in column.challenger.items()})
        run.json("comparison.json", comparison.as_dict())
    return retrained(run.run_id)


def retrained(run_id: str) -> Retrained:
    """A retraining run, read back."""
    place = settings.load()
    record = tracking.get(place, run_id)
    return Retrained(
        run_id=run_id,
        when=record.started,
        batch=record.tags["batch"],
        champion=int(record.tags["champion"]),
        challenger=int(record.tags["challenger"]),
        comparison=Comparison.from_dict(tracking.read_json(place, run_id, "comparison.json")),
    )


def _refuse_known(champion: RegisteredVersion, batch: scoring.Scored) -> None:
    known = tracking.get(settings.load(), champion.tags["preparation_run"]).tags.get("batches", "").split(",")
    if batch.fingerprint in known:
        raise CourtsideError(
            message("Version {version} has already learned from {batch}.", version=champion.version, batch=batch.batch),
            message("Score a newer batch and retrain on that one."),
        )


def _labelled_rows(scoring_run: str, contract: Contract):
    rows = scoring.scored_rows(scoring_run)
    rows = rows[(rows["status"] != "rejected") & rows[contract.target].notna()] if contract.target in rows else rows[:0]
    if rows.empty:
        raise CourtsideError(
            message("The batch has no labelled row in column {target}.", target=contract.target),
            message("Retraining learns from labels: score a batch that carries the target."),
        )
    return checking.check(rows, contract, labelled=True).rows


def _prepare(parent: str, project: str, split: PreparedSplit, contract: Contract, batch, champion) -> str:
    place = settings.load()
    base = tracking.get(place, champion.tags["preparation_run"])
    batches = ",".join(filter(None, [base.tags.get("batches", ""), batch.fingerprint]))
    tags = {"batches": batches, "base_preparation": base.run_id, "scoring_run": batch.run_id}
    with tracking.run(place, project, preparation.RUN, parent=parent, tags=tags) as run:
        run.metrics({"rows_raw": len(split.filtered), "rows_dropped": 0, "rows_rejected": 0})
        preparation.write(run, split, contract, source=f"{base.parameters['source']} + {batch.batch}")
    return run.run_id


def _compare(champion, challenger, base: PreparedSplit, split: PreparedSplit, contract: Contract, seed: int):
    place = settings.load()
    old, held_out = base.test, split.test.iloc[len(base.test) :]

    def column(rows):
        models = [
            Model(registry.load(one, place).predict_proba(model_input(rows, contract))[:, 1], one.threshold)
            for one in (champion, challenger)
        ]
        return challenge.column(rows, contract, *models, seed=seed)

    return Comparison(column(old), column(held_out))
