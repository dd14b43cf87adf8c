"""The replay of the real files: what its run keeps, and the policy that is taken from it."""

from __future__ import annotations

import pytest

from core import workflows
from core.store import settings, tracking
from core.text.errors import CourtsideError, NothingYet

QUICK = {"by": "rows", "rows": 5_000, "first": 2, "every": 1}


def test_a_replay_is_kept_read_back_and_told_in_the_history(lifecycle_home):
    with pytest.raises(NothingYet):
        workflows.latest_replayed("kobe")
    made = workflows.replay("kobe", **QUICK)
    assert (len(made.replay.learned), len(made.replay.windows), made.replay.rows) == (2, 3, 10_285)
    assert workflows.latest_replayed("kobe") == workflows.replayed(made.run_id) == made
    record = tracking.get(settings.load(), made.run_id)
    assert record.name == "Simulacao"
    assert record.metrics["never/log_loss"] == made.replay.course("never").log_loss
    assert record.tags["model_version"] == str(workflows.champion("kobe").version)
    assert "Replayed **3 windows**" in str(workflows.history("kobe")[0].what)
    before = workflows.policy("kobe")
    kept = workflows.take_policy(made.run_id, "reactive")
    assert (kept.number, kept.policy) == (before.number + 1, made.replay.course("reactive").strategy.policy)
    with pytest.raises(CourtsideError, match="is no policy"):
        workflows.take_policy(made.run_id, "each")
