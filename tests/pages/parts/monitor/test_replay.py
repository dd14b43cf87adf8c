"""The view Replay: what was found first, and a policy taken from it."""

from __future__ import annotations

import pytest

from core import workflows
from core.retraining.policies import OFF, Policy
from core.text.errors import CourtsideError
from core.text.language import translate
from tests.app import button, opened, words


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


def test_a_schedule_is_prepared_as_the_policy_nearest_to_it_and_kept_only_when_saved(lifecycle_home):
    found = workflows.replay("kobe", by="rows", rows=4_000, first=2, every=2)
    rows = round(found.replay.rows / len(found.replay.windows))
    test = opened("pages/monitoring.py", show="replay")
    button(test, "Prepare a policy: every 2 windows").click().run()
    assert not test.exception
    said = words(test)
    assert (
        f"Retraining after every 2 windows. A policy counts rows and not windows; a window of the replay held {rows:,}"
        in said
    )
    assert "**Nothing is saved yet.**" in said
    limit = next(item for item in test.number_input if item.label == "Rows scored since training")
    assert (limit.value, workflows.policy("kobe").number) == (2 * rows, 0)
    button(test, "Save the policy").click().run()
    assert workflows.policy("kobe").policy == Policy(**OFF | {"rows": 2 * rows})
    assert "Carried over" not in words(test)
    button(opened("pages/monitoring.py", show="replay"), "Prepare a policy: every window")
    with pytest.raises(CourtsideError, match="reactive is no schedule"):
        workflows.nearest_policy(found.run_id, "reactive")
    wrong = opened("pages/monitoring.py", show="policy", carry=f"{found.run_id}:reactive")
    assert "Choose one of: each, every." in wrong.error[0].value


def test_a_link_names_the_replay_that_is_looked_at(lifecycle_home):
    first = workflows.replay("kobe", by="rows", rows=6_000, first=2, every=1)
    second = workflows.replay("kobe", by="rows", rows=4_000, first=3, every=1)
    counts = {run.run_id: f"{len(run.replay.windows)} windows" for run in (first, second)}
    assert counts[second.run_id] in words(opened("pages/monitoring.py", show="replay"))
    assert counts[first.run_id] in words(opened("pages/monitoring.py", show="replay", replay=first.run_id))
