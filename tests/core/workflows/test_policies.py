"""Policies of a project: numbered, in force from the next check on, and tried on the past."""

from __future__ import annotations

from core import workflows
from core.retraining.policies import OFF, Policy


def test_a_project_starts_with_the_default_and_keeps_every_later_policy_with_its_number(store):
    assert workflows.policy("kobe").policy == Policy()
    first = workflows.keep_policy("kobe", Policy(days=30))
    assert (first.number, first.policy.days) == (1, 30)
    second = workflows.keep_policy("kobe", Policy(**OFF))
    assert (second.number, second.policy) == (2, Policy(**OFF))
    assert workflows.policy("kobe") == second


def test_every_check_records_what_the_policy_in_force_decided(lifecycle_home):
    workflows.keep_policy("kobe", Policy(**OFF | {"days": 10_000}))
    calm = workflows.monitor("kobe")
    assert not workflows.decision(calm.run_id).retrain
    workflows.keep_policy("kobe", Policy())
    found = workflows.decision(workflows.monitor("kobe").run_id)
    assert found.retrain
    assert found.says("reactive")
    assert found.says("predictive")
    assert "support" in " ".join(map(str, found.reasons))


def test_the_preview_says_of_each_batch_what_recording_would_have(lifecycle_home):
    recorded = workflows.decision(workflows.monitor("kobe").run_id)
    told = workflows.policy_preview("kobe", Policy())
    assert [(one.batch, one.version) for one in told] == [("dataset_kobe_prod.parquet", 1)]
    assert told[0].decision == recorded
    assert not workflows.policy_preview("kobe", Policy(**OFF | {"rows": 10_000}))[0].decision.retrain
    assert workflows.policy_preview("kobe", Policy(**OFF | {"rows": 6_000}))[0].decision.trigger == "rows"
