"""`python -m core` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys

from core.store import settings


def shell(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "core", *arguments], capture_output=True, text=True, cwd=settings.HOUSE, check=False
    )


def answer(*arguments: str, code: int = 0) -> dict:
    done = shell(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)
