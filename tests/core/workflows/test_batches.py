"""Which batches go through a browser at once, and which are a job."""

from __future__ import annotations

from core import workflows


def test_what_goes_through_a_browser_at_once_and_what_is_a_job(lifecycle_home, monkeypatch):
    assert not workflows.is_long("kobe", "kobe-prod")
    assert workflows.is_long("kobe", ["s3://bucket/shots.parquet"])
    monkeypatch.setattr(workflows.preparation, "LARGE", 1000)
    assert workflows.is_long("kobe", "kobe-prod")
