"""Every test has its own workspace; the store is copied, the lifecycle on the real files runs once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

from core import workflows
from core.store import settings, tracking
from tests.copies import OLD, copied, unpacked
from tests.worlds import made_once


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory) -> Path:
    """An empty store with MLflow's tables: creating one takes seconds, copying it a moment."""
    home = made_once(tmp_path_factory, "migrated", lambda: tracking.client(settings.load()).search_experiments())
    return home / "models" / "mlflow.db"


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch) -> Path:
    """An empty folder as `COURTSIDE_HOME`, without a store."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("COURTSIDE_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return home


@pytest.fixture
def store(workspace, migrated_store) -> Path:
    """The workspace with an empty store in it."""
    (workspace / "models").mkdir()
    shutil.copy(migrated_store, workspace / "models" / "mlflow.db")
    return workspace


@pytest.fixture(scope="session")
def lifecycle(tmp_path_factory, migrated_store) -> Path:
    """A workspace in which the real files were prepared, trained on, registered (logistic regression), promoted,
    scored and assessed. Read it through `lifecycle_home`."""

    def live() -> None:
        workflows.prepare("kobe", "kobe-dev")
        workflows.train("kobe")
        workflows.register("kobe", "lr")
        workflows.promote("kobe")
        workflows.score("kobe", "kobe-prod")
        workflows.monitor("kobe")

    return made_once(tmp_path_factory, "lifecycle", live, begin=migrated_store.parents[1])


@pytest.fixture
def lifecycle_home(lifecycle, workspace) -> Path:
    """A copy of `lifecycle` that the test may change."""
    return copied(lifecycle, workspace)


@pytest.fixture(scope="session")
def old_store(tmp_path_factory) -> Path:
    """The workspace of a project "loans" as Courtside 0.1.0 left it. Read it through `old_home`."""
    return unpacked(OLD, tmp_path_factory.mktemp("old"))


@pytest.fixture
def old_home(old_store, workspace) -> Path:
    """A copy of `old_store` that the test may change."""
    return copied(old_store, workspace)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What waits for servers and their workers takes longest: it begins first, and the rest fills the cores beside it.
    items.sort(key=lambda item: "e2e" not in item.path.parts)
