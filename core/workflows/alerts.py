"""Alerts: a monitoring run that asks for action says so in a tag; each delivery of it is a run `Entrega`."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from core.alerting import channels
from core.alerting import text as alert_text
from core.alerting.text import ASKERS, Alert, Asker
from core.monitoring.verdict import Assessment
from core.store import settings, tracking
from core.text.errors import CourtsideError
from core.text.language import ENGLISH, LANGUAGES
from core.text.messages import Message, Progress, message, silent
from core.workflows import policies
from core.workflows.runs import Artifact, RunName, Tag

if TYPE_CHECKING:
    from core.retraining.policies import Decision
    from core.store.tracking import RunRecord

MOST = 20
log = logging.getLogger("courtside.alerts")

State = Literal["delivered", "sending", "failed", "interrupted"]
STATES: dict[str, State] = {"FINISHED": "delivered", "RUNNING": "sending", "FAILED": "failed"}
CHANNELS = {"webhook": message("Webhook"), "email": message("E-mail")}


@dataclass(frozen=True)
class Delivery:
    """One try to tell somebody of an alert: over which channel and to where, and why the last attempt failed."""

    run_id: str
    monitoring_run: str
    batch: str
    channel: str
    place: str
    state: State
    attempts: int
    failure: Message | None
    when: datetime


@dataclass(frozen=True)
class Raised:
    """An assessment that asks for action, with the newest delivery of each channel. `due` are the channels that the
    settings name and that have not delivered it, those on their way left out."""

    run_id: str
    batch: str
    version: int
    when: datetime
    asked_by: tuple[Asker, ...]
    deliveries: tuple[Delivery, ...]
    due: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a channel leads, as far as it may be shown; or the `fault` in its settings."""

    channel: str
    place: str
    fault: CourtsideError | None = None


def record(run: tracking.Run, assessment: Assessment, decision: Decision) -> None:
    """Writes into an open monitoring run who asks for action: a run that has finished has raised its alert, once."""
    if asked := alert_text.asked_by(assessment, decision):
        run.tags({Tag.ALERT: ",".join(asked)})


def asked_by(run: RunRecord) -> tuple[Asker, ...]:
    """Who asked for action in a monitoring run; nobody, and it raised no alert."""
    asked = run.tags.get(Tag.ALERT, "").split(",")
    return tuple(asker for asker in ASKERS if asker in asked)


def tell(project: str, run_id: str, *, progress: Progress = silent) -> None:
    """Delivers the alert of an assessment, if it raised one. What fails is kept and logged, and stops nobody."""
    try:
        if alert(run_id):
            deliver_alert(project, run_id, progress=progress)
    except CourtsideError as error:
        log.warning("%s", error)


def alert(run_id: str) -> Raised | None:
    """The alert that an assessment raised, and who was told; None where nobody asks for action."""
    place = settings.load()
    run = tracking.get(place, run_id)
    asked = asked_by(run)
    if not asked:
        return None
    newest = _newest(run_id)
    done = {one.channel for one in newest if one.state in ("delivered", "sending")}
    return Raised(
        run_id=run_id,
        batch=run.tags[Tag.BATCH],
        version=int(run.tags[Tag.MODEL_VERSION]),
        when=run.started,
        asked_by=asked,
        deliveries=newest,
        due=tuple(name for name in _channels() if name not in done),
    )


def alert_channels() -> list[Place]:
    """Where alerts go by the settings; none, and nobody outside the app is told."""
    return [
        Place(name, "", found) if isinstance(found, CourtsideError) else Place(name, found.place)
        for name, found in _channels().items()
    ]


def deliveries(project: str) -> list[Delivery]:
    """The newest deliveries of a project's alerts, newest first; also those that failed or were interrupted."""
    return [
        _delivery(run) for run in tracking.runs(settings.load(), project, RunName.DELIVERY, limit=MOST, finished=False)
    ]


def deliver_alert(
    project: str, run: str, *, sleep: Callable[[float], None] = time.sleep, progress: Progress = silent
) -> tuple[Delivery, ...]:
    """Tells every channel that is due of the alert of a monitoring run, and keeps what became of it.

    Where one could not be told after every attempt, that is a `CourtsideError` once all were tried.
    """
    raised = alert(run)
    if raised is None:
        raise CourtsideError(
            message("Run {run} raised no alert.", run=run), message("Choose an assessment that asks for action.")
        )
    told = _alert(project, raised)
    for name in raised.due:
        with suppress(_Failed):
            _deliver(told, name, sleep, progress)
    found = _newest(run)
    failed = [outcome(one) for one in found if one.state == "failed" and one.channel in raised.due]
    if failed:
        raise CourtsideError(
            message("The alert did not arrive. {outcomes}.", outcomes=failed),
            message("It is kept: send it again from the view Policy of Monitor."),
        )
    return found


