"""An analyst compares candidates, moves the threshold, takes one with words, and sees the threshold used."""

from __future__ import annotations

from playwright.sync_api import expect

from core import workflows
from tests.e2e.reader import choose, enter, press, settled, visiting
from tests.e2e.server import serving


def test_a_candidate_is_compared_chosen_with_a_threshold_by_cost_and_used(browser, lifecycle_home):
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/training?show=ranking")
        choose(page, "Look at", "tuned decision tree")
        expect(page.get_by_role("figure", name="Area under the curve")).to_be_visible()
        choose(page, "Lay over it", "logistic regression")
        page.keyboard.press("Escape")
        expect(page.get_by_role("figure", name="Average precision").get_by_text("logistic regression")).to_be_visible()
        settled(page).get_by_test_id("stButtonGroup").get_by_text("Threshold").click()
        choose(page, "Aim", "Lowest cost")
        enter(page, page.get_by_label("Miss costs"), "2")
        use = page.get_by_role("button", name="Use 0.")
        use.wait_for()
        settled(page)
        use.click()
        expect(page.get_by_role("button", name="Back to 0.5")).to_be_visible()
        enter(page, page.get_by_label("Why this one"), "cheap misses are dear")
        press(page, "Register this candidate")
        expect(page.get_by_role("button", name="Registered as version 2")).to_be_visible()
        expect(page.get_by_text("cheap misses are dear")).to_be_visible()
        link = page.url
        page.goto(f"{server.address}/production_scoring")
        page.goto(link)
        expect(page.get_by_role("button", name="Back to 0.5")).to_be_visible()
        assert "Traceback" not in server.printed()
    version = workflows.versions("kobe")[0]
    choice = workflows.latest_trained("kobe").choice
    assert (choice.candidate, choice.threshold, choice.rule.miss) == ("dt_tuned", version.threshold, 2)
    assert 0 < version.threshold < 0.5
