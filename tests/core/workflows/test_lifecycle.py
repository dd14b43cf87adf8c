"""The lifecycle on the real files: what each stage computes, writes and refuses."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from core import workflows
from core.data import checking
from core.data.encoding import model_input
from core.scoring import scoring
from core.store import projects, registry, settings, sources, tables, tracking
from core.text.errors import CourtsideError, NothingYet
from core.workflows import registration
from core.workflows.preparation import split_of
from core.workflows.runs import Artifact

HOUSE = settings.HOUSE


def runs() -> list[tuple[str, str]]:
    return [(run.name, run.status) for run in tracking.runs(settings.load(), "kobe", limit=100, finished=False)]


def production() -> pd.DataFrame:
    return tables.read_table(sources.kobe(settings.load(), "prod"))


def write(frame: pd.DataFrame, folder) -> str:
    path = folder / "batch.parquet"
    frame.to_parquet(path, index=False)
    return str(path)


# Prepare


def test_preparing_the_real_file_gives_the_known_rows_and_records_them(lifecycle_home):
    prepared = workflows.latest_prepared("kobe")
    assert (prepared.rows_raw, prepared.rows_kept, prepared.rows_dropped, prepared.rows_rejected) == (
        24271,
        20285,
        3986,
        0,
    )
    assert (prepared.rows_train, prepared.rows_test) == (16228, 4057)
    place = settings.load()
    filtered = tracking.read_table(place, prepared.run_id, "data_filtered.parquet")
    assert filtered.shape == (20285, 7)
    assert len(tracking.read_table(place, prepared.run_id, "train_set.parquet")) == 16228
    assert len(tracking.read_table(place, prepared.run_id, "test_set.parquet")) == 4057
    assert prepared.target_rate_train == pytest.approx(filtered["shot_made_flag"].mean(), abs=1e-4)
    inputs = tracking.client(place).get_run(prepared.run_id).inputs.dataset_inputs
    assert {item.dataset.name for item in inputs} == {"kobe-train", "kobe-test"}
    assert all(item.dataset.digest == prepared.fingerprint for item in inputs)


def test_preparing_twice_gives_the_same_bytes_and_another_seed_gives_others(store):
    first, again = workflows.prepare("kobe", "kobe-dev"), workflows.prepare("kobe", "kobe-dev")
    other = workflows.prepare("kobe", "kobe-dev", seed=11)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    place = settings.load()
    for name in ("train_set.parquet", "test_set.parquet"):
        content = [tracking.artifact(place, run.run_id, name).read_bytes() for run in (first, again, other)]
        assert content[0] == content[1] != content[2]


def test_chosen_features_alone_are_kept(store):
    prepared = workflows.prepare("kobe", "kobe-dev", features=("lat", "shot_distance"))
    split, contract = split_of(prepared.run_id)
    assert list(split.train.columns) == ["lat", "shot_distance", "shot_made_flag"]
    assert contract.feature_names == ["lat", "shot_distance"]
    with pytest.raises(CourtsideError, match="no feature height"):
        workflows.prepare("kobe", "kobe-dev", features=("height",))


def test_a_table_that_does_not_fit_leaves_no_run(store, tmp_path):
    for spoilt in (
        production().rename(columns={"lat": "latitude"}),
        production().assign(shot_made_flag=np.nan),
        production().assign(shot_made_flag=1.0),
        production().head(0),
        production().assign(period="first"),
    ):
        with pytest.raises(CourtsideError):
            workflows.prepare("kobe", write(spoilt, tmp_path))
    assert runs() == []


# Train


def test_four_candidates_are_trained_and_measured_as_known(lifecycle_home):
    trained = workflows.latest_trained("kobe")
    found = {item.name: item for item in trained.candidates}
    assert set(found) == {"lr", "lr_tuned", "dt", "dt_tuned"}
    assert found["lr"].test_log_loss <= 0.6765
    assert found["lr_tuned"].test_log_loss <= 0.6765
    assert found["dt_tuned"].test_log_loss <= 0.70
    assert 13 < found["dt"].test_log_loss < 15
    for item in trained.candidates:
        rows = workflows.candidate_rows(item.run_id)
        assert item.test_log_loss == pytest.approx(log_loss(rows["shot_made_flag"], rows["probability"]))
        assert item.test_f1 == pytest.approx(f1_score(rows["shot_made_flag"], rows["probability"] >= 0.5))
        assert item.test_roc_auc == pytest.approx(roc_auc_score(rows["shot_made_flag"], rows["probability"]))
        assert {
            f"cv_{name}_mean" for name in ("log_loss", "f1", "roc_auc", "accuracy", "precision", "recall", "brier")
        } <= {*item.metrics}


def test_the_recommendation_has_the_lowest_cross_validated_log_loss_and_says_so(lifecycle_home):
    trained = workflows.latest_trained("kobe")
    best = min(trained.candidates, key=lambda item: item.cv_log_loss_mean)
    assert trained.recommended == best.name
    assert f"Log loss {best.cv_log_loss_mean:.4f}" in str(trained.reason)
    assert f"{best.test_log_loss:.4f}" in str(trained.reason)


def test_every_training_row_fits_the_model_and_out_of_fold_rows_were_unseen(lifecycle_home):
    place, trained = settings.load(), workflows.latest_trained("kobe")
    run_id = trained.candidate("lr").run_id
    split, contract = split_of(trained.preparation_run)
    rows, target = model_input(split.train, contract), split.train["shot_made_flag"].to_numpy()
    stored = tracking.load_model(place, run_id)
    again = tracking.load_model(place, run_id).fit(rows, target)
    np.testing.assert_allclose(stored.predict_proba(rows), again.predict_proba(rows), atol=1e-5)
    folds = StratifiedKFold(10, shuffle=True, random_state=10)
    expected = cross_val_predict(again, rows, target, cv=folds, method="predict_proba")[:, 1]
    out_of_fold = tracking.read_table(place, run_id, "out_of_fold.parquet")["probability"]
    np.testing.assert_allclose(out_of_fold, expected, atol=1e-5)


# Register, promote, roll back


def test_a_version_carries_its_parents_and_no_pickle(lifecycle_home):
    version = workflows.champion("kobe")
    assert (version.version, version.alias, version.candidate, version.threshold) == (1, "champion", "lr", 0.5)
    assert version.tags["preparation_run"] == workflows.latest_prepared("kobe").run_id
    assert version.tags["training_run"] == workflows.latest_trained("kobe").run_id
    assert float(version.tags["portability_difference"]) <= registration.TOLERANCE
    files = [path.name for path in (lifecycle_home / "models").rglob("*") if path.is_file()]
    assert "model.skops" in files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]


def test_a_version_loads_where_pycaret_cannot_be_imported_and_predicts_the_same(lifecycle_home):
    code = """
