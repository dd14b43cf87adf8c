"""Which batches go through a browser at once, and which are a job."""

from __future__ import annotations

from core import workflows
from core.workflows.batches import titles


def test_what_goes_through_a_browser_at_once_and_what_is_a_job(lifecycle_home, monkeypatch):
    assert not workflows.is_long("kobe", "kobe-prod")
    assert workflows.is_long("kobe", ["s3://bucket/shots.parquet"])
    monkeypatch.setattr(workflows.preparation, "LARGE", 1000)
    assert workflows.is_long("kobe", "kobe-prod")


def test_few_batches_are_called_by_all_their_names_and_very_many_by_the_first_and_their_number():
    assert titles(["a.csv", "b.csv +2"]) == "a.csv, b.csv +2"
    assert titles(["loans.csv", "a.csv"], " + ") == "loans.csv + a.csv"
    names = [f"batch-{number:04d}.parquet" for number in range(1_000)]
    called = titles(names)
    assert called.startswith("batch-0000.parquet, batch-0001.parquet, ")
    shown = called.count("batch-")
    assert called.endswith(f" +{1_000 - shown}")
    assert 40 < shown < 60
    assert titles(["n" * 5_000, "b"]) == "n" * 5_000 + " +1"
