"""A real server over its own workspace."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.store.settings import HOUSE


@dataclass(frozen=True)
class Server:
    """A running app: its address, its workspace, what it has printed and its process."""

    address: str
    home: Path
    log: Path
    process: int

    def printed(self) -> str:
        return self.log.read_text()


@contextmanager
def serving(home: Path, script: str = "pages/server/app.py") -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.parent / f"{home.name}.log"
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    # MLflow leaves the address of the store that it used last in the environment.
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_TRACKING_URI"}
    environment |= {"COURTSIDE_HOME": str(home), "MLFLOW_DISABLE_TELEMETRY": "true"}
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=HOUSE, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://localhost:{port}/_stcore/health", process, log)
            yield Server(f"http://localhost:{port}", home, log, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                state = "still starting" if process.poll() is None else f"exit code {process.poll()}"
                raise AssertionError(f"no server answers ({state}); it printed:\n{log.read_text()}") from error
            time.sleep(0.1)
