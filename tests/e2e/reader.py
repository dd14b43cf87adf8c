"""What a reader of the app does in a browser, and waits for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from core.charts import style

IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
PATIENCE = 120_000
"""Milliseconds that a reader waits on a machine that has other work; what fails, fails that late."""
STREAM = "/_stcore/stream"
TWO_FRAMES = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class Script:
    """What a page has asked its script for and not been given yet, by what goes to and fro between them.

    A page that has just been clicked still looks at rest: it says that its script runs when the server has told it so,
    which a busy machine does late. What is clicked in between is drawn anew under the mouse, or leads from the page
    that is being left.
    """

    def __init__(self, stream: WebSocket) -> None:
        self.stream = stream
        self.asked: list[str] = []
        """The fragments that were asked for, "" for the whole script."""
        self.begun = 0
        """How many of them the run that is under way was asked for."""
        stream.on("framesent", self._sent)
        stream.on("framereceived", self._received)

    def _sent(self, frame: bytes | str) -> None:
        told = BackMsg.FromString(frame)
        # A timer asks again and again; nobody waits for that.
        if told.WhichOneof("type") == "rerun_script" and not told.rerun_script.is_auto_rerun:
            self.asked.append(told.rerun_script.fragment_id)

    def _received(self, frame: bytes | str) -> None:
        told = ForwardMsg.FromString(frame)
        kind = told.WhichOneof("type")
        if kind == "new_session":
            self.begun = len(self.asked)
        elif kind == "script_finished" and told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            whole = told.script_finished != ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
            late = [] if whole else [fragment for fragment in self.asked[: self.begun] if not fragment]
            self.asked, self.begun = late + self.asked[self.begun :], 0

    def answered(self) -> None:
        """Waits until everything that was asked for has come."""
        if self.asked:
            self.stream.wait_for_event("framereceived", lambda _: not self.asked, timeout=PATIENCE)


SCRIPTS: WeakKeyDictionary[Page, Script] = WeakKeyDictionary()
"""The script of each page; a page that is loaded anew has another."""


@contextmanager
def visiting(browser: Browser, **options) -> Iterator[Page]:
    """A page in a browser of its own; at the end nothing may have been written to its console."""
    context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, "locale": "en-US", **options})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    errors = []
    # Streamlit itself asks for its health below the path of a deep link first, and is told 404.
    page.on(
        "console", lambda note: errors.append(note.text) if note.type == "error" and "404" not in note.text else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("websocket", lambda stream: SCRIPTS.update({page: Script(stream)}) if STREAM in stream.url else None)
    yield page
    context.close()
    assert errors == []


def follow(page: Page, address: str) -> None:
    """Goes to an address of the app as Back and Forward do: the page changes, and nothing is loaded anew."""
    settled(page).evaluate(
        "address => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate')); }", address
    )


def settled(page: Page) -> Page:
    """The page once its heading is there, and all that it asked of its script has come and is drawn."""
    page.locator("h1").first.wait_for()
    page.evaluate(TWO_FRAMES)
    SCRIPTS[page].answered()
    page.evaluate(TWO_FRAMES)
    page.locator(IDLE).wait_for()
    assert "Traceback" not in page.content()
    return page


STAGES = ("Overview", "Prepare", "Train", "Register", "Score", "Monitor")
TRAINING = 300_000
"""Milliseconds that a training may take on a busy machine, the worker's start included."""


def stage(page: Page, name: str) -> None:
    """Goes to a stage by the bar; ends when its page has come."""
    # The bar of another language stays beside its successor until the script has ended.
    settled(page).frame_locator("iframe").get_by_text(name, exact=True).click()
    settled(page)


def press(page: Page, name: str) -> None:
    """Presses the button of that name once it is there; ends when what it asked for has come."""
    # The whole name, for "Go to training" of the page that is being left also contains "train".
    button = page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( Shortcut .+)?$")).last
    button.wait_for()
    settled(page)
    button.click()
    settled(page)


def cancel(page: Page, what: str | re.Pattern) -> None:
    """Ends the work that is under way, in two clicks; between them the page says `what` that costs."""
    press(page, "Cancel")
    expect(page.get_by_text(what)).to_be_visible()
    press(page, "End it now")


def choose(page: Page, label: str, option: str) -> None:
    """Takes an option of a list once the list is there; ends when the page has followed."""
    # While a script runs, what it draws in another place stands beside what was there before.
    page.get_by_role("combobox", name=label).first.wait_for()
    settled(page).get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def enter(page: Page, field: Locator, text: str) -> None:
    """Writes into a field of the page; ends when the page has followed."""
    settled(page)
    field.fill(text)
    field.press("Enter")
    settled(page)


def rgb(color: str) -> str:
    """A colour such as #552583 as a browser says it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


DRAWN = """() => {
    const every = (name, part) =>
        [...document.querySelectorAll(`[data-testid=${name}]`)].every(node => node.querySelector(part));
    return document.fonts.status === 'loaded' && !document.querySelector('[data-testid=stSkeleton]')
        && every('stPlotlyChart', 'svg.main-svg') && every('stDataFrame', 'canvas');
}"""
"""Whether nothing of a page is still to come: its font, its charts, its tables."""


def drawn(page: Page) -> None:
    """Waits until the page is at rest and everything on it can be seen, the bar in its frame too."""
    settled(page).frame_locator("iframe").locator("a").first.wait_for()
    page.wait_for_function(DRAWN)


def in_theme(page: Page, scheme: style.Mode) -> None:
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
