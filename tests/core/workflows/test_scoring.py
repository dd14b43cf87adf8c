"""Scoring as a stage: any batch, every row once, nothing half-written."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss, roc_auc_score

from core import workflows
from core.scoring import scoring
from core.store import projects, settings, tracking
from core.text.errors import CourtsideError
from core.workflows import partitions, streaming
from tests.loans import loans
from tests.records import runs
from tests.shots import production, write


def scoring_runs(finished: bool = False) -> int:
    return len(tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100, finished=finished))


def visible(home: Path) -> list[Path]:
    folder = home / "data" / "scored"
    return [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.exists() else []


@hypothesis_settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 6425), max_size=3, unique=True), st.sampled_from(["files", "folder", "csv", "file"]))
def test_rows_order_ids_and_probabilities_survive_whatever_a_batch_comes_as(lifecycle_home, tmp_path, cuts, kind):
    batch = production()
    place = tmp_path / f"{kind}-{'-'.join(map(str, sorted(cuts)))}"
    place.mkdir(exist_ok=True)
    parts = [part for part in np.split(batch, sorted(cuts)) if len(part)] if kind != "file" else [batch]
    data = []
    for number, part in enumerate(parts):
        path = place / f"{number}.{'csv' if kind == 'csv' else 'parquet'}"
        part.to_csv(path, index=False) if kind == "csv" else part.to_parquet(path, index=False)
        data.append(str(path))
    scored = workflows.score("kobe", str(place) if kind == "folder" else data)
    rows = workflows.scored_rows(scored.run_id)
    assert rows["shot_id"].tolist() == batch["shot_id"].tolist()
    whole = workflows.scored_rows(tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=100)[-1].run_id)
    np.testing.assert_array_equal(rows["probability"], whole["probability"])
    assert (scored.rows, scored.rows_labelled) == (6426, 5412)


def test_the_same_batch_and_version_find_the_earlier_run_and_another_does_not(lifecycle_home, tmp_path):
    first = workflows.latest_scored("kobe")
    assert workflows.earlier("kobe", "kobe-prod").run_id == first.run_id
    assert workflows.earlier("kobe", write(production().head(5), tmp_path / "few.parquet")) is None
    workflows.register("kobe", "dt", reason="a test of something else")
    workflows.promote("kobe", 2)
    assert workflows.earlier("kobe", "kobe-prod") is None
    assert workflows.earlier("kobe", "kobe-prod", version=1).run_id == first.run_id


def test_a_version_that_was_shown_scores_though_another_became_champion(lifecycle_home):
    workflows.register("kobe", "dt", reason="a test of something else")
    workflows.promote("kobe", 2)
    shown = workflows.score("kobe", "kobe-prod", version=1)
    assert shown.version == 1
    assert set(workflows.scored_rows(shown.run_id)["model_version"]) == {1}
    assert workflows.score("kobe", "kobe-prod").version == 2


def test_progress_counts_rows_and_ends_with_all_of_them(lifecycle_home):
    told = []
    workflows.score("kobe", "kobe-prod", progress=lambda done, total, what: told.append((done, total, str(what))))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert any("6,426 of 6,426 rows" in what for _, _, what in told)


def test_a_batch_that_does_not_fit_leaves_no_run_and_no_file(lifecycle_home, tmp_path):
    before = scoring_runs()
    with pytest.raises(CourtsideError, match="shot_distance"):
        workflows.score("kobe", write(production().rename(columns={"shot_distance": "far"}), tmp_path / "bad.parquet"))
    assert scoring_runs() == before
    assert list((lifecycle_home / "data" / "scored").iterdir()) == []


def test_a_full_disk_is_said_and_loses_nothing(lifecycle_home, tmp_path, monkeypatch):
    data, before = write(production(), tmp_path / "batch.parquet"), scoring_runs()
    old, scored = resource.getrlimit(resource.RLIMIT_FSIZE), partitions.score_path

    def without_room(*arguments, **options):
        # No file may grow beyond 100 kB, which is how a disk without room looks to a program.
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, old[1]))
        try:
            yield from scored(*arguments, **options)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)

    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        monkeypatch.setattr(partitions, "score_path", without_room)
        with pytest.raises(CourtsideError, match="The disk is full"):
            workflows.score("kobe", data)
    finally:
        signal.signal(signal.SIGXFSZ, ignored)
    assert scoring_runs() == before
    assert list((lifecycle_home / "data" / "scored").iterdir()) == []
    monkeypatch.setattr(partitions, "score_path", scored)
    assert workflows.score("kobe", data).rows == 6426


def _score(home: str, data: str, slow: bool) -> None:
    os.environ["COURTSIDE_HOME"] = home
    if slow:
        streaming.CHUNK_BYTES = 2**14  # many small chunks: there is time to be killed in
    workflows.score("kobe", data)


def test_a_scoring_that_is_killed_shows_nothing_and_its_leftovers_go(lifecycle_home, tmp_path):
    rows = pd.concat([production()] * 40, ignore_index=True)
    data, before = write(rows, tmp_path / "long.parquet"), scoring_runs()
    child = multiprocessing.get_context("spawn").Process(target=_score, args=(str(lifecycle_home), data, True))
    child.start()
    folder = lifecycle_home / "data" / "scored"
    while not list(folder.glob(".*/.*")):
        assert child.is_alive()
        time.sleep(0.01)
    child.kill()
    child.join()
    assert visible(lifecycle_home) == []
    assert scoring_runs(finished=True) == before
    assert workflows.latest_scored("kobe").batch == "dataset_kobe_prod.parquet"
    assert len(list(folder.iterdir())) == 1
    workflows.close_interrupted()
    assert list(folder.iterdir()) == []


def test_two_batches_at_once_are_both_whole(lifecycle_home, tmp_path):
    context = multiprocessing.get_context("spawn")
    batches = [
        write(production().head(count), tmp_path / f"{count}.parquet") for count in (1000, 2000)
    ]  # fmt: skip
    children = [context.Process(target=_score, args=(str(lifecycle_home), data, True)) for data in batches]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    found = tracking.runs(settings.load(), "kobe", "PipelineAplicacao", limit=2)
    rows = {record.tags["batch"]: workflows.scored_rows(record.run_id) for record in found}
    for count in (1000, 2000):
        assert rows[f"{count}.parquet"]["shot_id"].tolist() == production()["shot_id"].head(count).tolist()


def test_a_large_batch_is_looked_at_by_a_sample_spread_over_it(lifecycle_home):
    run = workflows.latest_scored("kobe").run_id
    rows, some = workflows.scored_rows(run), workflows.scored_rows(run, 1000)
    # Each row is known by its place in the batch.
    pd.testing.assert_frame_equal(some, rows.iloc[::7])
    assert list(some.index) == list(range(0, 6426, 7))
    np.testing.assert_array_equal(workflows.batch_labels(run, 1000), workflows.batch_labels(run)[::7])


def test_a_large_batch_is_measured_by_a_sample_and_all_its_labels_are_counted(lifecycle_home, monkeypatch):
    batch = workflows.latest_scored("kobe")
    contract, version = workflows.project_contract("kobe"), workflows.champion("kobe")
    monkeypatch.setattr(workflows.scoring, "MOST_READ", 1000)
    measured = workflows.scoring.figures(batch.output, contract, version, rows=batch.rows, batch=batch.fingerprint)
    rows = workflows.scored_rows(batch.run_id).dropna(subset=["shot_made_flag"]).iloc[::7]
    assert measured["rows_labelled"] == batch.rows_labelled
    assert measured["log_loss"] == pytest.approx(log_loss(rows["shot_made_flag"], rows["probability"]))
    assert measured["log_loss"] != batch.metrics["log_loss"]


def test_a_threshold_travels_with_the_version_and_is_applied_in_scoring(lifecycle_home):
    workflows.register("kobe", "dt_tuned", threshold=0.31)
    workflows.promote("kobe", 2)
    rows = workflows.scored_rows(workflows.score("kobe", "kobe-prod").run_id)
    assert (rows["threshold"] == 0.31).all()
    assert (rows["prediction"] == (rows["probability"] >= 0.31)).all()
    assert rows["prediction"].any()


def test_the_production_file_is_scored_row_for_row_with_the_known_figures(lifecycle_home):
    scored, batch = workflows.latest_scored("kobe"), production()
    rows = pd.read_parquet(scored.output)
    pd.testing.assert_frame_equal(rows[batch.columns], batch)
    assert (scored.rows, scored.rows_scored, scored.rows_rejected, scored.rows_labelled) == (6426, 6426, 0, 5412)
    known = rows.dropna(subset=["shot_made_flag"])
    loss = log_loss(known["shot_made_flag"], known["probability"])
    rate = known["shot_made_flag"].mean()
    constant = log_loss(known["shot_made_flag"], np.full(len(known), rate))
    assert scored.metrics["log_loss"] == pytest.approx(loss)
    assert scored.metrics["log_loss"] <= 0.635
    assert scored.metrics["skill"] == pytest.approx(1 - loss / constant)
    assert scored.metrics["roc_auc"] == pytest.approx(roc_auc_score(known["shot_made_flag"], known["probability"]))
    assert scored.metrics["f1"] == 0.0


def test_rejected_rows_keep_their_place_and_null_features_are_filled(lifecycle_home, tmp_path):
    batch = production().head(6)
    batch["period"] = batch["period"].astype(float)
    batch.loc[1, "period"] = 99
    batch.loc[4, "shot_distance"] = np.nan
    scored = workflows.score("kobe", write(batch, tmp_path / "batch.parquet"))
    rows = workflows.scored_rows(scored.run_id)
    assert rows["status"].tolist() == ["scored", "rejected", "scored", "scored", "scored with imputation", "scored"]
    assert rows["probability"].isna().tolist() == [False, True, False, False, False, False]
    assert "Period" in rows["reason"][1] or "period" in rows["reason"][1]
    assert rows["shot_id"].tolist() == batch["shot_id"].tolist()
    assert (scored.rows_scored, scored.rows_rejected, scored.rows_imputed) == (5, 1, 1)


def test_a_file_that_was_scored_before_can_be_scored_again(lifecycle_home):
    first = workflows.latest_scored("kobe")
    rows = workflows.scored_rows(workflows.score("kobe", str(first.output)).run_id)
    assert set(scoring.ADDED) < set(rows.columns)
    np.testing.assert_array_equal(rows["probability"], rows["input_probability"])
    rows.to_parquet(first.output, index=False)
    assert "input_input_probability" in workflows.scored_rows(workflows.score("kobe", str(first.output)).run_id)


def test_a_batch_without_labels_is_scored_without_figures(lifecycle_home, tmp_path):
    scored = workflows.score("kobe", write(production().drop(columns="shot_made_flag"), tmp_path / "batch.parquet"))
    assert (scored.rows_labelled, scored.metrics) == (0, {})
    assert workflows.monitor("kobe").assessment.performance is None


def test_a_batch_that_does_not_fit_changes_nothing(lifecycle_home, tmp_path):
    before = runs()
    with pytest.raises(CourtsideError, match="shot_distance is missing"):
        workflows.score("kobe", write(production().drop(columns="shot_distance"), tmp_path / "batch.parquet"))
    assert runs() == before


def test_categories_that_training_did_not_have_are_scored_and_counted(loan_project, tmp_path):
    workflows.prepare("loans", loan_project)
    workflows.train("loans", folds=3, iterations=2)
    workflows.register("loans", "lr", reason="few rows")
    workflows.promote("loans")
    batch = loans(300, 2)
    batch.loc[:9, "finalité"] = "barco"
    batch.to_parquet(tmp_path / "batch.parquet")
    scored = workflows.score("loans", str(tmp_path / "batch.parquet"))
    assert (scored.rows_scored, scored.rows_unseen) == (300, 10)
    assert scored.metrics["skill"] > 0
    assert workflows.monitor("loans").assessment.headline
    assert workflows.usual_case("loans").keys() == set(workflows.project_contract("loans").feature_names)
    assert projects.names(settings.load()) == workflows.projects()


def test_a_file_whose_name_is_no_text_is_scored_and_assessed_like_any_other(old_home, tmp_path):
    named = os.path.join(os.fsencode(tmp_path), b"mar\xe7o.csv")
    Path(os.fsdecode(named)).write_text(loans(200, 5).to_csv(index=False))
    scored = workflows.score("loans", os.fsdecode(named))
    assert (scored.batch, scored.rows) == (r"mar\udce7o.csv", 200)
    assert workflows.monitor("loans").batch == scored.batch
    assert str(workflows.history("loans")[0].what) == r"Assessed **mar\udce7o.csv**"
