"""A candidate becomes a version; a version becomes the champion; a champion steps back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from core import __version__
from core.store import registry, settings, spreadsheets, tracking
from core.text.errors import CourtsideError, NothingYet
from core.text.messages import Message, message, tagged, tags
from core.training import gate, portability
from core.training.portability import TOLERANCE
from core.workflows import cards, challenges, preparation, references, scoring, training, typed
from core.workflows.runs import Artifact, MetricKey, RunName, Tag, VersionTag

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion
    from core.store.tracking import RunRecord

MOST_CHANGES = 1_000
_figures: dict[tuple[str, str], Mapping[str, float]] = {}
"""What the candidates of versions recorded, by store and run: it never changes, and reading hundreds takes a second."""


@dataclass(frozen=True)
class Change:
    """One promotion or roll-back: the champion `before` (0: none) and `after`, and why. `guard` says whether the
    comparison at that time spoke "for" or "against" it; "" where the two could not be compared."""

    when: datetime
    kind: str
    before: int
    after: int
    threshold_before: float | None
    threshold_after: float
    reason: str | Message
    who: str
    guard: str
    run_id: str


def register(
    project: str,
    candidate: str = "",
    *,
    training_run: str = "",
    threshold: float = 0.5,
    reason: str | Message = "",
    more: Mapping[str, str] | None = None,
) -> RegisteredVersion:
    """Makes a candidate (the recommended one of the newest training by default) the next version.

    The stored model is loaded and compared with PyCaret's own probabilities first; one that differs by more than
    `TOLERANCE` is refused with a `CourtsideError`. So is one that misses what `core.training.gate` asks for, unless a
    `reason` is given: the version keeps it, and what was missed. `more` tags say where the version came from. Its card
    is kept in the candidate's run.
    """
    place, why = settings.load(), typed.reason(reason)
    trained = training.trained(training_run) if training_run else training.latest_trained(project)
    chosen = trained.candidate(candidate)
    if not 0 < threshold < 1:
        raise CourtsideError(
            message("The threshold is {threshold}; it must lie between 0 and 1.", threshold=threshold),
            message("Give a probability such as 0.5."),
        )
    difference = _portability(chosen.run_id)
    if difference > TOLERANCE:
        raise CourtsideError(
            message("The stored model differs from the PyCaret pipeline by {difference:.1e}.", difference=difference),
            message("It was not registered. Train again, or choose another candidate."),
        )
    missed = gate_misses(project, chosen.name, trained.run_id)
    if missed and not why:
        raise CourtsideError(
            message("It was not registered. {misses}", misses=list(missed)),
            message("Choose another candidate, or write down why this one all the same."),
        )
    version = registry.register(
        place,
        project,
        run_id=chosen.run_id,
        threshold=threshold,
        tags={
            **(more or {}),
            VersionTag.CANDIDATE: chosen.name,
            VersionTag.COURTSIDE: __version__,
            VersionTag.WHO: tracking.user(),
            VersionTag.TRAINING_RUN: trained.run_id,
            VersionTag.PREPARATION_RUN: trained.preparation_run,
            VersionTag.PORTABILITY: repr(difference),
            **(tags(VersionTag.GATE_MISSES, missed) if missed else {}),
            **(tags(VersionTag.GATE_REASON, why) if missed else {}),
        },
    )
    try:
        references.keep(version)
        cards.keep(version)
        return registry.complete(place, project, version.version)
    except BaseException:
        registry.withdraw(place, project, version.version)
        raise


def gate_misses(project: str, candidate: str = "", training_run: str = "") -> tuple[Message, ...]:
    """What a candidate misses of `core.training.gate`, in sentences; registering it then takes a reason."""
    trained = training.trained(training_run) if training_run else training.latest_trained(project)
    champion = _present(project)
    return gate.misses(
        trained.candidate(candidate).metrics,
        preparation.contract_of(trained.preparation_run).fingerprint,
        preparation.contract_of(champion.tags[VersionTag.PREPARATION_RUN]).fingerprint if champion else "",
    )


def promote(
    project: str, version: int = 0, *, reason: str | Message = "", who: str = "", expected: int | None = None
) -> RegisteredVersion:
    """Run `Promocao`: makes a version (the newest by default) the champion; the one before it stays for `rollback`.

    The run keeps before, after, the reason, who (the login name by default) and how the two compare. `expected` is the
    champion that the decision was made against (0: none); another one by now is a `CourtsideError`, so that of two
    people who promote at once one wins and the other is told. Promoting the champion changes nothing.
    """
    place, why, name = settings.load(), typed.reason(reason), typed.name(who)
    if not version:
        known = registry.versions(place, project)
        if not known:
            raise CourtsideError(
                message("{project} has no registered version.", project=project), message("Register a candidate first.")
            )
        version = known[0].version
    after = registry.get(place, project, version)
    with registry.alone(place):
        registry.settle(place, project)
        before = _champion_as(project, expected)
        if before and before.version == version:
            return before
        with _change(project, RunName.PROMOTION, before, after, why, name) as run_id:
            return registry.promote(place, project, version, run_id)


def rollback(project: str, *, reason: str = "", who: str = "", expected: int | None = None) -> RegisteredVersion:
    """Run `Reversao`: makes the champion before the present one the champion again, with its threshold and its
    reference for monitoring. Keeps what `promote` keeps, and refuses as it does when `expected` has moved on."""
    place, why, name = settings.load(), typed.reason(reason), typed.name(who)
    registry.champion(place, project)
    with registry.alone(place):
        registry.settle(place, project)
        before, back = _champion_as(project, expected), can_roll_back(project)
        if not back:
            return registry.rollback(place, project, "")  # says what is missing
        with _change(project, RunName.ROLLBACK, before, registry.get(place, project, back), why, name) as run_id:
            return registry.rollback(place, project, run_id)


def settle(project: str) -> None:
    """Finishes what a process that ended had begun of a promotion, a roll-back or a registration."""
    place = settings.load()
    with registry.alone(place):
        registry.settle(place, project)


def can_roll_back(project: str) -> int:
    """The champion before the present one, 0 where there is none."""
    return registry.before(settings.load(), project)


def changes(project: str, limit: int = MOST_CHANGES) -> list[Change]:
    """The newest promotions and roll-backs, newest first. Nothing in the app rewrites or removes one."""
    place = settings.load()
    found = [
        record
        for name in (RunName.PROMOTION, RunName.ROLLBACK)
        for record in tracking.runs(place, project, name, limit=limit)
    ]
    return sorted((_recorded(record) for record in found), key=lambda item: item.when, reverse=True)[:limit]


def changes_csv(project: str) -> bytes:
    """All of `changes` as CSV, in which a spreadsheet runs nothing."""
    rows = pd.DataFrame([asdict(item) for item in changes(project)], columns=[item.name for item in fields(Change)])
    return spreadsheets.csv(rows)


def versions(project: str) -> list[RegisteredVersion]:
    """All versions, newest first."""
    return registry.versions(settings.load(), project)


def version_metrics(versions: Sequence[RegisteredVersion]) -> dict[int, Mapping[str, float]]:
    """Every figure recorded of each version's candidate, by version: `test_skill`, `test_skill_low`, ..."""
    place = settings.load()
    unread = [item.run_id for item in versions if (place.tracking_uri, item.run_id) not in _figures]
    read = tracking.several(place, unread)
    _figures.update({(place.tracking_uri, run_id): record.metrics for run_id, record in read.items()})
    return {item.version: _figures[place.tracking_uri, item.run_id] for item in versions}


