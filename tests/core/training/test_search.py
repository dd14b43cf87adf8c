"""A search against scikit-learn's own, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from core.metrics.registry import METRICS, listed
from core.training import search

GRID = {"max_depth": [1, 2, 3, 5, 8], "min_samples_leaf": [1, 5, 20], "criterion": ["gini", "entropy"]}
FOLDS = StratifiedKFold(4, shuffle=True, random_state=3)


def f1_at_half(model, rows, target) -> float:
    """A probability of exactly 0.5 is a yes here as everywhere in the app; scikit-learn's own would call it a no."""
    return f1_score(target, model.predict_proba(rows)[:, 1] >= 0.5)


SKLEARN = {"log_loss": "neg_log_loss", "roc_auc": "roc_auc", "f1": f1_at_half}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=["a", "b", "c"])
    return frame, (rng.random(600) < 1 / (1 + np.exp(-frame["a"] - frame["b"] ** 2 + 1))).astype(int).to_numpy()


def found(rows, pipeline, settings, metric="log_loss", **more) -> list[search.Trial]:
    frame, target = rows
    with search.laid_out(frame, target, FOLDS.split(frame, target), jobs=1) as laid:
        return list(search.trials(laid, pipeline, settings, METRICS[metric], **more))


def tree() -> Pipeline:
    return Pipeline([("scale", StandardScaler()), ("model", DecisionTreeClassifier(random_state=1))])


@pytest.mark.parametrize("metric", [metric.key for metric in listed("search")])
def test_the_settings_and_their_scores_are_those_of_scikit_learns_random_search(rows, metric):
    ours = found(rows, tree(), search.drawn(GRID, 12, seed=7), metric)
    grid = {f"model__{name}": values for name, values in GRID.items()}
    theirs = RandomizedSearchCV(
        tree(), grid, n_iter=12, scoring=SKLEARN[metric], cv=FOLDS, random_state=7, refit=False
    ).fit(*rows)
    expected = [{name.removeprefix("model__"): value for name, value in one.items()}
                for one in theirs.cv_results_["params"]]  # fmt: skip
    assert [trial.parameters for trial in ours] == expected
    assert [trial.score for trial in ours] == pytest.approx(theirs.cv_results_["mean_test_score"])


def test_out_of_fold_probabilities_are_those_of_scikit_learn_with_the_scaler_inside_each_fold(rows):
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(C=0.01))])
    (trial,) = found(rows, pipeline, [{}])
    expected = cross_val_predict(pipeline, *rows, cv=FOLDS, method="predict_proba")[:, 1]
    np.testing.assert_allclose(trial.out_of_fold, expected, atol=1e-12)


def test_a_setting_that_cannot_be_fitted_is_told_and_the_search_goes_on(rows):
    bad, good = found(rows, tree(), [{"max_depth": -1}, {"max_depth": 2}])
    assert "max_depth" in str(bad.error)
    assert bad.score == -np.inf
    assert good.error is None
    assert good.score > -1


def test_a_process_holds_only_as_many_encoded_folds_as_it_may(rows, monkeypatch):
    usual = found(rows, tree(), [{"max_depth": 2}, {"max_depth": 3}])
    monkeypatch.setattr(search, "HELD", 0)
    again = found(rows, tree(), [{"max_depth": 2}, {"max_depth": 3}])
    assert [trial.score for trial in usual] == [trial.score for trial in again]


def test_no_setting_begins_once_it_is_enough_and_every_fit_is_told(rows):
    fits = []
    made = found(
        rows, tree(), search.drawn(GRID, 20, seed=1), after_fit=lambda: fits.append(1), enough=lambda: len(fits) >= 8
    )
    assert 2 <= len(made) < 8
    assert len(fits) == 4 * len(made)


def test_processes_that_hold_hundreds_of_megabytes_of_folds_stay_and_so_do_their_folds():
    before = search.warm()
    rng = np.random.default_rng(2)
    many = pd.DataFrame(rng.normal(size=(1_500_000, 6)).round(1))
    target = (rng.random(len(many)) < 0.4).astype(int)
    pipeline = Pipeline([("scale", StandardScaler()), ("model", GaussianNB())])
    with search.laid_out(many, target, FOLDS.split(many, target), jobs=-1) as laid:
        made = list(search.trials(laid, pipeline, [{}] * 5))
    assert len({trial.score for trial in made}) == 1
    assert search.warm() == before


def test_the_processes_that_fit_stay():
    first = search.warm()
    assert len(first) >= 1
    assert search.warm() == first
