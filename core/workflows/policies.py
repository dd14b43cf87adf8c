"""Run `Politica`: when a project wants to retrain; and what that has said of every batch assessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import policies as pure
from core import settings, tracking
from core.monitoring import Assessment
from core.policies import Decision, Evidence, Policy
from core.registry import RegisteredVersion
from core.tracking import Run
from core.unlabelled import Unlabelled
from core.workflows import scoring
from core.workflows.scoring import Scored

RUN = "Politica"
POLICY = "policy.json"
DECISION = "policy_decision.json"
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
    """An assessed batch, and what a policy says of it."""

    run_id: str
    batch: str
    version: int
    when: datetime
    decision: Decision


def policy(project: str) -> Kept:
    """The policy in force: the newest that was kept, else the default."""
    place = settings.load()
    found = tracking.runs(place, project, RUN, limit=1)
    if not found:
        return Kept(Policy())
    newest = found[0]
    return Kept(
        Policy.from_dict(tracking.read_json(place, newest.run_id, POLICY)),
        int(newest.tags["number"]),
        newest.run_id,
        newest.tags.get(tracking.USER, ""),
        newest.started,
    )


def keep_policy(project: str, wanted: Policy) -> Kept:
    """Makes a policy the one in force, as a run of its own: who changed what and when stays on record."""
    number = policy(project).number + 1
    with tracking.run(settings.load(), project, RUN, tags={"number": str(number)}) as run:
        run.parameters(wanted.as_dict())
        run.json(POLICY, wanted.as_dict())
    return policy(project)


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
    found = pure.evidence(assessment, unlabelled, **_elapsed(project, version, batch))
    decision = pure.decide(kept.policy, found)
    run.tags({"policy": decision.trigger or "keep", "policy_number": str(kept.number)})
    run.json(DECISION, {"policy": kept.policy.as_dict(), "evidence": found.as_dict(), "decision": decision.as_dict()})
    return decision


def decision(run_id: str) -> Decision | None:
    """What the policy decided on a monitoring run; None for a run older than policies."""
    place = settings.load()
    if not tracking.has(place, run_id, DECISION):
        return None
    return Decision.from_dict(tracking.read_json(place, run_id, DECISION)["decision"])


def policy_preview(project: str, wanted: Policy) -> list[Decided]:
    """What a policy would have said of the batches assessed so far, newest first; each batch and version once."""
    place = settings.load()
    told: dict[tuple[str, str], Decided] = {}
    for run in tracking.runs(place, project, "Monitoramento", limit=MOST):
        key = (run.tags["scoring_run"], run.tags["model_version"])
        if key not in told:
            decided = pure.decide(wanted, _evidence(run.run_id))
            told[key] = Decided(run.run_id, run.tags["batch"], int(run.tags["model_version"]), run.started, decided)
    return list(told.values())


def _evidence(run_id: str) -> Evidence:
    place = settings.load()
    if tracking.has(place, run_id, DECISION):
        return Evidence.from_dict(tracking.read_json(place, run_id, DECISION)["evidence"])
    return pure.evidence(Assessment.from_dict(tracking.read_json(place, run_id, "assessment.json")))


def _elapsed(project: str, version: RegisteredVersion, batch: Scored) -> dict[str, float | int]:
    """Days from the version's training to the batch, and rows that it scored up to this batch, each batch once."""
    place = settings.load()
    trained = tracking.get(place, version.run_id).started
    runs = tracking.runs(place, project, scoring.RUN, limit=1000)
    mine = [run for run in runs if run.tags["model_version"] == str(version.version) and run.started <= batch.when]
    rows = {run.tags["fingerprint"]: int(run.metrics["rows_scored"]) for run in mine}
    return {"days": max((batch.when - trained).total_seconds() / 86_400, 0.0), "rows": sum(rows.values())}
