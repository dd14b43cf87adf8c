"""The store is made once, whoever asks for it first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core import settings

OPEN = "from core import settings, tracking; tracking.client(settings.load()).search_experiments()"


@pytest.mark.parametrize("attempt", range(2))
def test_processes_that_open_an_empty_workspace_at_once_all_get_its_one_store(workspace, attempt):
    opened = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN], cwd=settings.HOUSE, env=os.environ, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    told = [process.communicate(timeout=120)[1] for process in opened]
    assert [process.returncode for process in opened] == [0] * 4, told
    assert not any("Traceback" in text for text in told)
    assert sum("Creating initial MLflow database tables" in text for text in told) == 1
