"""A workspace copied: what took long to make is made once."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from mlflow.tracking._tracking_service.utils import _artifact_repos_cache

PATHS = {
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "model_versions": "source",
    "logged_models": "artifact_location",
}
"""Where MLflow's tables hold absolute paths."""


def copied(original: Path, home: Path) -> Path:
    """Makes `home` a workspace with all that `original` holds, and returns it."""
    shutil.copytree(original, home, dirs_exist_ok=True)
    with sqlite3.connect(home / "models" / "mlflow.db") as store:
        for table, column in PATHS.items():
            store.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(original), str(home)))
    # MLflow keeps by run id where artifacts lie, and a copy has the ids of the original.
    _artifact_repos_cache.clear()
    return home
