"""Training as a stage: four candidates as known, one recommended, and what failed told."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from core import workflows
from core.data.encoding import model_input
from core.metrics.thresholds import Rule
from core.store import settings, tracking
from core.text.errors import CourtsideError
from core.training import search
from core.training.recommendation import Choice
from core.workflows.preparation import split_of


def test_a_choice_and_its_words_are_kept_with_the_training_and_an_unknown_candidate_is_refused(lifecycle_home):
    trained = workflows.latest_trained("kobe")
    assert trained.choice is None
    choice = Choice("dt", 0.41, Rule("f1"), "easy to explain", "ana")
    assert workflows.choose(trained.run_id, choice).choice == choice
    assert workflows.latest_trained("kobe").choice == choice
    with pytest.raises(CourtsideError, match="no candidate rf"):
        workflows.choose(trained.run_id, Choice("rf"))
    assert workflows.latest_trained("kobe").choice == choice


def filled(rows):
    return rows.fillna(0).to_numpy()


def test_a_candidate_that_cannot_be_carried_is_listed_with_the_reason_and_is_no_candidate(store, monkeypatch):
    from core.training import algorithms

    workflows.prepare("kobe", "sample-dev")
    usual = algorithms.untrained

    def odd(experiment, contract, algorithm, seed):
        pipeline = usual(experiment, contract, algorithm, seed)
        if algorithm == "nb":
            pipeline.steps[0] = ("features", Pipeline([("own", FunctionTransformer(filled))]))
        return pipeline

    monkeypatch.setattr(algorithms, "untrained", odd)
    trained = workflows.train("kobe", candidates=["lr", "nb"], folds=2)
    assert [item.name for item in trained.candidates] == ["lr"]
    assert [item.name for item in trained.failures] == ["nb"]
    assert "can't be carried away" in str(trained.failures[0].reason)


def test_a_run_keeps_what_failed_and_one_without_any_candidate_is_refused(store, monkeypatch):
    workflows.prepare("kobe", "sample-dev")
    monkeypatch.setattr(search, "drawn", lambda *_: [{"no_such_setting": 1}] * 2)
    trained = workflows.train("kobe", candidates=["nb", "nb_tuned"], metric="f1", folds=2)
    assert [item.name for item in trained.candidates] == ["nb"]
    assert [item.name for item in trained.failures] == ["nb_tuned"]
    with pytest.raises(CourtsideError, match="No candidate could be trained"):
        workflows.train("kobe", candidates=["lr_tuned"], metric="f1", folds=2)
    assert workflows.latest_trained("kobe").run_id == trained.run_id
    with pytest.raises(CourtsideError, match="There is no search metric accuracy"):
        workflows.train("kobe", metric="accuracy")


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


def test_the_simplest_candidate_that_loses_no_more_than_luck_is_recommended_and_the_reason_says_so(lifecycle_home):
    trained = workflows.latest_trained("kobe")
    lowest = min(trained.candidates, key=lambda item: item.cv_log_loss_mean)
    assert (lowest.name, trained.recommended) == ("dt_tuned", "lr")
    taken, bounds = trained.candidate(), trained.recommendation.differences["dt_tuned"]
    assert bounds.low < 0 < bounds.high
    assert bounds.value == pytest.approx(lowest.cv_log_loss_mean - taken.cv_log_loss_mean, abs=1e-4)
    assert trained.recommendation.differences["dt"].low > 0
    assert f"Log loss {taken.cv_log_loss_mean:.4f}" in str(trained.reason)
    assert f"{taken.test_log_loss:.4f}" in str(trained.reason)
    assert f"The tuned decision tree has a log loss lower by {-bounds.value:.4f}" in str(trained.reason)
    assert trained.recommendation.warning is None


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
