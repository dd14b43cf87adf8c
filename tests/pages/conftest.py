"""Every page begins without jobs and caches of another; a project of loans with a leak and a repeated id."""

from __future__ import annotations

import pytest
import streamlit as st

from core import workflows
from core.work.queue import Queue
from pages.parts import work
from tests.loans import ROLES, loans


@pytest.fixture(autouse=True)
def closed_queue(monkeypatch):
    # The app keeps a worker warm, which imports for seconds; a page as a script starts one when it has work for it.
    monkeypatch.setattr(Queue, "warm", lambda queue: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    work.queue().close()
    st.cache_resource.clear()


@pytest.fixture
def loan_project(store, tmp_path) -> str:
    path = tmp_path / "loans.csv"
    table = loans(600, 1)
    table["copy"] = (table["default?"] == "yes") * 2.0
    table.loc[3, "loan id"] = table.loc[2, "loan id"]
    table.to_csv(path, index=False)
    workflows.create_project(str(path), ROLES, name="loans")
    return str(path)