import sys
sys.modules["pycaret"] = None
import mlflow, os, pandas as pd, numpy as np
mlflow.set_tracking_uri("sqlite:///" + os.environ["COURTSIDE_HOME"] + "/models/mlflow.db")
check = pd.read_parquet(sys.argv[1])
expected = check.pop("probability").to_numpy()
print(np.abs(mlflow.sklearn.load_model("models:/kobe@champion").predict_proba(check)[:, 1] - expected).max())
print(np.abs(mlflow.pyfunc.load_model("models:/kobe@champion").predict(check)[:, 1] - expected).max())
"""
    check = tracking.artifact(settings.load(), workflows.champion("kobe").run_id, Artifact.PYCARET_CHECK)
    done = subprocess.run(
        [sys.executable, "-c", code, str(check)], capture_output=True, text=True, cwd=HOUSE, check=True
    )
    assert [float(line) <= 1e-9 for line in done.stdout.split()] == [True, True]


def test_a_model_that_differs_from_pycaret_is_refused(lifecycle_home):
    candidate = workflows.latest_trained("kobe").candidate("dt_tuned")
    path = tracking.artifact(settings.load(), candidate.run_id, Artifact.PYCARET_CHECK)
    check = pd.read_parquet(path)
    check.assign(probability=check["probability"] + 1e-6).to_parquet(path)
    with pytest.raises(CourtsideError, match="differs from the PyCaret pipeline by"):
        workflows.register("kobe", "dt_tuned")
    assert len(workflows.versions("kobe")) == 1


def test_promoting_makes_a_champion_and_rolling_back_returns_to_the_one_before(lifecycle_home):
    second = workflows.register("kobe", "dt_tuned", threshold=0.4)
    assert (second.version, second.alias, second.threshold) == (2, "challenger", 0.4)
    assert workflows.champion("kobe").version == 1
    assert workflows.promote("kobe").version == 2
    assert workflows.champion("kobe").version == 2
    assert workflows.can_roll_back("kobe")
    assert workflows.rollback("kobe").version == 1
    assert workflows.champion("kobe").version == 1
    with pytest.raises(CourtsideError, match="came before version 1"):
        workflows.rollback("kobe")
    with pytest.raises(CourtsideError, match="has no version 9"):
        workflows.promote("kobe", 9)


# Score


def test_the_production_file_is_scored_row_for_row_with_the_known_figures(lifecycle_home):
    scored, batch = workflows.latest_scored("kobe"), production()
    rows = pd.read_parquet(scored.output)
    pd.testing.assert_frame_equal(rows[batch.columns], batch)
    assert (scored.rows, scored.rows_scored, scored.rows_rejected, scored.rows_labelled) == (6426, 6426, 0, 5412)
    known = rows.dropna(subset=["shot_made_flag"])
    loss = log_loss(known["shot_made_flag"], known["probability"])
    rate = known["shot_made_flag"].mean()
    constant = log_loss(known["shot_made_flag"], np.full(len(known), rate))
    assert scored.log_loss == pytest.approx(loss)
    assert scored.log_loss <= 0.635
    assert scored.skill == pytest.approx(1 - loss / constant)
    assert scored.roc_auc == pytest.approx(roc_auc_score(known["shot_made_flag"], known["probability"]))
    assert scored.f1 == 0.0


def test_rejected_rows_keep_their_place_and_null_features_are_filled(lifecycle_home, tmp_path):
    batch = production().head(6)
    batch["period"] = batch["period"].astype(float)
    batch.loc[1, "period"] = 99
    batch.loc[4, "shot_distance"] = np.nan
    scored = workflows.score("kobe", write(batch, tmp_path))
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
    scored = workflows.score("kobe", write(production().drop(columns="shot_made_flag"), tmp_path))
    assert (scored.rows_labelled, scored.log_loss, scored.skill) == (0, None, None)
    assert workflows.monitor("kobe").assessment.performance is None


def test_a_batch_that_does_not_fit_changes_nothing(lifecycle_home, tmp_path):
    before = runs()
    with pytest.raises(CourtsideError, match="shot_distance is missing"):
        workflows.score("kobe", write(production().drop(columns="shot_distance"), tmp_path))
    assert runs() == before


# Monitor


def test_the_verdict_on_the_real_batch_names_distance_and_latitude_first(lifecycle_home):
    assessment = workflows.latest_monitored("kobe").assessment
    assert assessment.level == "retrain"
    assert "does not fit this batch" in str(assessment.headline)
    assert [item.feature for item in assessment.drift][:2] == ["shot_distance", "lat"]
    assert "Shot distance" in str(assessment.reasons[0])
    assert str(assessment.reasons[0]).index("Shot distance") < str(assessment.reasons[0]).index("Latitude")
    assert assessment.outside_share > 0.9


def test_windows_hold_every_row_once(lifecycle_home):
    scored = workflows.latest_scored("kobe")
    windows = workflows.windows(scored.run_id)
    assert sum(window.rows for window in windows) == scored.rows
    assert sum(window.labelled for window in windows) == scored.rows_labelled


# Runs and the empty workspace


def test_a_workflow_that_fails_leaves_a_failed_run_that_is_not_listed(store):
    place = settings.load()
    with pytest.raises(RuntimeError), tracking.run(place, "kobe", "PreparacaoDados"):
        raise RuntimeError("the disk is full")
    assert runs() == [("PreparacaoDados", "FAILED")]
    assert tracking.runs(place, "kobe") == []
    with pytest.raises(NothingYet):
        workflows.latest_prepared("kobe")


def test_runs_of_a_dead_process_are_closed_with_the_reason_and_others_left_alone(store):
    place = settings.load()
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    with tracking.run(place, "kobe", "Treinamento") as mine:
        dead = tracking.client(place).create_run(
            tracking.client(place).get_experiment_by_name("kobe").experiment_id,
            tags={tracking.OWNER: f"{os.uname().nodename}:{child.stdout.strip()}"},
        )
        assert workflows.close_interrupted() == [dead.info.run_id]
        assert tracking.get(place, mine.run_id).status == "RUNNING"
    closed = tracking.get(place, dead.info.run_id)
    assert closed.status == "KILLED"
    assert "gone" in closed.tags[tracking.REASON]


def test_an_empty_workspace_has_a_status_and_stays_empty(workspace):
    status = workflows.status("kobe")
    assert [stage.state for stage in status.stages] == ["nothing"] * 5
    assert not list(workspace.iterdir())


def test_another_store_is_honoured(workspace, tmp_path, monkeypatch, migrated_store):
    import shutil

    shutil.copy(migrated_store, tmp_path / "other.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    workflows.prepare("kobe", "sample-dev")
    assert workflows.latest_prepared("kobe").rows_kept > 10_000
    assert not (workspace / "models" / "mlflow.db").exists()


def test_a_stage_is_stale_once_an_earlier_one_has_moved_on(lifecycle_home):
    assert {stage.key: stage.state for stage in workflows.status("kobe").stages}["training"] == "done"
    workflows.prepare("kobe", "kobe-dev", seed=3)
    assert {stage.key: stage.state for stage in workflows.status("kobe").stages}["training"] == "stale"


def test_the_full_contract_trains_with_categories(store):
    from core.data import split as splitting
    from core.training import training as pure

    contract = projects.find(settings.load(), "kobe-full")
    raw = tables.read_table(sources.kobe(settings.load(), "dev")).head(2500)
    split = splitting.split(checking.check(raw, contract, labelled=True).rows, contract)
    candidate = next(pure.train(split, contract, folds=3, iterations=2, jobs=1))
    assert candidate.test_metrics["roc_auc"] > 0.6
    unseen = split.test.head(3).assign(opponent="XXX", action_type=None)
    assert np.isfinite(candidate.pipeline.predict_proba(model_input(unseen, contract))).all()


def test_the_champion_alias_is_mlflows_own(lifecycle_home):
    place = settings.load()
    assert int(tracking.client(place).get_model_version_by_alias("kobe", registry.CHAMPION).version) == 1
