"""What a version keeps of its test rows, and the drift that comes of it."""

from __future__ import annotations

import pytest

from core import workflows
from core.monitoring.drift import compare
from core.monitoring.profiles import Profile
from core.store import settings, tracking
from core.workflows.runs import Artifact


def test_a_version_keeps_its_counts_and_importances_from_its_registration_on(lifecycle_home):
    version = workflows.champion("kobe")
    stored = tracking.read_json(settings.load(), version.run_id, Artifact.REFERENCE_PROFILE)
    assert [*stored] == ["lat", "lon", "minutes_remaining", "period", "playoffs", "shot_distance", "probability"]
    assert all(Profile.from_dict(one).rows == 4_057 for one in stored.values())
    assert tracking.has(settings.load(), version.run_id, "importance.json")


def test_drift_from_the_stored_counts_is_that_of_the_rows_and_weighed_by_importance(monitored):
    contract = workflows.project_contract("kobe")
    reference = workflows.reference(workflows.champion("kobe"))
    rows = compare(reference, workflows.scored_rows(monitored.scoring_run), contract)
    of_rows = {one.feature: one for one in rows}
    for one in monitored.assessment.drift:
        assert one.effect == pytest.approx(of_rows[one.feature].effect)
        assert one["wasserstein"] == pytest.approx(of_rows[one.feature]["wasserstein"])
    weights = [one.effect * one.importance for one in monitored.assessment.drift]
    assert weights == sorted(weights, reverse=True)
    assert sum(one.importance for one in monitored.assessment.drift) == pytest.approx(1)
    assert [one.feature for one in monitored.assessment.drift if one.drifted and not one.matters] == ["lon"]
