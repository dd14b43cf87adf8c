"""Where every stage stands, read from the runs: the overview, the lifecycle's states and the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeVar

from core.metrics.registry import METRICS
from core.store import projects, settings, storage, tracking
from core.store.registry import CHALLENGER, RegisteredVersion
from core.text.errors import NothingYet
from core.text.messages import Message, message
from core.text.vocabulary import LEVELS
from core.training.algorithms import title
from core.workflows import (
    alerts,
    contracts,
    monitoring,
    preparation,
    registration,
    retraining,
    scoring,
    training,
)
from core.workflows.runs import MetricKey, Parameter, RunName, Tag, VersionTag

if TYPE_CHECKING:
    from core.store.tracking import RunRecord
    from core.workflows.monitoring import Monitored
    from core.workflows.preparation import Prepared
    from core.workflows.scoring import Scored
    from core.workflows.training import Trained

State = Literal["nothing", "done", "stale", "act"]
Said = tuple[Message, Message] | None
"""What is waited for, and why it matters; None where nothing is."""
Found = TypeVar("Found")


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
    challenger: RegisteredVersion | None
    scored: Scored | None
    monitored: Monitored | None


@dataclass(frozen=True)
class NextStep:
    """The overview's answer: where things stand, why that matters, and the one thing to do about it.

    `page` is where it is done; `retrain` asks for the retraining dialog instead.
    """

    title: Message
    reason: Message
    page: str
    retrain: bool = False


@dataclass(frozen=True)
class Activity:
    """One thing that happened: the kind of run, a sentence, who did it ("" where nobody is recorded) and when."""

    run_id: str
    kind: str
    what: Message
    who: str
    when: datetime


def status(project: str) -> Status:
    """Where the project stands; an unknown project is a `CourtsideError`."""
    contracts.project_contract(project)
    prepared = _or_none(preparation.latest_prepared, project)
    trained = _or_none(training.latest_trained, project)
    champion = _or_none(registration.champion, project)
    challenger = next((item for item in registration.versions(project) if item.alias == CHALLENGER), None)
    scored = _or_none(scoring.latest_scored, project)
    monitored = _or_none(monitoring.latest_monitored, project)
    stages = (
        _preparation(prepared),
        _training(trained, prepared),
        _registration(champion, challenger, trained),
        _scoring(scored, champion),
        _monitoring(monitored, scored),
    )
    return Status(stages, prepared, trained, champion, challenger, scored, monitored)


def next_step(status: Status) -> NextStep | None:
    """The first stage that waits for something, else what the last verdict asks for; None before the first data."""
    if status.prepared is None:
        return None
    for stage in status.stages:
        waiting = _WAITING.get(stage.key)
        if waiting and (said := waiting(stage.state, status)):
            return NextStep(*said, page=stage.key)
    if status.monitored is None:
        return None
    assessment = status.monitored.assessment
    wanted = assessment.asks_for_action
    page = "monitoring" if wanted else "production_scoring"
    return NextStep(assessment.headline, assessment.action, page=page, retrain=wanted)


def history(project: str, limit: int = 7) -> list[Activity]:
    """What happened lately, newest first: finished runs of every kind, and registrations."""
    found = tracking.runs(settings.load(), project, limit=limit * 6)
    told = [_raised(run) for run in found if run.name == RunName.MONITORING and alerts.asked_by(run)]
    told += [_happened(run, run.name, _TOLD[run.name](run)) for run in found if run.name in _TOLD]
    made = [
        Activity(
            version.run_id,
            "register",
            message("Registered **version {version}**", version=version.version),
            version.tags.get(VersionTag.WHO, ""),
            version.registered,
        )
        for version in registration.versions(project)[:limit]
    ]
    return sorted(told + made, key=lambda item: item.when, reverse=True)[:limit]


def store_state() -> int:
    """A number that changes whenever anyone writes to the store; the key of every cached read."""
    return tracking.state(settings.load())


def close_interrupted(reason: Message = tracking.GONE, process: int = 0) -> list[str]:
    """Finishes or takes back what a process that is gone had begun, and marks its runs, those of `process` with the
    `reason` of its end; returns their ids. The app calls it when it starts or loses its worker, the shell before every
    verb."""
    place = settings.load()
    scoring.remove_leftovers()
    storage.remove_leftovers(place.scratch)
    if not tracking.exists(place):
        return []
    for project in projects.names(place):
        registration.settle(project)  # first: it completes the record of a change, which would be closed as broken
    closed = tracking.close_orphans(place, projects.names(place), reason, process)
    for run_id in closed:
        if tracking.get(place, run_id).name == RunName.RETRAINING:
            retraining.undo(tracking.project_of(place, run_id), run_id)
    return closed


_TOLD: dict[str, Callable[[RunRecord], Message]] = {
    RunName.PREPARATION: lambda run: message("Prepared **{rows:,} rows**", rows=int(run.metrics[MetricKey.ROWS_KEPT])),
    RunName.TRAINING: lambda run: message(
        "Trained **{count} candidates** in {seconds:.0f} s",
        count=len(tracking.value(run.parameters[Parameter.CANDIDATES])),
        seconds=run.seconds,
    ),
    RunName.SCORING: lambda run: message("Scored **{batch}**", batch=run.tags[Tag.BATCH]),
    RunName.MONITORING: lambda run: message("Assessed **{batch}**", batch=run.tags[Tag.BATCH]),
    RunName.REPLAY: lambda run: message("Replayed **{count} windows**", count=int(run.metrics[MetricKey.WINDOWS])),
    RunName.PROMOTION: lambda run: message("Promoted **version {version}**", version=run.tags[Tag.AFTER]),
    RunName.ROLLBACK: lambda run: message("Rolled back to **version {version}**", version=run.tags[Tag.AFTER]),
    RunName.LABELS: lambda run: message(
        "Joined **{rows:,} labels** to a batch", rows=int(run.metrics[MetricKey.ADDED])
    ),
    RunName.RETRAINING: lambda run: message(
        "Retrained: challenger **version {version}**", version=run.tags[Tag.CHALLENGER]
    ),
    RunName.POLICY: lambda run: message("Saved **policy {number}**", number=run.tags[Tag.NUMBER]),
    RunName.DELIVERY: lambda run: message(
        "Alert sent: **{batch}**, {channel}",
        batch=run.tags[Tag.BATCH],
        channel=alerts.CHANNELS[run.tags[Tag.CHANNEL]],
    ),
}


def _raised(run: RunRecord) -> Activity:
    return _happened(run, "alert", message("Alert: **{batch}**", batch=run.tags[Tag.BATCH]))


def _happened(run: RunRecord, kind: str, what: Message) -> Activity:
    return Activity(run.run_id, kind, what, run.tags.get(tracking.USER, ""), run.ended or run.started)


def _train(state: State, status: Status) -> Said:
    if state == "nothing" and status.prepared:
        return (
            message("{rows:,} rows are ready to train on", rows=status.prepared.rows_kept),
            message("Train candidates and compare them on rows that they have not seen."),
        )
    if state == "stale":
        return (
            message("The data changed after the last training"),
            message("Train again, so that the candidates know it."),
        )
    return None


def _register(state: State, status: Status) -> Said:
    """A candidate that nobody registered (a stale registry) is not waited for: it may have been left out on purpose."""
    if state == "nothing" and status.trained:
        return (
            message(
                "Of {count} candidates the {candidate} is recommended",
                candidate=status.trained.candidate().title,
                count=len(status.trained.candidates),
            ),
            message("Register it: only a registered version can be promoted and score batches."),
        )
    if state == "act" and status.challenger:
        return (
            message("Version {version} waits for your decision", version=status.challenger.version),
            message("Compare it with the champion on the same rows, then promote it or leave it.")
            if status.champion
            else message("Promote it: only a champion scores batches."),
        )
    return None


def _score(state: State, status: Status) -> Said:
    if state == "nothing" and status.champion:
        return (
            message("Version {version} is champion, and no batch is scored yet", version=status.champion.version),
            message("Upload a batch, or score the production file in one click."),
        )
    if state == "stale" and status.champion and status.scored:
        return (
            message(
                "Version {version} is champion now; the last batch was scored by version {before}",
                version=status.champion.version,
                before=status.scored.version,
            ),
            message("Score the batch again to see what that changes."),
        )
    return None


def _assess(state: State, status: Status) -> Said:
    if state in ("nothing", "stale") and status.scored:
        return (
            message("{batch} is scored and not assessed yet", batch=status.scored.batch),
            message("Compare it with the test rows: does the model still fit?"),
        )
    return None


_WAITING: dict[str, Callable[[State, Status], Said]] = {
    "training": _train,
    "model_registry": _register,
    "production_scoring": _score,
    "monitoring": _assess,
}
"""What the first stage that is in such a state says at the top."""


def _or_none(read: Callable[[str], Found], project: str) -> Found | None:
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
        message("best log loss {loss} on test", loss=METRICS["log_loss"].written(trained.candidate().test_log_loss)),
    )


def _registration(
    champion: RegisteredVersion | None, challenger: RegisteredVersion | None, trained: Trained | None
) -> Stage:
    if champion is None:
        if challenger is None:
            return Stage("model_registry", "nothing", message("No version yet"), message("Needs a trained candidate"))
        detail = message("version {version} waits to be promoted", version=challenger.version)
        return Stage("model_registry", "act", message("No champion yet"), detail)
    fact = message("Version {version} is champion", version=champion.version)
    if challenger is not None:
        detail = message("version {version} challenges it", version=challenger.version)
        return Stage("model_registry", "act", fact, detail)
    stale = trained is not None and trained.when > champion.registered
    return Stage("model_registry", "stale" if stale else "done", fact, title(champion.candidate))


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
    state: State = "act" if assessment.asks_for_action else "done"
    if scored is not None and monitored.scoring_run != scored.run_id:
        state = "stale"
    drifted = sum(item.drifted for item in assessment.drift)
    detail = message("{drifted} of {all} features drifted", drifted=drifted, all=len(assessment.drift))
    return Stage("monitoring", state, LEVELS[assessment.level], detail)
