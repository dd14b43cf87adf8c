"""The history that a replay walks through: every prepared row and labelled batch in its order, each once."""

from __future__ import annotations

import pandas as pd

from core import workflows
from core.store import settings
from core.workflows import histories


def test_the_history_is_every_prepared_row_in_its_order(lifecycle_home):
    found = histories.history("kobe", workflows.champion("kobe"), "season")
    dev = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet").dropna(subset="shot_made_flag")
    counts = pd.Series(found.window).value_counts().sort_index()
    assert counts.to_dict() == dev["season"].value_counts().to_dict()
    assert list(found.rows.columns) == [*workflows.project_contract("kobe").feature_names, "shot_made_flag"]
    assert (pd.Series(found.day).diff().dropna() >= 0).all()
    ordered = dev.sort_values("game_date", kind="stable")
    assert found.rows["shot_distance"].tolist() == ordered["shot_distance"].tolist()


def test_labelled_batches_join_by_their_time_each_row_once(lifecycle_home):
    workflows.score("kobe", "kobe-dev")  # what the project was prepared from is no news
    found = histories.history("kobe", workflows.champion("kobe"), "season", batches=True)
    assert len(found.rows) == 20_285 + 5_412
    assert (found.window == sorted(found.window)).all()


def test_a_history_of_too_many_rows_is_thinned_and_says_so(lifecycle_home, monkeypatch):
    whole = histories.history("kobe", workflows.champion("kobe"), "season")
    monkeypatch.setattr(histories, "MOST_ROWS", 5_000)
    thinned = histories.history("kobe", workflows.champion("kobe"), "season")
    assert (whole.step, thinned.step, len(thinned.rows)) == (1, 5, 4_057)
    assert set(thinned.window) == set(whole.window)
    assert workflows.replay("kobe", by="rows", rows=1_000, first=2, every=1).step == 5
