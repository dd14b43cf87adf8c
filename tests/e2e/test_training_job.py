"""A training as its readers see it: it moves, outlives the browser, shows in another one, ends when it is told to."""

from __future__ import annotations

import os
import re
import signal

from playwright.sync_api import Page, expect

from core import workflows
from core.store import settings, tracking
from tests.e2e.reader import STAGES, TRAINING, cancel, enter, press, settled, stage, visiting
from tests.e2e.server import serving

STEPS = re.compile(r"([\d,]+) of ([\d,]+) steps done")


def test_a_training_moves_outlives_its_browser_is_cancelled_in_another_and_keeps_what_was_done(browser, lifecycle_home):
    with serving(lifecycle_home) as server:
        with visiting(browser) as page:
            page.goto(f"{server.address}/training")
            iterations(page, 400)
            press(page, "Train")
            expect(page.get_by_text("tuned logistic regression: fit")).to_be_visible(timeout=TRAINING)
            expect(page.get_by_text(re.compile(r"best so far 0\.67\d\d .* s left"))).to_be_visible()
            seen = done(page)
            expect(page.get_by_text(STEPS)).not_to_have_text(re.compile(rf"\b{seen:,} of"))
            for name in STAGES:
                stage(page, name)
                expect(settled(page).get_by_text(STEPS)).to_be_visible()
        with visiting(browser) as second:
            second.goto(f"{server.address}/training")
            expect(second.get_by_text(STEPS)).to_be_visible()
            assert done(second) > seen
            press(second, "Train")
            expect(second.get_by_text("Waiting for its turn")).to_be_visible()
            settled(second).get_by_role("button", name="Cancel").first.click()
            expect(second.get_by_text("It has not begun: nothing is lost.")).to_be_visible()
            press(second, "End it now")
            expect(second.get_by_text("Waiting for its turn")).to_have_count(0)
            cancel(second, "Candidates that are done are kept and can be looked at")
            expect(second.get_by_text("Training was cancelled.")).to_be_visible()
            said = "was interrupted. It was cancelled. Done until then: logistic regression"
            expect(second.get_by_text(said)).to_be_visible()
            press(second, "See these candidates")
            expect(second).to_have_url(re.compile("run="))
            expect(second.locator("h1")).to_have_text("The logistic regression is recommended")
            press(second, "See the last one that finished")
            expect(second).not_to_have_url(re.compile("run="))
            iterations(second, 1)
            press(second, "Train")
            expect(second.get_by_text("Training is done.")).to_be_visible(timeout=TRAINING)
            expect(second.get_by_text("was interrupted.")).to_have_count(0)
        assert "Traceback" not in server.printed()


def test_after_the_app_was_killed_the_next_one_says_that_the_training_was_interrupted_and_why(browser, lifecycle_home):
    with serving(lifecycle_home) as server:
        with visiting(browser) as page:
            page.goto(f"{server.address}/training")
            iterations(page, 400)
            press(page, "Train")
            expect(page.get_by_text("tuned logistic regression: fit")).to_be_visible(timeout=TRAINING)
        os.kill(server.process, signal.SIGKILL)
    with serving(lifecycle_home) as server, visiting(browser) as page:
        page.goto(f"{server.address}/training")
        said = "was interrupted. The process that ran it is gone. Done until then: logistic regression"
        expect(page.get_by_text(said)).to_be_visible()
        assert "Traceback" not in server.printed()
    newest, before = tracking.runs(settings.load(), "kobe", "Treinamento", finished=False)
    assert (newest.status, before.status) == ("KILLED", "FINISHED")
    assert newest.tags[tracking.REASON] == "The process that ran it is gone."
    assert [item.version for item in workflows.versions("kobe")] == [1]


def done(page: Page) -> int:
    """The steps that the panel calls done."""
    found = STEPS.search(page.get_by_text(STEPS).inner_text())
    assert found is not None
    return int(found.group(1).replace(",", ""))


def iterations(page: Page, number: int) -> None:
    press(page, "Settings")
    field = page.get_by_role("spinbutton", name="Tuning iterations")
    enter(page, field, str(number))
    page.keyboard.press("Escape")
    settled(page)