def production_skill(project: str) -> dict[int, float]:
    """By version, its skill on the newest batch with labels that it has scored, among the last of all batches."""
    found: dict[int, float] = {}
    for record in tracking.runs(settings.load(), project, RunName.SCORING, limit=scoring.LOOKED_BACK):
        if MetricKey.SKILL in record.metrics:
            found.setdefault(int(record.tags[Tag.MODEL_VERSION]), record.metrics[MetricKey.SKILL])
    return found


def champion(project: str) -> RegisteredVersion:
    """The version that scores; none yet is `NothingYet`."""
    return registry.champion(settings.load(), project)


def _portability(run_id: str) -> float:
    place = settings.load()
    check = tracking.read_table(place, run_id, Artifact.PYCARET_CHECK)
    expected = check.pop("probability").to_numpy()
    try:
        return portability.difference(tracking.load_model(place, run_id), check, expected)
    except Exception as error:  # whatever keeps a stored model from being read keeps it from being registered
        raise CourtsideError(
            message("The stored model can't be read back: {error}.", error=str(error).strip().split("\n")[0][:200]),
            message("It was not registered. Train again, or choose another candidate."),
        ) from error


def _present(project: str) -> RegisteredVersion | None:
    try:
        return registry.champion(settings.load(), project)
    except NothingYet:
        return None


def _champion_as(project: str, expected: int | None) -> RegisteredVersion | None:
    now = _present(project)
    if expected is None or expected == (now.version if now else 0):
        return now
    last = next(iter(changes(project, 1)), None)
    raise CourtsideError(
        message(
            "Meanwhile {who} made version {version} the champion.",
            who=last.who if last and last.who else "–",
            version=now.version if now else "–",
        ),
        message("Nothing was changed. Compare with the new champion, then decide again."),
    )


@contextmanager
def _change(
    project: str, name: str, before: RegisteredVersion | None, after: RegisteredVersion, reason: str | Message, who: str
) -> Iterator[str]:
    evidence = challenges.compare(project, after.version).comparison if before else None
    judged = "" if evidence is None or not evidence.known else "for" if evidence.guard.ok else "against"
    kept = {
        Tag.BEFORE: str(before.version if before else 0),
        Tag.AFTER: str(after.version),
        Tag.THRESHOLD_BEFORE: repr(before.threshold) if before else "",
        Tag.THRESHOLD_AFTER: repr(after.threshold),
        **tags(Tag.REASON, reason),
        Tag.GUARD: judged,
        **({tracking.USER: who} if who else {}),
    }
    with tracking.run(settings.load(), project, name, tags=kept) as run:
        if evidence:
            run.json(Artifact.COMPARISON, evidence.as_dict())
        yield run.run_id
    registry.settled(settings.load(), project)


def _recorded(record: RunRecord) -> Change:
    kept = record.tags
    return Change(
        when=record.started,
        kind=record.name,
        before=int(kept[Tag.BEFORE]),
        after=int(kept[Tag.AFTER]),
        threshold_before=float(kept[Tag.THRESHOLD_BEFORE]) if kept[Tag.THRESHOLD_BEFORE] else None,
        threshold_after=float(kept[Tag.THRESHOLD_AFTER]),
        reason=next(iter(tagged(Tag.REASON, kept)), ""),
        who=kept.get(tracking.USER, ""),
        guard=kept[Tag.GUARD],
        run_id=record.run_id,
    )
