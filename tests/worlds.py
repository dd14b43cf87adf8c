"""Workspaces that take long to make: each by the first process of a test run that asks for it, once for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.store import storage
from tests.copies import copied


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that every process of this test run shares, with nothing of other runs in it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(
    factory: pytest.TempPathFactory, name: str, make: Callable[[], object], begin: Path | None = None
) -> Path:
    """The workspace `name`, in which `make` was called; it begins empty or as a copy of `begin`. Not to be changed."""
    folder = run_folder(factory)
    home, made = folder / name, folder / f"{name}.made"
    with storage.alone(folder / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            if begin is not None:
                copied(begin, home)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("COURTSIDE_HOME", str(home))
                patch.delenv("MLFLOW_TRACKING_URI", raising=False)
                make()
            made.touch()
    return home
