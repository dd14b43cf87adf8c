"""The view "Replay" of the monitoring page: what was found first, and a policy taken from it."""

from __future__ import annotations

from core import workflows
from core.language import translate
from tests.pages.test_pages import button, closed_queue, opened, words

__all__ = ["closed_queue"]


def test_a_replay_is_answered_first_and_its_policy_is_taken_with_one_click(lifecycle_home):
    found = workflows.replay("kobe", by="rows", rows=6_000, first=2, every=1)
    for language in ("en", "pt_BR"):
        test = opened("pages/monitoring.py", show="replay", lang=language)
        assert not test.error
        assert translate(found.replay.conclusion, language) in words(test)
    test = opened("pages/monitoring.py", show="replay")
    assert "2 windows (so many rows)" in words(test)
    button(test, "Use the predictive policy").click().run()
    assert [toast.value for toast in test.toast] == ["Policy 1 is in force now."]
    assert workflows.policy("kobe").policy == found.replay.course("predictive").strategy.policy


def test_a_link_names_the_replay_that_is_looked_at(lifecycle_home):
    first = workflows.replay("kobe", by="rows", rows=6_000, first=2, every=1)
    second = workflows.replay("kobe", by="rows", rows=4_000, first=3, every=1)
    counts = {run.run_id: f"{len(run.replay.windows)} windows" for run in (first, second)}
    assert counts[second.run_id] in words(opened("pages/monitoring.py", show="replay"))
    assert counts[first.run_id] in words(opened("pages/monitoring.py", show="replay", replay=first.run_id))
