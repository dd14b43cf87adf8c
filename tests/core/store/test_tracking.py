"""Runs are kept with their end, and what several do to the store at once happens once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core import workflows
from core.store import settings, tracking
from core.text.errors import NothingYet
from core.text.messages import message
from tests.records import runs

OPEN = """
import os, sys, traceback
import mlflow.store.tracking.sqlalchemy_store
from core.store import settings, tracking

def opened(log: str) -> None:
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY), 2)
    try:
        tracking.client(settings.load()).search_experiments()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)

for os.environ["COURTSIDE_HOME"] in sys.argv[1:]:
    children = [os.fork() or opened(f"{os.environ['COURTSIDE_HOME']}.{number}.log") for number in range(4)]
    print([os.waitpid(child, 0)[1] for child in children])
"""
"""In each workspace four processes, which have imported what they need, open the store at once."""


def test_processes_that_open_an_empty_workspace_at_once_all_get_its_one_store(tmp_path):
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", OPEN, *map(str, homes)],
        cwd=settings.HOUSE, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    told = {home: [log.read_text() for log in sorted(tmp_path.glob(f"{home.name}.*.log"))] for home in homes}
    assert done.stdout.splitlines() == [str([0] * 4)] * 2, told
    for home in homes:
        assert not any("Traceback" in text for text in told[home])
        assert sum("Creating initial MLflow database tables" in text for text in told[home]) == 1


def test_runs_of_a_dead_process_are_closed_once_however_many_close_them_at_once(workspace):
    place = settings.load()
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    store = tracking.client(place)
    experiment = store.create_experiment("kobe")
    owner = {tracking.OWNER: f"{os.uname().nodename}:{gone.stdout.strip()}"}
    dead = [store.create_run(experiment, tags=owner).info.run_id for _ in range(6)]
    elsewhere = store.create_run(experiment, tags={tracking.OWNER: f"{os.uname().nodename}:{2**22 + 1}"}).info.run_id
    together = Barrier(4)

    def close(_) -> list[str]:
        together.wait()
        return tracking.close_orphans(place, ["kobe"], message("Somebody ended it."), int(gone.stdout))

    with ThreadPoolExecutor(4) as people:
        closed = [run_id for found in people.map(close, range(4)) for run_id in found]
    assert sorted(closed) == sorted([*dead, elsewhere])
    assert {tracking.get(place, run_id).tags[tracking.REASON] for run_id in dead} == {"Somebody ended it."}
    assert tracking.get(place, elsewhere).tags[tracking.REASON] == str(tracking.GONE)
    assert {tracking.get(place, run_id).status for run_id in dead} == {"KILLED"}


def test_a_workflow_that_fails_leaves_a_failed_run_that_is_not_listed(store):
    place = settings.load()
    with pytest.raises(RuntimeError), tracking.run(place, "kobe", "PreparacaoDados"):
        raise RuntimeError("the disk is full")
    assert runs() == [("PreparacaoDados", "FAILED")]
    assert tracking.runs(place, "kobe") == []
    with pytest.raises(NothingYet):
        workflows.latest_prepared("kobe")
