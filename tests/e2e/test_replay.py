"""A policy chosen on evidence: the history is replayed in the background, read, and what it advises is put in force."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import serving, settled, visiting

REPLAY = 180_000


def test_the_history_is_replayed_in_the_background_and_a_policy_taken_from_it(browser, lifecycle_home):
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/monitoring?show=replay")
        settled(page)
        expect(page.get_by_text("Which way to retrain would have served best?")).to_be_visible()
        page.get_by_role("combobox", name="Windows by").click()
        page.get_by_role("option", name="so many rows").click()
        for name, value in (
            ("Rows of a window, where counted", "5000"),
            ("Windows that train the first model", "1"),
            ("Also retrain after so many windows", "1"),
        ):
            page.get_by_role("spinbutton", name=name).fill(value)
        page.get_by_role("button", name="Replay the history").click()
        expect(page.get_by_text("Replaying ")).to_be_visible(timeout=REPLAY)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("was cancelled")).to_be_visible()
        settled(page).get_by_role("button", name="Replay the history").click()
        expect(page.get_by_text("4 windows (so many rows)")).to_be_visible(timeout=REPLAY)
        expect(page.get_by_text("Every strategy on the same 15,285 rows")).to_be_visible()
        page.get_by_role("button", name="Use the reactive policy").click()
        expect(page.get_by_text("Policy 1 is in force now.")).to_be_visible()
        assert "Traceback" not in server.printed()