def _newest(run_id: str) -> tuple[Delivery, ...]:
    """The newest delivery of an assessment's alert over each channel."""
    place = settings.load()
    newest: dict[str, Delivery] = {}
    for one in tracking.runs(
        place, tracking.project_of(place, run_id), RunName.DELIVERY, parent=run_id, finished=False
    ):
        newest.setdefault(one.tags[Tag.CHANNEL], _delivery(one))
    return tuple(newest.values())


def outcome(delivery: Delivery) -> Message:
    """What became of a delivery, in one line."""
    values = {"channel": CHANNELS[delivery.channel], "place": delivery.place}
    match delivery.state:
        case "delivered":
            return message("{channel} to {place}: delivered", **values)
        case "sending":
            return message("{channel} to {place}: on its way", **values)
        case "interrupted":
            return message("{channel} to {place}: interrupted", **values)
    failure = delivery.failure or message("unknown")
    if not delivery.attempts:
        return message("{channel} was not tried: {failure}", failure=failure, **values)
    if delivery.attempts == 1:
        return message("{channel} to {place} failed: {failure}", failure=failure, **values)
    return message(
        "{channel} to {place} failed {count} times: {failure}", count=delivery.attempts, failure=failure, **values
    )


class _Failed(Exception):
    """A delivery that did not arrive: ends its run as failed, with the reason."""


def _deliver(told: Alert, name: str, sleep: Callable[[float], None], progress: Progress) -> None:
    found, channel = settings.alerting(), _channels()[name]
    language = found.language if found.language in LANGUAGES else ENGLISH
    place = "" if isinstance(channel, CourtsideError) else channel.place

    def heard(number: int, most: int) -> None:
        where = message("{channel} to {place}", channel=CHANNELS[name], place=place)
        progress(
            number - 1, most, message("{where}, attempt {number} of {most}", where=where, number=number, most=most)
        )

    tags: dict[str, str] = {Tag.CHANNEL: name, Tag.PLACE: place, Tag.BATCH: told.batch, Tag.MONITORING_RUN: told.run_id}
    with tracking.run(settings.load(), told.project, RunName.DELIVERY, parent=told.run_id, tags=tags) as run:
        if isinstance(channel, CourtsideError):
            run.tags({Tag.ATTEMPTS: "0", Tag.FAILURE: json.dumps(channel.message.as_dict())})
            raise _Failed(str(channel.message))
        notice = channels.Notice(alert_text.payload(told, language), *alert_text.letter(told, language))
        made = channels.persistently(lambda: channel.send(notice), sleep=sleep, heard=heard)
        run.json(
            Artifact.DELIVERY_ATTEMPTS,
            [{"when": one.when.isoformat(), "failure": one.failure and str(one.failure)} for one in made],
        )
        run.tags({Tag.ATTEMPTS: str(len(made))})
        if failure := made[-1].failure:
            run.tags({Tag.FAILURE: json.dumps(failure.as_dict())})
            raise _Failed(str(failure))


def _alert(project: str, raised: Raised) -> Alert:
    place = settings.load()
    assessment = Assessment.from_dict(tracking.read_json(place, raised.run_id, Artifact.ASSESSMENT))
    decision = policies.decision(raised.run_id)
    headline, reasons, action = alert_text.said(assessment, decision)
    run = tracking.get(place, raised.run_id)
    asked = {"project": project, "batch": run.tags[Tag.SCORING_RUN]}
    base = channels.link(settings.alerting())
    return Alert(
        project=project,
        batch=raised.batch,
        version=raised.version,
        run_id=raised.run_id,
        level=assessment.level,
        asked_by=raised.asked_by,
        rule=decision.trigger if decision else None,
        headline=headline,
        reasons=reasons,
        action=action,
        link=f"{base}/monitoring?{urlencode(asked)}" if base else "",
    )


def _channels() -> dict[str, channels.Channel | CourtsideError]:
    found = settings.alerting()
    made: dict[str, channels.Channel | CourtsideError] = {}
    for name, make in (("webhook", channels.webhook), ("email", channels.mail)):
        channel: channels.Channel | CourtsideError | None
        try:
            channel = make(found)
        except CourtsideError as fault:
            channel = fault
        if channel is not None:
            made[name] = channel
    return made


def _delivery(run: RunRecord) -> Delivery:
    failure = run.tags.get(Tag.FAILURE)
    return Delivery(
        run_id=run.run_id,
        monitoring_run=run.tags[Tag.MONITORING_RUN],
        batch=run.tags[Tag.BATCH],
        channel=run.tags[Tag.CHANNEL],
        place=run.tags[Tag.PLACE],
        state=STATES.get(run.status, "interrupted"),
        attempts=int(run.tags.get(Tag.ATTEMPTS, "0")),
        failure=Message.from_dict(json.loads(failure)) if failure else None,
        when=run.started,
    )
