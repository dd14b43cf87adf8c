"""Where the original files and the store are is a setting."""

from __future__ import annotations

from core import workflows
from core.store import settings, sources


def test_the_folder_of_the_original_files_is_a_setting(place, tmp_path, monkeypatch):
    original = sources.kobe(place, "prod").read_bytes()
    (tmp_path / "dataset_kobe_prod.parquet").write_bytes(original)
    monkeypatch.setenv("COURTSIDE_KOBE_DIR", str(tmp_path))
    assert sources.kobe(settings.load(), "prod") == tmp_path / "dataset_kobe_prod.parquet"


def test_another_store_is_honoured(workspace, tmp_path, monkeypatch, migrated_store):
    import shutil

    shutil.copy(migrated_store, tmp_path / "other.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    workflows.prepare("kobe", "sample-dev")
    assert workflows.latest_prepared("kobe").rows_kept > 10_000
    assert not (workspace / "models" / "mlflow.db").exists()
