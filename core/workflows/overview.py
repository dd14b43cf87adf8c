"""Where every stage stands, read from the runs: the overview, the lifecycle's states and the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core import settings, sources, tracking
from core.errors import NothingYet
from core.messages import Message, message
from core.registry import CHALLENGER, RegisteredVersion
from core.workflows import monitoring, preparation, registration, retraining, scoring, training
from core.workflows.monitoring import Monitored
from core.workflows.preparation import Prepared
from core.workflows.scoring import Scored
from core.workflows.training import Trained

State = Literal["nothing", "done", "stale", "act"]


@dataclass(frozen=True)
class Stage:
    """One stage: `fact` in a few words, `detail` below it; stale means that an earlier stage has moved on."""

    key: str
    state: State
    fact: Message
    detail: Message


@dataclass(frozen=True)
class Status:
    """Everything the overview says; what does not exist yet is None."""

    stages: tuple[Stage, ...]
    prepared: Prepared | None
    trained: Trained | None
    champion: RegisteredVersion | None
    scored: Scored | None
    monitored: Monitored | None


@dataclass(frozen=True)
class Activity:
    """One thing that happened: the kind of run, a sentence, when."""

    run_id: str
    kind: str
    what: Message
    when: datetime


def status(project: str) -> Status:
    """Where the project stands; an unknown project is a `CourtsideError`."""
    preparation.project_contract(project)
    prepared = _or_none(preparation.latest_prepared, project)
    trained = _or_none(training.latest_trained, project)
    champion = _or_none(registration.champion, project)
    scored = _or_none(scoring.latest_scored, project)
    monitored = _or_none(monitoring.latest_monitored, project)
    stages = (
        _preparation(prepared),
        _training(trained, prepared),
        _registration(champion, trained, project),
        _scoring(scored, champion),
        _monitoring(monitored, scored),
    )
    return Status(stages, prepared, trained, champion, scored, monitored)


def history(project: str, limit: int = 8) -> list[Activity]:
    """What happened lately, newest first: finished runs of every kind, and registrations."""
    found = tracking.runs(settings.load(), project, limit=limit * 6)
    told = [Activity(run.run_id, run.name, _TOLD[run.name](run), run.started) for run in found if run.name in _TOLD]
    made = [
        Activity(
            version.run_id,
            "register",
            message("Registered **version {version}**", version=version.version),
            version.registered,
        )
        for version in registration.versions(project)[:limit]
    ]
    return sorted(told + made, key=lambda item: item.when, reverse=True)[:limit]


def store_state() -> int:
    """A number that changes whenever anyone writes to the store; the key of every cached read."""
    return tracking.state(settings.load())


def close_interrupted() -> list[str]:
    """Marks runs whose process is gone; returns their ids. The app calls it when it starts or loses its worker."""
    place = settings.load()
    return tracking.close_orphans(place, sources.names(place))


_TOLD = {
    preparation.RUN: lambda run: message("Prepared **{rows:,} rows**", rows=int(run.metrics["rows_kept"])),
    training.RUN: lambda run: message(
        "Trained **{count} candidates** in {seconds:.0f} s",
        count=len(tracking.value(run.parameters["candidates"])),
        seconds=(run.ended - run.started).total_seconds(),
    ),
    scoring.RUN: lambda run: message("Scored **{batch}**", batch=run.tags["batch"]),
    monitoring.RUN: lambda run: message("Assessed **{batch}**", batch=run.tags["batch"]),
    retraining.RUN: lambda run: message("Retrained: challenger **version {version}**", version=run.tags["challenger"]),
}


def _or_none(read, project: str):
    try:
        return read(project)
    except NothingYet:
        return None


def _preparation(prepared: Prepared | None) -> Stage:
    if prepared is None:
        return Stage("data_preparation", "nothing", message("No data yet"), message("Prepare a table first"))
    return Stage(
        "data_preparation",
        "done",
        message("{rows:,} labelled rows", rows=prepared.rows_kept),
        message("{train:,} train · {test:,} test", train=prepared.rows_train, test=prepared.rows_test),
    )


def _training(trained: Trained | None, prepared: Prepared | None) -> Stage:
    if trained is None:
        return Stage("training", "nothing", message("No candidates yet"), message("Needs prepared data"))
    stale = prepared is not None and trained.preparation_run != prepared.run_id
    return Stage(
        "training",
        "stale" if stale else "done",
        message("{count} candidates", count=len(trained.candidates)),
        message("best log loss {loss:.3f} on test", loss=trained.candidate().test_log_loss),
    )


def _registration(champion: RegisteredVersion | None, trained: Trained | None, project: str) -> Stage:
    if champion is None:
        registered = registration.versions(project)
        if not registered:
            return Stage("model_registry", "nothing", message("No version yet"), message("Needs a trained candidate"))
        detail = message("version {version} waits to be promoted", version=registered[0].version)
        return Stage("model_registry", "act", message("No champion yet"), detail)
    fact = message("Version {version} is champion", version=champion.version)
    challenger = next((item for item in registration.versions(project) if item.alias == CHALLENGER), None)
    if challenger is not None:
        detail = message("version {version} challenges it", version=challenger.version)
        return Stage("model_registry", "act", fact, detail)
    stale = trained is not None and trained.when > champion.registered
    return Stage("model_registry", "stale" if stale else "done", fact, training.pure.title(champion.candidate))


def _scoring(scored: Scored | None, champion: RegisteredVersion | None) -> Stage:
    if scored is None:
        return Stage("production_scoring", "nothing", message("No batch yet"), message("Needs a champion"))
    stale = champion is not None and scored.version != champion.version
    detail = message("{rejected:,} rejected", rejected=scored.rows_rejected)
    if not scored.rows_rejected:
        detail = message("none rejected")
    return Stage(
        "production_scoring",
        "stale" if stale else "done",
        message("{rows:,} rows scored", rows=scored.rows_scored),
        detail,
    )


def _monitoring(monitored: Monitored | None, scored: Scored | None) -> Stage:
    if monitored is None:
        return Stage("monitoring", "nothing", message("No verdict yet"), message("Needs a scored batch"))
    assessment = monitored.assessment
    state: State = "act" if assessment.level in ("retrain", "stop") else "done"
    if scored is not None and monitored.scoring_run != scored.run_id:
        state = "stale"
    drifted = sum(item.drifted for item in assessment.drift)
    detail = message("{drifted} of {all} features drifted", drifted=drifted, all=len(assessment.drift))
    return Stage("monitoring", state, LEVELS[assessment.level], detail)


LEVELS = {
    "healthy": message("Healthy"),
    "watch": message("Watch"),
    "retrain": message("Retrain"),
    "stop": message("Stop"),
}
