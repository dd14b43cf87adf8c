"""A version is compared, promoted with a reason, scores, and is rolled back; the history tells it all."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from core import workflows
from tests.e2e.reader import enter, press, settled, stage, visiting
from tests.e2e.server import serving
from tests.records import aliases
from tests.shots import batch


def test_a_version_is_compared_promoted_with_a_reason_used_and_rolled_back(browser, lifecycle_home, tmp_path):
    workflows.register("kobe", "dt_tuned", threshold=0.4)
    with serving(lifecycle_home) as server:
        with visiting(browser) as page, visiting(browser) as other:
            page.goto(f"{server.address}/model_registry")
            expect(page.get_by_text("Version 2 against version 1, on the same rows")).to_be_visible()
            expect(page.get_by_text("Champion's test split · 4,057")).to_be_visible()
            other.goto(f"{server.address}/model_registry")
            every_view_of_the_comparison(page)
            press(other, "Promote version 2")
            promote_against_the_evidence(page)
            assert aliases(lifecycle_home) == {"champion": 2}
            told_that_another_was_first(other)
            stage(page, "Score")
            expect(page.get_by_text("Version 2 scores, at threshold 0.4.")).to_be_visible()
            stage(other, "Score")
            settled(other).locator("input[type=file]").first.set_input_files(batch(tmp_path, 300))
            other.get_by_text("Using batch300.csv").wait_for()
            scores_with(other, 2)
            stage(page, "Register")
            roll_back(page)
            assert aliases(lifecycle_home) == {"champion": 1}
            stage(page, "Score")
            expect(page.get_by_text("Version 1 scores, at threshold 0.5.")).to_be_visible()
            press(other, "Score")
            expect(other.get_by_text("Version 1 has become champion meanwhile.")).to_be_visible()
            scores_with(other, 1)
            stage(page, "Register")
            follow_the_lineage(page)
        assert "Traceback" not in server.printed()


def every_view_of_the_comparison(page: Page) -> None:
    settled(page).get_by_role("radio", name="Reliability", exact=True).click()
    page.wait_for_url("**compare=reliability*")
    expect(page.get_by_role("figure", name="Calibration error: champion").first).to_be_visible()
    settled(page).get_by_role("radio", name="Where they disagree most", exact=True).click()
    expect(page.get_by_role("button", name="These rows as CSV").first).to_be_visible()
    settled(page).get_by_role("radio", name="Figures", exact=True).click()


def promote_against_the_evidence(page: Page) -> None:
    press(page, "Promote version 2")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("is scored by version 2, at threshold 0.4")
    expect(dialog.get_by_role("button", name="Promote", exact=True)).to_be_disabled()
    enter(page, dialog.get_by_label("Your name"), "Ana")
    enter(page, dialog.get_by_label("Reason"), "a tree can be read")
    expect(dialog.get_by_role("button", name="Promote", exact=True)).to_be_enabled()
    press(page, "Promote")
    expect(page.locator("h1")).to_have_text("Version 2 is champion")
    expect(page.get_by_text("a tree can be read")).to_be_visible()
    expect(page.get_by_text("Ana")).to_be_visible()


def told_that_another_was_first(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    enter(page, dialog.get_by_label("Reason"), "me too")
    expect(dialog.get_by_role("button", name="Promote", exact=True)).to_be_enabled()
    press(page, "Promote")
    expect(dialog.get_by_test_id("stAlert").last).to_contain_text("Meanwhile Ana made version 2 the champion")
    page.keyboard.press("Escape")


def scores_with(page: Page, version: int) -> None:
    """The page that was open before the decision scores with the version that it made champion."""
    press(page, "Score")
    expect(page.get_by_text(re.compile(rf"^batch300-\w+\.csv · version {version} · "))).to_be_visible()
    assert workflows.latest_scored("kobe").version == version


def roll_back(page: Page) -> None:
    press(page, "Roll back")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Version 2 steps back; version 1 scores again.")
    enter(page, dialog.get_by_label("Reason"), "threes went wrong")
    press(page, "Roll back")
    expect(page.locator("h1")).to_have_text("Version 1 is champion")
    expect(page.get_by_text("threes went wrong")).to_be_visible()


def follow_the_lineage(page: Page) -> None:
    settled(page).get_by_text("Where version 2 came from").click()
    expect(page.get_by_test_id("stMermaidChart").get_by_role("img")).to_be_visible()
    press(page, "Preparation: 16,228 + 4,057 rows")
    expect(page.locator("h1")).to_have_text("20,285 rows are ready to train on")
    assert "run=" in page.url
