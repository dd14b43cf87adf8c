"""Run `Politica`: when a project wants to retrain; and what that has said of every batch assessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from core.monitoring.verdict import Assessment
from core.retraining import policies as pure
from core.retraining.limits import Evidence
from core.retraining.policies import Decision, Policy
from core.store import settings, storage, tracking
from core.workflows import typed
from core.workflows.runs import Artifact, MetricKey, RunName, Tag

if TYPE_CHECKING:
    from core.monitoring.unlabelled import Unlabelled
    from core.store.registry import RegisteredVersion
    from core.store.settings import Settings
    from core.store.tracking import Run, RunRecord
    from core.workflows.scoring import Scored

MOST = 100
"""Assessments that a preview looks back on."""


@dataclass(frozen=True)
class Kept:
    """The policy in force: `number` counts those that were kept, 0 for the default that nobody has kept yet."""

    policy: Policy
    number: int = 0
    run_id: str = ""
    who: str = ""
    when: datetime | None = None


@dataclass(frozen=True)
class Decided:
    """An assessed batch, and what a policy says of it. `recorded` is what the policy in force then decided; None for
    an assessment older than policies."""

    run_id: str
    batch: str
    version: int
    when: datetime
    decision: Decision
    recorded: Decision | None = None


def policy(project: str) -> Kept:
    """The policy in force: the newest that was kept, else the default."""
    return next(iter(kept_policies(project, 1)), Kept(Policy()))


def kept_policies(project: str, limit: int = MOST) -> list[Kept]:
    """Every policy that was kept, newest first: who wanted what, and since when."""
    return [_kept(run) for run in tracking.runs(settings.load(), project, RunName.POLICY, limit=limit)]


def keep_policy(project: str, wanted: Policy, *, who: str = "") -> Kept:
    """Makes a policy the one in force, as a run of its own: what was changed when, and by whom (the login name by
    default), stays on record."""
    place, name = settings.load(), typed.name(who)
    with storage.alone(place.models / ".policies.lock"):  # two at once would get the same number
        tags = {Tag.NUMBER.value: str(policy(project).number + 1)} | ({tracking.USER: name} if name else {})
        with tracking.run(place, project, RunName.POLICY, tags=tags) as run:
            run.parameters(wanted.as_dict())
            run.json(Artifact.POLICY, wanted.as_dict())
    return _kept(tracking.get(place, run.run_id))


def record(
    run: Run,
    project: str,
    assessment: Assessment,
    unlabelled: Unlabelled | None,
    *,
    version: RegisteredVersion,
    batch: Scored,
) -> Decision:
    """What the policy in force decides on an assessment, written into its run with the evidence."""
    kept = policy(project)
    days, rows = _elapsed(project, version, batch)
    found = pure.evidence(assessment, unlabelled, days=days, rows=rows)
    decision = pure.decide(kept.policy, found)
    run.tags({Tag.POLICY: decision.trigger or "keep", Tag.POLICY_NUMBER: str(kept.number)})
    run.json(
        Artifact.DECISION,
        {"policy": kept.policy.as_dict(), "evidence": found.as_dict(), "decision": decision.as_dict()},
    )
    return decision


def decision(run_id: str) -> Decision | None:
    """What the policy decided on a monitoring run; None for a run older than policies."""
    place = settings.load()
    if not tracking.has(place, run_id, Artifact.DECISION):
        return None
    return Decision.from_dict(tracking.read_json(place, run_id, Artifact.DECISION)["decision"])


def policy_of(run_id: str) -> int:
    """The number of the policy that was in force at an assessment; 0 for the default."""
    return int(tracking.get(settings.load(), run_id).tags.get(Tag.POLICY_NUMBER, "0"))


def policy_preview(project: str, wanted: Policy) -> list[Decided]:
    """What a policy would have said of the batches assessed so far, newest first; each batch and version once."""
    place = settings.load()
    told: dict[tuple[str, str], Decided] = {}
    for run in tracking.runs(place, project, RunName.MONITORING, limit=MOST):
        key = (run.tags[Tag.SCORING_RUN], run.tags[Tag.MODEL_VERSION])
        if key not in told:
            found, recorded = _checked(place, run.run_id)
            about = run.run_id, run.tags[Tag.BATCH], int(run.tags[Tag.MODEL_VERSION]), run.started
            told[key] = Decided(*about, pure.decide(wanted, found), recorded)
    return list(told.values())


def _kept(run: RunRecord) -> Kept:
    stored = tracking.read_json(settings.load(), run.run_id, Artifact.POLICY)
    return Kept(
        Policy.from_dict(stored), int(run.tags[Tag.NUMBER]), run.run_id, run.tags.get(tracking.USER, ""), run.started
    )


@lru_cache(maxsize=10 * MOST)  # a run that has finished never changes, and a preview asks at every change of a limit
def _checked(place: Settings, run_id: str) -> tuple[Evidence, Decision | None]:
    if tracking.has(place, run_id, Artifact.DECISION):
        stored = tracking.read_json(place, run_id, Artifact.DECISION)
        return Evidence.from_dict(stored["evidence"]), Decision.from_dict(stored["decision"])
    return pure.evidence(Assessment.from_dict(tracking.read_json(place, run_id, Artifact.ASSESSMENT))), None


def _elapsed(project: str, version: RegisteredVersion, batch: Scored) -> tuple[float, int]:
    """Days from the version's training to the batch, and rows that it scored up to this batch, each batch once."""
    place = settings.load()
    trained = tracking.get(place, version.run_id).started
    runs = tracking.runs(place, project, RunName.SCORING, limit=1000)
    mine = [run for run in runs if run.tags[Tag.MODEL_VERSION] == str(version.version) and run.started <= batch.when]
    rows = {run.tags[Tag.FINGERPRINT]: int(run.metrics[MetricKey.ROWS_SCORED]) for run in mine}
    return max((batch.when - trained).total_seconds() / 86_400, 0.0), sum(rows.values())
