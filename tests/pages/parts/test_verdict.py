"""The verdict on a page: each fact leads to its chart, and what a file holds stays letter for letter."""

from __future__ import annotations

import json

from core import workflows
from core.store import settings, tracking
from tests.app import opened, words


def test_each_fact_of_a_verdict_leads_to_the_view_that_shows_it(lifecycle_home):
    facts = workflows.latest_monitored("kobe").assessment.facts
    assert [fact.chart for fact in facts] == ["drift", "drift", "prediction", "support", "skill", "roc_auc"]
    shown = {
        "drift": "What changed, by drift",
        "support": "Can the two be told apart?",
        "roc_auc": "#### AUC by season",
    }
    for place, fact in enumerate(facts):
        if fact.chart in shown:
            page = opened("pages/monitoring.py", show="slices")
            assert str(fact.reason) in words(page)
            page.button(key=f"fact-{place}").click().run()
            assert not page.exception
            assert shown[fact.chart] in words(page)
            assert page.query_params["show"] != ["slices"]


def test_what_a_file_holds_is_shown_letter_for_letter_in_the_facts(lifecycle_home):
    run_id = workflows.latest_monitored("kobe").run_id
    path = tracking.artifact(settings.load(), run_id, "assessment.json")
    stored = json.loads(path.read_text())
    stored["content"]["facts"][0]["reason"]["values"]["features"] = ["[zone](http://example.org) *$x$*"]
    path.write_text(json.dumps(stored))
    page = opened("pages/monitoring.py", show="slices")
    shown = next(item.value for item in page.markdown if "zone" in item.value)
    assert r"\[zone\]\(http\://example\.org\) \*\$x\$\*" in shown
