"""Challenger against champion, on rows that neither has learned from."""

from __future__ import annotations

import pytest

from core import workflows
from core.store import settings, sources, tables, tracking
from core.text.errors import CourtsideError


def test_a_version_of_the_same_split_leaves_out_no_test_row_and_of_another_split_those_it_has_seen(two):
    same = workflows.compare("kobe", 2)
    assert (same.champion, same.challenger, same.batch) == (1, 2, "dataset_kobe_prod.parquet")
    assert (same.comparison.test.rows, same.comparison.test.left_out) == (4057, 0)
    assert same.comparison.production.rows + same.comparison.production.left_out == 5412
    workflows.prepare("kobe", "kobe-dev", seed=3)
    workflows.train("kobe", candidates=("lr",), folds=3, iterations=2)
    workflows.register("kobe", "lr")
    other = workflows.compare("kobe", 3).comparison.test
    # About four in five of the champion's test rows are training rows of a split with another seed.
    assert 0.5 < other.left_out / 4057 < 0.9
    assert other.rows + other.left_out == 4057


def test_a_comparison_is_made_once_until_new_outcomes_come(two, tmp_path):
    rows = tables.read_table(sources.kobe(settings.load(), "prod")).dropna(subset=["shot_made_flag"]).head(1_000)
    rows.assign(shot_made_flag=None).to_parquet(tmp_path / "batch.parquet", index=False)
    batch = workflows.score("kobe", str(tmp_path / "batch.parquet")).run_id
    first = workflows.compare("kobe", 2)
    for count in (400, 700):
        rows[["shot_id", "shot_made_flag"]].head(count).to_parquet(tmp_path / "labels.parquet", index=False)
        workflows.add_labels("kobe", str(tmp_path / "labels.parquet"), scoring_run=batch)
        found = workflows.compare("kobe", 2)
        assert found.scoring_run == batch
        assert found.comparison.production.rows + found.comparison.production.left_out == count
    assert first.scoring_run != batch
    tracking.Run(batch, settings.load()).tags({"note": "the store has changed, and nothing that is compared"})
    assert workflows.compare("kobe", 2) is found


def test_a_retrained_challenger_is_compared_on_the_half_of_the_batch_that_was_held_out(retrained):
    run = tracking.runs(settings.load(), "kobe", "Retreinamento")[0].run_id
    found = workflows.compare("kobe", 2).comparison
    assert found.test.rows == workflows.retrained(run).comparison.test.rows == 4057
    # Rows that look like a training row stay: nothing but their outcome told them apart from others that look the same.
    assert (found.production.rows, found.production.left_out) == (2706, 0)
    assert found.test.difference.high < 0
    assert "less per row" in str(found.guard.sentences[0])
    assert found.production.difference.low < 0 < found.production.difference.high < found.production.margin
    assert found.guard.ok


def test_a_version_that_needs_other_columns_is_no_comparison_but_a_sentence(lifecycle_home):
    workflows.prepare("kobe", "kobe-dev", features=("lat", "shot_distance"))
    workflows.train("kobe", candidates=("lr",), folds=3, iterations=2)
    with pytest.raises(CourtsideError, match="It was trained under contract"):
        workflows.register("kobe", "lr")
    workflows.register("kobe", "lr", reason="fewer columns to ask for")
    assert workflows.compare("kobe", 2).comparison.test.rows == 4057
    workflows.promote("kobe", 2, reason="fewer columns to ask for")
    refused = workflows.compare("kobe", 1)
    assert "these lack" in str(refused.refusal)
    assert not refused.comparison.known
    workflows.promote("kobe", 1)
    assert workflows.changes("kobe")[0].guard == ""
