"""Workspaces, projects and clusters that the tests of several workflows begin with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster

from core import workflows
from core.store import settings
from tests.copies import copied
from tests.loans import ROLES, loans
from tests.retrainings import QUICK
from tests.worlds import made_once


@pytest.fixture(scope="session")
def retrained_once(tmp_path_factory, lifecycle) -> Path:
    """The lifecycle, retrained: what several tests begin with."""
    return made_once(tmp_path_factory, "retrained", lambda: workflows.retrain("kobe", **QUICK), begin=lifecycle)


@pytest.fixture
def retrained(retrained_once, workspace) -> Path:
    """A copy of it that the test may change."""
    return copied(retrained_once, workspace)


@pytest.fixture
def two(lifecycle_home):
    """Version 1 is champion, version 2 is a tuned tree at 0.4."""
    return workflows.register("kobe", "dt_tuned", threshold=0.4)


@pytest.fixture
def loan_table(store, tmp_path) -> str:
    path = tmp_path / "loans.csv"
    loans(1500, 1).to_csv(path, index=False)
    return str(path)


@pytest.fixture
def loan_project(loan_table) -> str:
    workflows.create_project(loan_table, replace(ROLES, group="branch"), name="loans")
    return loan_table


@pytest.fixture
def monitored(lifecycle_home):
    return workflows.latest_monitored("kobe")


@pytest.fixture(scope="module")
def cluster():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(settings.HOUSE))
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started:
            yield started
