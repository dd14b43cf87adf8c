"""What a version keeps for monitoring beside its scored test rows: their counts, and what a feature is worth to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data.contract import Feature
from core.metrics.intervals import Interval
from core.monitoring.profiles import Profile, profile, profiles
from core.store import settings, tracking
from core.workflows import evidence, scoring, training
from core.workflows.batch_counts import PROBABILITY
from core.workflows.runs import Artifact

if TYPE_CHECKING:
    from core.store.registry import RegisteredVersion


def keep(version: RegisteredVersion) -> None:
    """Writes both into the version's run, so that assessing its batches measures neither."""
    reference_profile(version)
    importance(version)


def importance(version: RegisteredVersion) -> dict[str, Interval]:
    """What each feature is worth to a version on the rows that its batches are compared with. Made once and kept."""
    place = settings.load()
    reference = scoring.reference(version)
    if len(reference) == len(training.candidate_rows(version.run_id)):
        return evidence.importance(version.run_id)
    if not tracking.has(place, version.run_id, Artifact.REFERENCE_IMPORTANCE):
        target = reference[scoring.contract_of(version).target].to_numpy()
        found = evidence.importance_on(version.run_id, reference, target)
        tracking.Run(version.run_id, place).json(
            Artifact.REFERENCE_IMPORTANCE, {name: bounds.as_dict() for name, bounds in found.items()}
        )
    stored = tracking.read_json(place, version.run_id, Artifact.REFERENCE_IMPORTANCE)
    return {name: Interval.from_dict(bounds) for name, bounds in stored.items()}


def reference_profile(version: RegisteredVersion) -> dict[str, Profile]:
    """The profile of every feature of a version's test rows, and of their probability: the bins in which its batches
    are counted. Made once and kept with the version's run."""
    place = settings.load()
    if tracking.has(place, version.run_id, Artifact.REFERENCE_PROFILE):
        stored = tracking.read_json(place, version.run_id, Artifact.REFERENCE_PROFILE)
        return {name: Profile.from_dict(one) for name, one in stored.items()}
    rows = scoring.reference(version)
    found = profiles(rows, scoring.contract_of(version))
    found[PROBABILITY] = profile(rows[PROBABILITY], Feature(PROBABILITY, "number"))
    tracking.Run(version.run_id, place).json(
        Artifact.REFERENCE_PROFILE, {name: one.as_dict() for name, one in found.items()}
    )
    return found
