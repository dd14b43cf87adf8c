"""A scorer of every kind of model for each contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scorers import ESTIMATORS, MIXED, NUMBERS, made

if TYPE_CHECKING:
    from core.scoring import scoring


@pytest.fixture(scope="module")
def scorers() -> dict[tuple[str, str], scoring.Scorer]:
    return {(item.name, kind): made(item, kind) for item in (NUMBERS, MIXED) for kind in ESTIMATORS}
