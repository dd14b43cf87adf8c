"""Ten browsers on one server while a training runs, beside one browser on the same server at rest.

Server, browsers and training share the cores of this machine, so the figure is of all of them together. A page change
costs about five times as much processor time in the browser as on the server, and readers have a machine each: hence
readers who look at a page for as long as people do, and not at their own drawing waiting for its turn.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.pages import ANSWERED, FLAGS, IDLE, SERVER, TOUR, serving
from core.store.settings import HOUSE

BROWSERS = 10
SWITCHES = 8
"""Of each reader; the first six to a page that this browser has not drawn before."""
ALONE = 6
"""Readers that come one after the other, with nobody else there."""
ASKED = {"Folds": 50, "Tuning iterations": 500}
"""What the training is asked for, so that it outlasts the readers."""
LOOKS_AT_A_PAGE = (20.0, 40.0)
"""Seconds that a reader of ten looks at a page before leaving it, between these at random."""


async def opened(browser: Browser, address: str) -> Page:
    """A page of a reader of its own, at rest."""
    page = await (await browser.new_context(viewport={"width": 1400, "height": 900})).new_page()
    await page.goto(address)
    await page.locator("h1").first.wait_for()
    await page.locator(IDLE).wait_for()
    return page


async def switches(page: Page, looks: Callable[[], float]) -> list[float]:
    """Seconds from a click on the bar until the next page's answer stands, having looked at each page for `looks()`."""
    found = []
    for number in range(SWITCHES):
        before = await page.locator("h1").first.inner_text()
        link = page.frame_locator("iframe").get_by_text(TOUR[number % len(TOUR)], exact=True)
        await link.wait_for()
        await asyncio.sleep(looks())
        begun = time.perf_counter()
        await link.click()
        await page.wait_for_function(ANSWERED, arg=before)
        found.append(time.perf_counter() - begun)
    return found


async def measured(address: str) -> tuple[list[float], list[float]]:
    """The switches of single readers at rest, and of ten at once while a training runs."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        alone = []
        for _ in range(ALONE):
            reader = await opened(browser, address)
            alone += await switches(reader, lambda: 1.0)
            await reader.context.close()
        readers = [await opened(browser, address) for _ in range(BROWSERS)]
        trainer = await opened(browser, f"{address}/training")
        await trainer.get_by_role("button", name="Settings").click()
        for name, value in ASKED.items():
            asked = trainer.get_by_role("spinbutton", name=name)
            await asked.fill(str(value))
            await asked.press("Enter")
        await trainer.keyboard.press("Escape")
        await trainer.locator(IDLE).wait_for()
        await trainer.get_by_role("button", name=re.compile("^Train( |$)")).click()
        looks = partial(random.Random(10).uniform, *LOOKS_AT_A_PAGE)
        cancel = trainer.get_by_role("button", name="Cancel")
        await cancel.wait_for()
        together = await asyncio.gather(*(switches(page, looks) for page in readers))
        await cancel.wait_for()  # or the training was over before the readers were
        await browser.close()
    return alone, [value for part in together for value in part]


def main() -> None:
    """Prints both, with their ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        environment = {**os.environ, "COURTSIDE_HOME": str(home)}
        subprocess.run([sys.executable, "-m", "core", "demo"], env=environment, capture_output=True, check=True)
        with serving(HOUSE, SERVER, str(home)) as address:
            time.sleep(10)
            alone, together = asyncio.run(measured(address))
    print("| page to page, until the answer stands, seconds | median | 95th percentile |\n|---|---|---|")
    rows = {"one browser": alone, f"{BROWSERS} browsers while a training runs": together}
    summary = {name: (statistics.median(part), sorted(part)[int(0.95 * len(part))]) for name, part in rows.items()}
    for name, (middle, late) in summary.items():
        print(f"| {name} | {middle:.2f} | {late:.2f} |")
    ratio = [many / one for one, many in zip(*summary.values(), strict=True)]
    print(f"| times as long | {ratio[0]:.2f} | {ratio[1]:.2f} |")


if __name__ == "__main__":
    main()
