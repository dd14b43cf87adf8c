"""A policy is tried and saved in a browser, decides on the next assessment, and the alert arrives in the end."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from core import workflows
from tests.e2e.reader import enter, press, settled, stage, visiting
from tests.e2e.server import serving
from tests.listeners import hook

OFF = (
    "Loss of skill (%)",
    "Loss of AUC",
    "AUC of the domain classifier",
    "Rows outside the training distribution (%)",
    "Estimated loss of skill (%)",
)
WORKER = 300_000
"""Milliseconds that the worker may take to start on a busy machine and to give a webhook up."""


def test_a_policy_is_tried_saved_and_decides_and_its_alert_arrives_in_the_end(browser, lifecycle_home, monkeypatch):
    with hook(500, 500, 500, 200) as taken:
        monkeypatch.setenv("COURTSIDE_WEBHOOK_URL", taken.address)
        with serving(lifecycle_home) as server, visiting(browser) as page:
            page.goto(f"{server.address}/monitoring?show=policy")
            try_limits(page)
            save(page)
            assess_again(page)
            expect(page.get_by_text("The alert did not arrive.")).to_be_visible(timeout=WORKER)
            press(page, "Close")
            assert len(taken.heard) == 3
            send_again_from_the_overview(page)
            assert len(taken.heard) == 4
            assert taken.heard[3][2]["asked_by"] == ["verdict", "policy"]
        assert "hush-token" not in server.printed()
        assert "Traceback" not in server.printed()


def try_limits(page: Page) -> None:
    expect(page.get_by_text("1 of 1 batches would have asked for retraining.")).to_be_visible()
    for label in OFF:
        switch(page, label)
    expect(page.get_by_text("0 of 1 batches would have asked for retraining.")).to_be_visible()
    switch(page, "Rows scored since training")
    rows = settled(page).get_by_role("spinbutton", name="Rows scored since training")
    enter(page, rows, "6000")
    expect(page.get_by_text("1 of 1 batches would have asked for retraining.")).to_be_visible()
    expect(page.get_by_text("Newest: Retrain: by rows")).to_be_visible()
    assert workflows.policy("kobe").number == 0


def switch(page: Page, label: str) -> None:
    settled(page).get_by_test_id("stCheckbox").get_by_text(label, exact=True).click()


def save(page: Page) -> None:
    name = settled(page).get_by_label("Your name")
    enter(page, name, "Ana")
    press(page, "Save the policy")
    expect(page.get_by_text("Kept by Ana, today")).to_be_visible()
    expect(page.get_by_text("Decided by the default; policy 1 is in force.")).to_be_visible()


def assess_again(page: Page) -> None:
    press(page, "Assess again")
    expect(page.get_by_text("Decided by the default")).to_have_count(0)
    expect(
        page.get_by_text("6,426 rows were scored since the version was trained; the limit is 6,000.").first
    ).to_be_visible()
    decision = workflows.decision(workflows.latest_monitored("kobe").run_id)
    assert decision is not None
    assert decision.trigger == "rows"


def send_again_from_the_overview(page: Page) -> None:
    stage(page, "Overview")
    expect(page.get_by_text("the verdict and the policy both ask for action")).to_be_visible()
    # One line whatever became of it: with it the overview still needs no scrolling. The words show on hover.
    page.get_by_text("Webhook: failed").first.hover()
    expect(page.get_by_text("Webhook to 127.0.0.1 failed 3 times: it answered 500")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("node => node.scrollHeight") <= 900
    press(page, "Send again")
    expect(page.get_by_text("Webhook: delivered").first).to_be_visible(timeout=WORKER)
    press(page, "See why")
    expect(page.get_by_text("What the policy says of this batch")).to_be_visible()
    assert "show=policy" in page.url
