"""A real server over its own workspace, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core.store.settings import HOUSE

expect.set_options(timeout=60_000)
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass(frozen=True)
class Server:
    """A running app: its address, its workspace, what it has printed and its process."""

    address: str
    home: Path
    log: Path
    process: int

    def printed(self) -> str:
        return self.log.read_text()


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.parent / f"{home.name}.log"
    command = [sys.executable, "-m", "streamlit", "run", "pages/server/app.py", "--server.port", str(port)]
    environment = {**os.environ, "COURTSIDE_HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true"}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://localhost:{port}/_stcore/health")
            yield Server(f"http://localhost:{port}", home, log, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()


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


def pytest_collection_modifyitems(items) -> None:
    # A busy machine can disturb a browser; what fails twice is a fault. The report names every second walk.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))
            item.add_marker(pytest.mark.alone)
