"""What can be trained: every classifier that PyCaret brings, calibrated where it must be, by its name."""

from __future__ import annotations

from sklearn.linear_model import RidgeClassifier

from core import workflows
from core.training import algorithms
from core.training.algorithms import ALGORITHMS, names
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
    split, contract = small
    models = algorithms.experiment(split, contract, 2, seed=1, jobs=1).models()
    assert set(ALGORITHMS) == {*models.index, "hgb", "blend"} - {"dummy"}


def test_what_gives_no_probabilities_of_its_own_is_calibrated_once_and_its_name_says_so(small):
    assert names("ridge") == ["ridge", "ridge_tuned", "ridge_isotonic", "ridge_tuned_isotonic"]
    titles = [str(workflows.candidate_title(name)) for name in ("ridge", "svm_tuned", "ridge_isotonic")]
    assert titles == [
        "ridge classifier, calibrated (sigmoid)",
        "tuned linear support vector machine, calibrated (sigmoid)",
        "ridge classifier, calibrated (isotonic)",
    ]
    split, contract = small
    sigmoid, tuned, isotonic = train(
        split, contract, Search(["ridge", "ridge_tuned", "ridge_tuned_isotonic"], folds=2, iterations=3), jobs=1
    )
    assert {made.pipeline[-1].method for made in (sigmoid, tuned)} == {"sigmoid"}
    assert type(isotonic.pipeline[-1].estimator) is type(sigmoid.pipeline[-1].estimator) is RidgeClassifier
    assert isotonic.pipeline[-1].method == "isotonic"
    assert isotonic.pipeline[-1].estimator.alpha == tuned.parameters["estimator__alpha"]
    assert all(made.cv_metrics["log_loss"] < 0.69 for made in (sigmoid, tuned, isotonic))


def test_a_library_that_writes_files_while_it_fits_leaves_none_where_the_app_was_started(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    split, contract = small
    (made,) = train(split, contract, Search(["catboost_tuned"], folds=2, iterations=1), jobs=1)
    assert not isinstance(made, Failure), str(made.reason)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
