"""Processes that are killed at each of their writes through MLflow's client, one after the other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from core.store.settings import HOUSE

SCRIPT = """
import os, pathlib, sys
from mlflow import MlflowClient
from core import workflows
from tests.copies import copied

home, act = pathlib.Path(os.environ["COURTSIDE_HOME"]), sys.argv[1]
WRITES = ("log_", "set_", "delete_", "create_", "update_")
left = 0

def counted(function):
    def call(*given, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*given, **named)
    return call

for name in dir(MlflowClient):
    if name.startswith(WRITES):
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))
for writes in range(1_000):
    copy = home.with_name(f"{home.name}-{writes}")
    copied(home, copy)
    os.environ["COURTSIDE_HOME"] = str(copy)
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    child = os.fork()
    if not child:
        left = writes
        exec(act)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
    print(copy, flush=True)
"""


def killed(home: Path, act: str) -> Iterator[Path]:
    """Copies of the workspace, in each of which a process that did `act` (Python, with `workflows`) was killed before
    another of its writes; the last kill comes before the last write."""
    environment = {**os.environ, "COURTSIDE_HOME": str(home), "PYTHONPATH": str(HOUSE)}
    command = [sys.executable, "-c", SCRIPT, act]
    done = subprocess.run(command, cwd=HOUSE, env=environment, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        if line.startswith(str(home)):
            yield Path(line)
            shutil.rmtree(line)
