"""An empty workspace on a machine that has the original files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.store import settings


@pytest.fixture
def place(tmp_path):
    """An empty workspace on a machine that has the original files."""
    return replace(settings.load(), home=tmp_path / "workspace")
