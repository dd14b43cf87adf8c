"""A workspace copied: what took long to make is made once."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from pathlib import Path

from mlflow.tracking._tracking_service.utils import _artifact_repos_cache

PATHS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("logged_models", "artifact_location"),
    ("params", "value"),
    ("datasets", "dataset_source"),
)
"""Where MLflow's tables hold absolute paths."""
OLD = Path(__file__).parent / "fixtures" / "store_0_1_0.tar.xz"
OLD_HOME = "/var/tmp/courtside-0.1.0"
"""Where the workspace in that archive was when it was made, see `tests/fixtures/make_store.py`."""


def copied(original: Path, home: Path) -> Path:
    """Makes `home` a workspace with all that `original` holds, and returns it."""
    shutil.copytree(original, home, dirs_exist_ok=True)
    _moved(str(original), home)
    return home


def unpacked(archive: Path, home: Path) -> Path:
    """Makes `home` the workspace that an earlier version of Courtside left, and returns it."""
    with tarfile.open(archive) as packed:
        packed.extractall(home, filter="data")
    _moved(OLD_HOME, home)
    return home


def _moved(before: str, home: Path) -> None:
    """Brings the paths in a workspace's store, which began with `before`, up to date."""
    with sqlite3.connect(home / "models" / "mlflow.db") as store:
        for table, column in PATHS:
            store.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (before, str(home)))
    store.close()
    for path in (home / "models").rglob("sources.json"):
        path.write_text(path.read_text().replace(before, str(home)))
    # MLflow keeps by run id where artifacts lie, and a copy has the ids of the original.
    _artifact_repos_cache.clear()
