"""First load and page changes in a real browser, beside an empty two-page Streamlit app with the same lifecycle bar."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.store.settings import HOUSE

LOADS = 7
SWITCHES = 50
TOUR = ("Prepare", "Train", "Register", "Score", "Monitor", "Overview")
SERVER = "pages/server/app.py"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
ANSWERED = "before => ![undefined, before].includes(document.querySelector('h1')?.innerText)"
EMPTY = """
import streamlit as st
from streamlit_option_menu import option_menu
st.set_page_config(layout="wide")
names = ["Overview", "Prepare", "Train", "Register", "Score", "Monitor"]
icons = ["house", "table", "sliders", "award", "bullseye", "activity"]
picked = option_menu(None, names, icons=icons, orientation="horizontal", default_index={index}, key="bar{index}")
if picked != names[{index}]:
    st.switch_page("Home.py" if picked == "Overview" else "pages/prepare.py")
st.title("Page {index}")
"""


@contextmanager
def serving(folder: Path, script: str, home: str) -> Iterator[str]:
    """A server in `folder`, warm: its first page has been asked for once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)],
        cwd=folder,
        env={**os.environ, "COURTSIDE_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
            break
        except OSError:
            time.sleep(0.1)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


def ready(page: Page) -> None:
    """Waits until the heading is there and the script has ended."""
    page.locator("h1").first.wait_for()
    page.locator(IDLE).wait_for()


def first_loads(browser: Browser, address: str) -> list[float]:
    """Seconds from the address to an interactive page, each in a new context; the first is the server's first too."""
    found = []
    for _ in range(LOADS):
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(address)
        ready(page)
        found.append(time.perf_counter() - begun)
        context.close()
    return found


def switches(browser: Browser, address: str, names: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Seconds from a click on the bar until the next page's answer stands, and until every chart is drawn; sorted."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.goto(address)
    ready(page)
    answered, drawn = [], []
    for number in range(SWITCHES):
        name, before = names[number % len(names)], page.locator("h1").first.inner_text()
        link = page.frame_locator("iframe").get_by_text(name, exact=True)
        link.wait_for()
        time.sleep(1)  # a reader looks at a page before leaving it
        begun = time.perf_counter()
        link.click()
        page.wait_for_function(ANSWERED, arg=before)
        answered.append(time.perf_counter() - begun)
        ready(page)
        drawn.append(time.perf_counter() - begun)
    return sorted(answered), sorted(drawn)


def main() -> None:
    """Prints the medians of both apps and their ratios."""
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        empty, home = Path(scratch) / "empty", Path(scratch) / "home"
        (empty / "pages").mkdir(parents=True)
        shutil.copytree(HOUSE / ".streamlit", empty / ".streamlit")
        (empty / "Home.py").write_text(EMPTY.format(index=0))
        (empty / "pages" / "prepare.py").write_text(EMPTY.format(index=1))
        environment = {**os.environ, "COURTSIDE_HOME": str(home)}
        subprocess.run([sys.executable, "-m", "core", "demo"], env=environment, capture_output=True, check=True)
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        figures = {}
        apps = {"empty": (empty, "Home.py", ("Prepare", "Overview")), "courtside": (HOUSE, SERVER, TOUR)}
        for name, (folder, script, names) in apps.items():
            with serving(folder, script, str(home)) as address:
                time.sleep(10)  # a person opens the browser after the address is printed
                loads = first_loads(browser, address)
                figures[name] = [loads[0], statistics.median(loads[1:])]
                for changes in switches(browser, address, names):
                    figures[name] += [statistics.median(changes), changes[int(0.95 * len(changes))]]
        browser.close()
    print("| in the browser, seconds | empty app | Courtside | ratio |\n|---|---|---|---|")
    names = (
        "first load after the server's start",
        "first load, median",
        "page to page, until the answer stands: median of 50",
        "page to page, until the answer stands: 95th percentile",
        "page to page, until every chart is drawn: median of 50",
        "page to page, until every chart is drawn: 95th percentile",
    )
    for name, nothing, ours in zip(names, figures["empty"], figures["courtside"], strict=True):
        print(f"| {name} | {nothing:.2f} | {ours:.2f} | {ours / nothing:.2f} |")


if __name__ == "__main__":
    main()
