"""The registry page: promoting asks first."""

from __future__ import annotations

from core import workflows
from tests.app import button, opened, words


def test_a_candidate_is_registered_and_promoting_it_asks_first(lifecycle_home):
    test = opened("pages/training.py", candidate="dt_tuned")
    button(test, "Register this candidate").click().run()
    assert [item.version for item in workflows.versions("kobe")] == [2, 1]
    test = opened("pages/model_registry.py")
    button(test, "Promote version 2").click().run()
    assert "Every batch scored from now on is scored by version 2, at threshold 0.5." in words(test)
    assert workflows.champion("kobe").version == 1
