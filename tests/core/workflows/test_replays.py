"""The replay of the real files: what goes in, what its run keeps, and the policy that is taken from it."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from core import workflows
from core.store import registry, settings, tracking
from core.text.errors import CourtsideError, NothingYet
from core.workflows import histories, preparation

QUICK = {"by": "rows", "rows": 5_000, "first": 2, "every": 1}


def champion():
    return registry.champion(settings.load(), "kobe")


def test_the_history_is_every_prepared_row_in_its_order(lifecycle_home):
    found = histories.history("kobe", champion(), "season")
    dev = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet").dropna(subset="shot_made_flag")
    counts = pd.Series(found.window).value_counts().sort_index()
    assert counts.to_dict() == dev["season"].value_counts().to_dict()
    assert list(found.rows.columns) == [*workflows.project_contract("kobe").feature_names, "shot_made_flag"]
    assert (pd.Series(found.day).diff().dropna() >= 0).all()
    ordered = dev.sort_values("game_date", kind="stable")
    assert found.rows["shot_distance"].tolist() == ordered["shot_distance"].tolist()


def test_labelled_batches_join_by_their_time_each_row_once(lifecycle_home):
    workflows.score("kobe", "kobe-dev")  # what the project was prepared from is no news
    found = histories.history("kobe", champion(), "season", batches=True)
    assert len(found.rows) == 20_285 + 5_412
    assert (found.window == sorted(found.window)).all()


def test_a_replay_is_kept_read_back_and_told_in_the_history(lifecycle_home):
    with pytest.raises(NothingYet):
        workflows.latest_replayed("kobe")
    made = workflows.replay("kobe", **QUICK)
    assert (len(made.replay.learned), len(made.replay.windows), made.replay.rows) == (2, 3, 10_285)
    assert workflows.latest_replayed("kobe") == workflows.replayed(made.run_id) == made
    record = tracking.get(settings.load(), made.run_id)
    assert record.name == "Simulacao"
    assert record.metrics["never/log_loss"] == made.replay.course("never").log_loss
    assert record.tags["model_version"] == str(champion().version)
    assert "Replayed **3 windows**" in str(workflows.history("kobe")[0].what)
    before = workflows.policy("kobe")
    kept = workflows.take_policy(made.run_id, "reactive")
    assert (kept.number, kept.policy) == (before.number + 1, made.replay.course("reactive").strategy.policy)
    with pytest.raises(CourtsideError, match="is no policy"):
        workflows.take_policy(made.run_id, "each")


def test_a_source_that_is_gone_or_has_changed_is_refused(lifecycle_home, tmp_path):
    mine = tmp_path / "mine.parquet"
    shutil.copy(settings.load().kobe_dir / "dataset_kobe_dev.parquet", mine)
    run = workflows.prepare("kobe", str(mine)).run_id
    path, checked = preparation.source_of(run)
    assert (path, len(checked.rows)) == (mine, 20_285)
    pd.read_parquet(mine).head(1_000).to_parquet(mine)
    with pytest.raises(CourtsideError, match=r"mine\.parquet is gone, or it is no longer what was prepared"):
        preparation.source_of(run)
    mine.unlink()
    with pytest.raises(CourtsideError, match="is gone"):
        preparation.source_of(run)


def test_a_history_of_too_many_rows_is_thinned_and_says_so(lifecycle_home, monkeypatch):
    whole = histories.history("kobe", champion(), "season")
    monkeypatch.setattr(histories, "MOST_ROWS", 5_000)
    thinned = histories.history("kobe", champion(), "season")
    assert (whole.step, thinned.step, len(thinned.rows)) == (1, 5, 4_057)
    assert set(thinned.window) == set(whole.window)
    assert workflows.replay("kobe", **QUICK | {"rows": 1_000}).step == 5
