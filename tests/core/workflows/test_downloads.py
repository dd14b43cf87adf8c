"""A download has every row, and runs nothing in a spreadsheet."""

from __future__ import annotations

import io

import pandas as pd

from core import workflows
from core.store import tables
from tests.shots import production, write


def test_a_spreadsheet_is_offered_what_it_can_hold_and_a_browser_what_it_can_take(lifecycle_home, monkeypatch):
    run = workflows.latest_scored("kobe").run_id
    assert workflows.downloadable(run) == ("parquet", "csv")
    monkeypatch.setattr(workflows.downloads, "SPREADSHEET_ROWS", 6000)
    assert workflows.downloadable(run) == ("parquet",)
    monkeypatch.setattr(tables, "size", lambda path: 201 * 2**20)
    assert workflows.downloadable(run) == ()


def test_a_download_has_every_row_and_no_cell_that_a_spreadsheet_runs(lifecycle_home, tmp_path):
    batch = production().head(20).assign(opponent="=HYPERLINK(1)")
    run = workflows.score("kobe", write(batch, tmp_path / "tricky.parquet")).run_id
    csv = pd.read_csv(io.BytesIO(workflows.download(run, "csv")))
    assert csv["opponent"].unique().tolist() == ["'=HYPERLINK(1)"]
    assert csv["lon"].tolist() == batch["lon"].tolist()
    kept = pd.read_parquet(io.BytesIO(workflows.download(run)))
    assert kept["opponent"].unique().tolist() == ["=HYPERLINK(1)"]
    assert csv["shot_id"].tolist() == kept["shot_id"].tolist() == batch["shot_id"].tolist()


def test_rows_of_several_files_say_which_one_they_came_from(lifecycle_home, tmp_path):
    batch = production().head(9)
    parts = [write(batch.head(4), tmp_path / "b.parquet"), write(batch.tail(5), tmp_path / "a.parquet")]
    scored = workflows.score("kobe", parts)
    assert scored.batch == "b.parquet +1"
    for rows in (
        pd.read_parquet(io.BytesIO(workflows.download(scored.run_id))),
        pd.read_csv(io.BytesIO(workflows.download(scored.run_id, "csv"))),
    ):
        assert rows["shot_id"].tolist() == batch["shot_id"].tolist()
        assert rows["source_file"].tolist() == ["00001-b.parquet"] * 4 + ["00002-a.parquet"] * 5
