"""Production drifts: the verdict asks, one click retrains, the comparison speaks, and the verdict changes."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core import workflows
from tests.e2e.reader import TRAINING, cancel, choose, enter, press, settled, stage, visiting
from tests.e2e.server import serving
from tests.records import aliases


def test_a_retraining_ends_on_the_comparison_and_its_promotion_changes_the_verdict(browser, lifecycle_home):
    before = workflows.latest_scored("kobe").run_id
    with serving(lifecycle_home) as server:
        with visiting(browser) as page:
            page.goto(f"{server.address}/production_scoring")
            expect(page.locator("h1")).to_have_text("6,426 of 6,426 rows scored")
            press(page, "See the verdict")
            expect(page.locator("h1")).to_contain_text("The model does not fit this batch")
            press(page, "Retrain")
            read_what_goes_in(page)
            press(page, "Start retraining")
            compare_and_promote(page)
            assert aliases(lifecycle_home) == {"champion": 2}
            stage(page, "Score")
            expect(page.locator("h1")).to_have_text("6,426 of 6,426 rows scored")
            press(page, "Score")
            expect(page.get_by_text("Version 2 has learned from 2,706 of the labelled rows")).to_be_visible()
            press(page, "See the verdict")
            expect(page.locator("h1")).to_contain_text(re.compile("The model fits|Nothing suggests"))
            expect(page.locator(".stMarkdownBadge").filter(has_text="Healthy")).to_be_visible()
            expect(page.get_by_text("skill and AUC are those of the others").first).to_be_visible()
            expect(page.get_by_role("button", name=re.compile("^Retrain( Shortcut .+)?$"))).to_have_count(0)
            refuse_what_was_learned(page, f"{server.address}/monitoring?batch={before}")
        assert "Traceback" not in server.printed()


def read_what_goes_in(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    for cells in (("version 1", "16,228", "4,057", "1"), ("production", "2,706", "2,706", "1")):
        row = dialog.get_by_role("row").filter(has_text=cells[0])
        expect(row.get_by_role("cell")).to_have_text(list(cells))
    expect(dialog).to_contain_text("dataset_kobe_prod.parquet. Left out: without a usable label: 1,014.")
    expect(dialog).to_contain_text("Candidates: histogram gradient boosting, LightGBM, average of two boosted trees")
    expect(dialog).to_contain_text("The labels ask for it (reactive policy).")
    expect(dialog).to_contain_text("Promotion: stays your decision.")
    choose(page, "How much they count", "Weighted")
    expect(dialog.get_by_role("cell", name="6", exact=True)).to_be_visible()
    choose(page, "Rows", "Only the latest year")
    expect(dialog).to_contain_text("only 2016.")
    choose(page, "Rows", "All labelled rows")
    choose(page, "How much they count", "Every row the same")
    expect(dialog.get_by_role("row").filter(has_text="production")).to_contain_text("2,7062,7061")


def compare_and_promote(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"of \d+ steps done"))).to_be_visible(timeout=TRAINING)
    # Its end shows on every page, with the way to the comparison.
    stage(page, "Prepare")
    expect(page.get_by_text("Retraining is done. Version 2 waits for your decision")).to_be_visible(timeout=TRAINING)
    press(page, "See the comparison")
    expect(page.get_by_text("Version 2 against version 1, on the same rows")).to_be_visible()
    expect(page).to_have_url(re.compile(r"model_registry.*version=2"))
    expect(page.get_by_text("Retraining is done.")).to_have_count(0)
    expect(page.get_by_text("Champion's test split · 4,057")).to_be_visible()
    expect(page.get_by_text("Production rows held out · 2,706")).to_be_visible()
    press(page, "Promote version 2")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Every batch scored from now on is scored by version 2")
    # It loses less on both kinds of rows, but not significantly: the decision needs a reason.
    expect(dialog.get_by_role("button", name="Promote", exact=True)).to_be_disabled()
    enter(page, dialog.get_by_label("Reason"), "it knows threes")
    expect(dialog.get_by_role("button", name="Promote", exact=True)).to_be_enabled()
    press(page, "Promote")
    expect(page.locator("h1")).to_have_text("Version 2 is champion")


def refuse_what_was_learned(page: Page, address: str) -> None:
    page.goto(address)
    press(settled(page), "Retrain")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("stAlert")).to_contain_text("already learned from all 5,412 labelled rows")
    expect(dialog.get_by_role("button", name="Start retraining")).to_be_disabled()


def test_a_cancelled_retraining_registers_nothing(browser, lifecycle_home):
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/monitoring")
        press(page, "Retrain")
        press(page, "Start retraining")
        expect(page.get_by_text(re.compile(r": fit \d+"))).to_be_visible(timeout=TRAINING)
        cancel(page, "All that it has done is taken back, and nothing is registered")
        expect(page.get_by_text("Retraining was cancelled. Nothing was registered.")).to_be_visible()
        assert aliases(lifecycle_home) == {"champion": 1}
        stage(page, "Prepare")
        expect(page.locator("h1")).to_have_text("20,285 rows are ready to train on")
        assert len(workflows.versions("kobe")) == 1
