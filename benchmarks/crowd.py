"""Ten browsers on one server while a training runs, beside one browser on the same server at rest.

Server, browsers and training share the cores of this machine, so the figure is of all of them together.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.pages import FLAGS, IDLE, SERVER, TOUR, serving
from core.settings import HOUSE

BROWSERS = 10
SWITCHES = 12
ITERATIONS = 500
"""Settings that the training tries, so that it outlasts the readers."""
LOOKS_AT_A_PAGE = 2.0
"""Seconds that a reader looks at a page before leaving it."""


async def opened(browser: Browser, address: str) -> Page:
    """A page of a reader of its own, at rest."""
    page = await (await browser.new_context(viewport={"width": 1400, "height": 900})).new_page()
    await page.goto(address)
    await page.locator("h1").first.wait_for()
    await page.locator(IDLE).wait_for()
    return page


async def switches(page: Page) -> list[float]:
    """Seconds from a click on the bar until the next page's answer stands."""
    found = []
    for number in range(SWITCHES):
        before = await page.locator("h1").first.inner_text()
        link = page.frame_locator("iframe").get_by_text(TOUR[number % len(TOUR)], exact=True)
        await link.wait_for()
        await asyncio.sleep(LOOKS_AT_A_PAGE)
        begun = time.perf_counter()
        await link.click()
        await page.wait_for_function("before => document.querySelector('h1')?.innerText !== before", arg=before)
        found.append(time.perf_counter() - begun)
    return found


async def measured(address: str) -> tuple[list[float], list[float]]:
    """The switches of one reader at rest, and of ten while a training runs."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        first = await opened(browser, address)
        alone = await switches(first)
        readers = [first, *[await opened(browser, address) for _ in range(BROWSERS - 1)]]
        trainer = await opened(browser, f"{address}/training")
        await trainer.get_by_role("button", name="Settings").click()
        asked = trainer.get_by_role("spinbutton", name="Tuning iterations")
        await asked.fill(str(ITERATIONS))
        await asked.press("Enter")
        await trainer.keyboard.press("Escape")
        await trainer.locator(IDLE).wait_for()
        await trainer.get_by_role("button", name=re.compile("^Train( |$)")).click()
        cancel = trainer.get_by_role("button", name="Cancel")
        await cancel.wait_for()
        together = await asyncio.gather(*(switches(page) for page in readers))
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
