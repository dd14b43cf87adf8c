"""A real browser, one for all journeys, and two apps for those that only read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from core import workflows
from core.text.errors import CourtsideError
from tests.copies import copied
from tests.e2e.reader import PATIENCE
from tests.e2e.server import Server, serving
from tests.listeners import hook
from tests.worlds import made_once

expect.set_options(timeout=PATIENCE)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def finished_app(tmp_path_factory, lifecycle) -> Iterator[Server]:
    """The app over a finished lifecycle whose alert did not arrive. It is only read from."""

    def raise_alert() -> None:
        with hook(500) as webhook, pytest.MonkeyPatch.context() as patch, suppress(CourtsideError):
            patch.setenv("COURTSIDE_WEBHOOK_URL", webhook.address)
            workflows.deliver_alert("kobe", workflows.latest_monitored("kobe").run_id, sleep=lambda seconds: None)

    home = made_once(tmp_path_factory, "finished", raise_alert, begin=lifecycle)
    with serving(copied(home, tmp_path_factory.mktemp("finished"))) as server:
        yield server


@pytest.fixture(scope="session")
def deciding_app(tmp_path_factory, lifecycle) -> Iterator[Server]:
    """The app over a finished lifecycle in which version 2 waits for a decision. It is only read from."""
    home = made_once(tmp_path_factory, "deciding", lambda: workflows.register("kobe", "dt_tuned"), begin=lifecycle)
    with serving(copied(home, tmp_path_factory.mktemp("deciding"))) as server:
        yield server


@pytest.fixture
def finished(finished_app) -> Iterator[Server]:
    yield finished_app
    assert "Traceback" not in finished_app.printed()


@pytest.fixture
def deciding(deciding_app) -> Iterator[Server]:
    yield deciding_app
    assert "Traceback" not in deciding_app.printed()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200))
