"""What a reader of the app does in a browser, and waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.charts import style

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


@contextmanager
def visiting(browser: Browser, **options) -> Iterator[Page]:
    """A page in a browser of its own; at the end nothing may have been written to its console."""
    context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, "locale": "en-US", **options})
    page = context.new_page()
    errors = []
    # Streamlit itself asks for its health below the path of a deep link first, and is told 404.
    page.on(
        "console", lambda note: errors.append(note.text) if note.type == "error" and "404" not in note.text else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def settled(page: Page) -> Page:
    """The page once its heading is there and its script has ended."""
    page.locator("h1").first.wait_for()
    page.locator(IDLE).wait_for()
    assert "Traceback" not in page.content()
    return page


STAGES = ("Overview", "Prepare", "Train", "Register", "Score", "Monitor")
TRAINING = 180_000
"""Milliseconds that a training may take on a busy machine, the worker's start included."""


def stage(page: Page, name: str) -> None:
    # The bar of another language stays beside its successor until the script has ended.
    settled(page).frame_locator("iframe").get_by_text(name, exact=True).click()


def press(page: Page, name: str) -> None:
    # Drawn anew between press and release, a button is not clicked: it has to be there and the page at rest.
    # The whole name, for "Go to training" of the page that is being left also contains "train".
    button = page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( Shortcut .+)?$")).last
    button.wait_for()
    settled(page)
    button.click()


def cancel(page: Page, what: str | re.Pattern) -> None:
    """Ends the work that is under way, in two clicks; between them the page says `what` that costs."""
    press(page, "Cancel")
    expect(page.get_by_text(what)).to_be_visible()
    press(page, "End it now")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).wait_for()
    settled(page).get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def rgb(color: str) -> str:
    """A colour such as #552583 as a browser says it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


def drawn(page: Page) -> None:
    settled(page)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def in_theme(page: Page, scheme: str) -> None:
    """The page in the light or the dark theme, once it has taken it; before there is a page, the next one will."""
    page.emulate_media(color_scheme=scheme)
    if page.url != "about:blank":
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", rgb(style.PALETTES[scheme].page))
        settled(page)


def grave(page: Page, *rules: str) -> list[str]:
    """Serious and critical violations that axe finds by all its rules or by some, each with the first node."""
    only = {"options": {"runOnly": {"type": "rule", "values": list(rules)}}} if rules else {}
    found = Axe().run(page, **only).response["violations"]
    return [
        f"{item['id']} ({len(item['nodes'])}): {item['nodes'][0]['html'][:200]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
