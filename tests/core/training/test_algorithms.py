"""What can be trained: every classifier that PyCaret brings, calibrated where it must be, by its name."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifier

from core import workflows
from core.data.contract import Contract, Feature
from core.data.split import split
from core.training import algorithms
from core.training.algorithms import ALGORITHMS, CLASS_WEIGHTS, names
from core.training.training import Failure, Search, chosen, train


def test_a_name_says_what_is_searched_and_how_it_is_recalibrated():
    assert names("dt") == ["dt", "dt_tuned", "dt_isotonic", "dt_tuned_isotonic", "dt_sigmoid", "dt_tuned_sigmoid"]
    assert chosen("best", names("dt")) == names("dt")
    titles = [str(workflows.candidate_title(name)) for name in ("dt_tuned", "dt_isotonic", "dt_tuned_sigmoid")]
    assert titles == [
        "tuned decision tree",
        "decision tree, recalibrated (isotonic)",
        "tuned decision tree, recalibrated (sigmoid)",
    ]


def test_every_classifier_that_pycaret_knows_is_offered_but_for_its_dummy(small):
    parts, contract = small
    models = algorithms.experiment(parts, contract, 2, seed=1, jobs=1).models()
    assert set(ALGORITHMS) == {*models.index, "hgb", "blend"} - {"dummy"}


def test_what_gives_no_probabilities_of_its_own_is_calibrated_once_and_its_name_says_so(small):
    assert names("ridge") == ["ridge", "ridge_tuned", "ridge_isotonic", "ridge_tuned_isotonic"]
    titles = [str(workflows.candidate_title(name)) for name in ("ridge", "svm_tuned", "ridge_isotonic")]
    assert titles == [
        "ridge classifier, calibrated (sigmoid)",
        "tuned linear support vector machine, calibrated (sigmoid)",
        "ridge classifier, calibrated (isotonic)",
    ]
    parts, contract = small
    sigmoid, tuned, isotonic = train(
        parts, contract, Search(["ridge", "ridge_tuned", "ridge_tuned_isotonic"], folds=2, iterations=3), jobs=1
    )
    assert {made.pipeline[-1].method for made in (sigmoid, tuned)} == {"sigmoid"}
    assert type(isotonic.pipeline[-1].estimator) is type(sigmoid.pipeline[-1].estimator) is RidgeClassifier
    assert isotonic.pipeline[-1].method == "isotonic"
    assert isotonic.pipeline[-1].estimator.alpha == tuned.parameters["estimator__alpha"]
    assert all(made.cv_metrics["log_loss"] < 0.69 for made in (sigmoid, tuned, isotonic))


def test_no_candidate_weighs_outcomes_and_no_search_draws_such_a_weight(small):
    parts, contract = small
    experiment = algorithms.experiment(parts, contract, 2, seed=1, jobs=1)
    # PyCaret's own grid of a logistic regression has "balanced", as those of forests have.
    assert "class_weight" in experiment._all_models_internal["lr"].tune_grid
    for algorithm in ALGORITHMS:
        drawn = algorithms.grid(experiment, algorithm)
        assert drawn or algorithm == "gpc"
        assert not any(name.endswith(CLASS_WEIGHTS) for name in drawn), algorithm
        settings = algorithms.untrained(experiment, contract, algorithm, seed=1).get_params()
        assert not any(value for name, value in settings.items() if name.endswith(CLASS_WEIGHTS)), algorithm


def test_of_rare_outcomes_what_is_tuned_for_recall_still_gives_probabilities_that_come_true():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2_000, 2))
    target = (rng.random(2_000) < 1 / (1 + np.exp(3 - x[:, 0]))).astype(int)
    rows = pd.DataFrame(x, columns=["a", "b"]).assign(y=target)
    contract = Contract("rare", "Rare", "y", "1", (Feature("a", "number"), Feature("b", "number")))
    parts = split(rows, contract)
    names = ["lr_tuned", "rf_tuned"]
    for made in train(parts, contract, Search(names, folds=2, iterations=4, metric="recall"), jobs=1):
        assert not isinstance(made, Failure), str(made.reason)
        # With "balanced" outcomes the mean is above 0.2, three times the rate.
        assert abs(made.test.mean() - parts.test["y"].mean()) < 0.03


def test_a_library_that_writes_files_while_it_fits_leaves_none_where_the_app_was_started(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts, contract = small
    (made,) = train(parts, contract, Search(["catboost_tuned"], folds=2, iterations=1), jobs=1)
    assert not isinstance(made, Failure), str(made.reason)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
