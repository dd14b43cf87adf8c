"""Performance over windows and over batches: every row once."""

from __future__ import annotations

import pandas as pd
import pytest

from core import workflows
from core.store import settings


def test_windows_hold_every_row_once(lifecycle_home):
    scored = workflows.latest_scored("kobe")
    windows = workflows.windows(scored.run_id)
    assert sum(window.rows for window in windows) == scored.rows
    assert sum(window.labelled for window in windows) == scored.rows_labelled


@pytest.mark.parametrize(("by", "windows"), [("season", 20), ("year", 21), ("month", 140), ("rows", 13)])
def test_every_row_of_the_batch_is_in_one_window_whatever_it_is_cut_by(monitored, by, windows):
    found = workflows.over_time(monitored.scoring_run, "log_loss", by, 500)
    assert len(found.windows) == windows
    assert sum(one.rows for one in found.windows) == 6_426
    assert sum(one.labelled for one in found.windows) == 5_412
    assert found.reference.value == pytest.approx(0.6758, abs=1e-4)


def test_batches_of_all_versions_stand_in_their_order_and_one_scored_twice_by_a_version_stands_once(
    monitored, tmp_path
):
    table = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet")
    known = table.dropna(subset="shot_made_flag").tail(2_000)
    known.to_parquet(tmp_path / "more.parquet")
    table[table["shot_made_flag"].isna()].to_parquet(tmp_path / "unknown.parquet")
    for name in ("more", "unknown", "more"):
        workflows.score("kobe", str(tmp_path / f"{name}.parquet"))
    of_first = workflows.latest_scored("kobe").metrics["roc_auc"]
    workflows.register("kobe", "dt", reason="for the test")
    workflows.promote("kobe", 2, reason="for the test")
    workflows.score("kobe", str(tmp_path / "more.parquet"))
    found = workflows.over_batches("kobe", "roc_auc")
    assert [(one.label, one.labelled, version) for one, version in zip(found.windows, found.versions, strict=True)] == [
        ("dataset_kobe_prod.parquet", 5_412, 1),
        ("unknown.parquet", 0, 1),
        ("more.parquet", 2_000, 1),
        ("more.parquet", 2_000, 2),
    ]
    assert found.windows[1].figures == {}
    figures = [found.windows[place].figures["roc_auc"].value for place in (2, 3)]
    assert figures == pytest.approx([of_first, workflows.latest_scored("kobe").metrics["roc_auc"]], abs=1e-12)
    recorded = workflows.version_metrics(workflows.versions("kobe"))
    tested = {version: figures["test_roc_auc"] for version, figures in recorded.items()}
    assert {version: bounds.value for version, bounds in found.references.items()} == pytest.approx(tested)
    assert found.reference == found.references[2]
