"""The overview says what is under way and what was found."""

from __future__ import annotations

from core import workflows
from core.text.language import translate
from pages.parts import work
from tests.app import heading, opened, words


def test_the_overview_says_what_is_under_way_and_offers_no_other_step(lifecycle_home, monkeypatch):
    monkeypatch.setattr(work, "under_way", lambda project: "Training")
    test = opened("Home.py")
    assert heading(test) == "# Training is under way"
    assert "Skill on test" in words(test)
    assert not any(item.label.startswith(("Go to", "Retrain")) for item in test.button)


def test_the_overview_says_the_verdict_in_the_readers_language(lifecycle_home):
    headline = workflows.latest_monitored("kobe").assessment.headline
    assert translate(headline, "pt_BR") in heading(opened("Home.py", lang="pt_BR"))
