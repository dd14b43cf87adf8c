"""The way out: MLflow's own commands serve the champion and open the embedded store."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core import workflows
from core.data.encoding import model_input
from core.store import registry, settings
from core.workflows import preparation

WAIT = 120
LOGS = "mlflow.log"


@contextmanager
def running(folder, *command: str) -> Iterator[str]:
    """An MLflow command on a free port of this machine, with the embedded store; stopped after, its workers too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"MLFLOW_TRACKING_URI": settings.load().tracking_uri}
    environment["PATH"] = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    with (folder / LOGS).open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *command, "--host", "127.0.0.1", "--port", str(port)],
            env=environment, cwd=folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)
            process.wait(timeout=30)


def answer(folder, address: str, body: dict | None = None) -> bytes:
    """What an address says, once it answers at all."""
    deadline = time.monotonic() + WAIT
    sent = json.dumps(body).encode() if body is not None else None
    while True:
        try:
            request = urllib.request.Request(address, sent, {"Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=30) as told:
                assert told.status == 200
                return told.read()
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline, (folder / LOGS).read_text()[-3000:]
            time.sleep(0.2)


def test_the_champion_is_served_by_mlflow_with_the_probabilities_of_the_app(lifecycle_home, tmp_path):
    place = settings.load()
    champion = workflows.champion("kobe")
    split, contract = preparation.split_of(champion.tags["preparation_run"])
    rows = model_input(split.test.head(3), contract)
    with running(tmp_path, "models", "serve", "-m", "models:/kobe@champion", "--env-manager", "local") as address:
        answer(tmp_path, f"{address}/ping")
        told = json.loads(
            answer(tmp_path, f"{address}/invocations", {"dataframe_split": rows.to_dict("split", index=False)})
        )
    expected = registry.load(champion, place).predict_proba(rows)
    for served, own in zip(told["predictions"], expected, strict=True):
        assert served == pytest.approx(list(own))


def test_the_embedded_store_opens_in_mlflows_own_server(lifecycle_home, tmp_path):
    store = settings.load().tracking_uri
    with running(tmp_path, "ui", "--backend-store-uri", store, "--workers", "1") as address:
        assert b"<title>MLflow</title>" in answer(tmp_path, address)
        found = json.loads(answer(tmp_path, f"{address}/api/2.0/mlflow/registered-models/get?name=kobe"))
    assert found["registered_model"]["aliases"] == [{"alias": "champion", "version": "1"}]
