"""What runs a store holds."""

from __future__ import annotations

import sqlite3

from core.store import settings, tracking


def runs() -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in tracking.runs(settings.load(), "kobe", limit=100, finished=False)]


def aliases(home) -> dict[str, int]:
    with sqlite3.connect(home / "models" / "mlflow.db") as store:
        return dict(store.execute("SELECT alias, version FROM registered_model_aliases"))
