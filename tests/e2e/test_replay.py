"""A policy chosen on evidence: the history is replayed in the background, read, and what it advises is put in force."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.reader import cancel, enter, press, settled, visiting
from tests.e2e.server import serving

REPLAY = 300_000


def test_the_history_is_replayed_in_the_background_and_a_policy_taken_from_it(browser, lifecycle_home):
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/monitoring?show=replay")
        settled(page)
        expect(page.get_by_text("Which way to retrain would have served best?")).to_be_visible()
        press(page, "Replay the history")
        expect(page.get_by_text("Replaying ")).to_be_visible(timeout=REPLAY)
        cancel(page, "Nothing of this replay is kept; earlier ones stay.")
        expect(page.get_by_text("was cancelled")).to_be_visible()
        # All but four of the twenty seasons train the first model, which leaves few to walk through.
        enter(page, page.get_by_role("spinbutton", name="Windows that train the first model"), "16")  # Enter sends it
        expect(page.get_by_text("4 windows (season, July to June), 2012-13 to 2015-16")).to_be_visible(timeout=REPLAY)
        page.get_by_role("button", name="Use the reactive policy").click()
        expect(page.get_by_text("Policy 1 is in force now.")).to_be_visible()
        assert "Traceback" not in server.printed()
