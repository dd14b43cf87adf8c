"""The view Policy: what was decided and why, the limits with their preview, who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import workflows
from core.retraining.policies import OFF, Policy
from core.store import settings, tracking
from pages.parts import work
from tests.app import button, heading, opened, words
from tests.listeners import hook

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

LIMITS = (
    "Loss of skill (%)",
    "Loss of AUC",
    "AUC of the domain classifier",
    "Rows outside the training distribution (%)",
    "Estimated loss of skill (%)",
)


def toggle(page: AppTest, label: str):
    return next(item for item in page.toggle if item.label == label)


def field(page: AppTest, label: str):
    return next(item for item in page.number_input if item.label == label)


def policy_view(**choices: str) -> AppTest:
    return opened("pages/monitoring.py", show="policy", **choices)


def test_the_decision_stands_with_every_finding(lifecycle_home):
    said = words(policy_view())
    for finding in workflows.decision(workflows.latest_monitored("kobe").run_id).findings:
        assert str(finding.reason) in said


def test_policy_and_replay_are_reached_before_anything_is_assessed(lifecycle_home):
    rows = workflows.reference(workflows.champion("kobe")).drop(columns=["probability"])
    rows.to_parquet(lifecycle_home / "new.parquet")
    batch = workflows.score("kobe", str(lifecycle_home / "new.parquet")).run_id
    page = opened("pages/monitoring.py", batch=batch)
    assert heading(page).replace("\\", "") == "# new.parquet is not assessed yet"
    assert "What an assessment will say" in words(page)
    assert [item.label for item in page.button if item.proto.type == "primary"] == ["Assess this batch"]
    assert "1 of 1** batches would have asked" in words(policy_view(batch=batch))
    assert "Which way to retrain" in words(opened("pages/monitoring.py", batch=batch, show="replay"))
    button(page, "Assess this batch").click().run()
    assert heading(page).startswith("# :green[:material/check_circle:] Nothing suggests that the model does not fit")


def test_a_policy_is_kept_before_any_batch_is_scored(lifecycle_home):
    place = settings.load()
    for run in tracking.runs(place, "kobe", limit=100):
        if run.name in ("PipelineAplicacao", "Monitoramento"):
            tracking.client(place).delete_run(run.run_id)
    page = policy_view()
    assert heading(page) == "# No batch is scored yet"
    assert "No batch is assessed yet. Of each that was" in words(page)
    assert "COURTSIDE_WEBHOOK_URL" in words(page)
    toggle(page, "Days since training").set_value(True).run()
    button(page, "Save the policy").click().run()
    assert not page.exception
    assert workflows.policy("kobe").policy == Policy(days=90)


def test_the_preview_follows_the_limits_and_only_saving_changes_anything(lifecycle_home):
    page = policy_view()
    assert button(page, "Save the policy").disabled
    assert "**1 of 1** batches would have asked for retraining." in words(page)
    for label in LIMITS:
        toggle(page, label).set_value(False).run()
    assert "**0 of 1** batches would have asked for retraining." in words(page)
    toggle(page, "Rows scored since training").set_value(True).run()
    field(page, "Rows scored since training").set_value(6_000).run()
    assert "**1 of 1** batches would have asked for retraining." in words(page)
    assert "##### Newest: Retrain: by rows" in words(page)
    assert workflows.policy("kobe").number == 0
    page.text_input(key="policy-who").set_value("Ana").run()
    toggle(page, "Promote a challenger that passes the guard").set_value(True).run()
    button(page, "Save the policy").click().run()
    assert not page.exception
    kept = workflows.policy("kobe")
    assert (kept.number, kept.who, kept.policy) == (1, "Ana", Policy(**OFF | {"rows": 6_000}, promote=True))
    assert "Kept by Ana, today" in words(page)
    assert button(page, "Save the policy").disabled


def test_after_a_new_policy_the_batch_can_be_assessed_again(lifecycle_home):
    workflows.keep_policy("kobe", Policy(**OFF))
    page = policy_view()
    assert "Decided by the default; policy 1 is in force." in words(page)
    button(page, "Assess again").click().run()
    assert "Every limit is off, so the policy asks for nothing." in words(page)
    assert "Decided by" not in words(page)
    assert workflows.latest_monitored("kobe").asked_by == ("verdict",)


def test_a_webhook_that_hangs_keeps_the_page_not_waiting(lifecycle_home, monkeypatch):
    workflows.keep_policy("kobe", Policy(days=1))
    with hook(200, hang=True) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        page = policy_view()
        button(page, "Assess again").click().run()
        assert not page.exception
        (job,) = work.queue().jobs()
        assert (job.verb, job.open) == ("deliver_alert", True)
        assert not button(page, "Retrain").disabled
        assert workflows.latest_monitored("kobe").asked_by == ("verdict", "policy")


def test_the_page_names_who_kept_the_policy_in_force_and_the_record_every_one(lifecycle_home):
    workflows.keep_policy("kobe", Policy(**OFF | {"outside_share": 0.4}), who="Ana")
    workflows.keep_policy("kobe", Policy(**OFF), who="![Bo](http://x)")
    page = policy_view()
    assert [one.who for one in workflows.kept_policies("kobe")] == ["![Bo](http://x)", "Ana"]
    assert any(item.value.startswith(r"Kept by \!\[Bo\]\(http\://x\)") for item in page.caption)


def test_a_kept_share_comes_back_as_it_was_kept(lifecycle_home):
    workflows.keep_policy("kobe", Policy(skill_share=0.07, auc_points=None, outside_share=0.333, days=14))
    page = policy_view()
    assert field(page, LIMITS[0]).value == 7
    assert not toggle(page, LIMITS[1]).value
    assert button(page, "Save the policy").disabled


def test_a_policy_that_asks_where_the_verdict_does_not_offers_to_retrain(lifecycle_home):
    rows = workflows.reference(workflows.champion("kobe")).drop(columns=["probability"])
    rows.to_parquet(lifecycle_home / "calm.parquet")
    workflows.score("kobe", str(lifecycle_home / "calm.parquet"))
    workflows.keep_policy("kobe", Policy(**OFF | {"rows": 1_000}))
    assert workflows.monitor("kobe").asked_by == ("policy",)
    assert "the policy asks for retraining, the verdict does not" in words(opened("Home.py"))
    assert not button(policy_view(), "Retrain").disabled
    workflows.keep_policy("kobe", Policy(**OFF))
    assert workflows.monitor("kobe").asked_by == ()
    assert "**Alert**" not in words(opened("Home.py"))
    assert "Retrain" not in [item.label for item in policy_view().button]


def test_without_a_channel_it_is_said_how_to_set_one(lifecycle_home):
    assert "COURTSIDE_WEBHOOK_URL" in words(policy_view())
    assert not any(item.label.startswith("Send") for item in policy_view().button)
