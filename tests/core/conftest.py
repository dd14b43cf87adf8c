"""The original shots that fit the contract, read and checked once."""

from __future__ import annotations

import pytest

from core.data.checking import check
from core.store import projects, settings, sources, tables


@pytest.fixture(scope="session")
def shots():
    place = settings.load()
    contract = projects.find(place, "kobe")
    raw = tables.read_table(sources.kobe(place, "dev"))
    return raw, check(raw, contract, labelled=True).rows, contract
