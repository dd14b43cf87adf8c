"""What a version keeps for monitoring beside its scored test rows: their counts, and what a feature is worth to it."""

from __future__ import annotations

from core import settings, tracking
from core.batch_counts import PROBABILITY
from core.contract import Feature
from core.counts import Profile, profile, profiles
from core.registry import RegisteredVersion
from core.workflows import evidence, scoring

PROFILE = "reference_profile.json"


def keep(version: RegisteredVersion) -> None:
    """Writes both into the version's run, so that assessing its batches measures neither."""
    reference_profile(version)
    evidence.importance(version.run_id)


def reference_profile(version: RegisteredVersion) -> dict[str, Profile]:
    """The profile of every feature of a version's test rows, and of their probability: the bins in which its batches
    are counted. Made once and kept with the version's run."""
    place = settings.load()
    if tracking.has(place, version.run_id, PROFILE):
        stored = tracking.read_json(place, version.run_id, PROFILE)
        return {name: Profile.from_dict(one) for name, one in stored.items()}
    rows = scoring.reference(version)
    found = profiles(rows, scoring.contract_of(version))
    found[PROBABILITY] = profile(rows[PROBABILITY], Feature(PROBABILITY, "number"))
    tracking.Run(version.run_id, place).json(PROFILE, {name: one.as_dict() for name, one in found.items()})
    return found
