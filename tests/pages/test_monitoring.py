"""The monitoring page shows what an older Courtside assessed."""

from __future__ import annotations

import json

from core import workflows
from core.store import settings, tracking
from tests.app import opened, words


def test_an_assessment_of_an_older_courtside_is_still_shown(lifecycle_home):
    run_id = workflows.latest_monitored("kobe").run_id
    place = settings.load()
    path = tracking.artifact(place, run_id, "assessment.json")
    stored = json.loads(path.read_text())["content"]
    facts = stored.pop("facts")
    del stored["changed"]
    for one in (*stored["drift"], stored["prediction"]):
        del one["importance"]
    path.write_text(json.dumps({**stored, "reasons": [fact["reason"] for fact in facts], "quality": []}))
    for name in ("importance_changes.json", "unlabelled.json"):
        tracking.artifact(place, run_id, name).unlink()
    for show in ("changes", "performance", "slices", "importance", "labels"):
        page = opened("pages/monitoring.py", show=show)
        assert not page.error
        assert "Shot distance (by 2.0" in words(page)
