"""What is checked before a model is registered, and that what is registered answers through MLflow alone."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from core import workflows
from core.data.contract import Contract, Feature
from core.store import settings, tracking
from core.store.trusted_types import packages
from core.text.errors import CourtsideError
from core.training.portability import CHECK_ROWS, UNSEEN, check_rows

SHOP = Contract("shop", "Will they buy?", "bought", "1", (Feature("price", "number"), Feature("colour", "category")))
ROWS = pd.DataFrame({"price": np.arange(30.0), "colour": np.array(["red", "blue", "grey"] * 10, dtype=object)})


def test_the_check_has_a_thousand_rows_with_nulls_and_unseen_categories_alone_and_together():
    found = check_rows(ROWS, SHOP)
    assert len(found) == CHECK_ROWS
    nulls, unseen = found.isna(), found["colour"] == UNSEEN
    assert nulls["price"].sum() > 100
    assert nulls["colour"].sum() > 100
    assert unseen.sum() > 50
    assert (unseen & nulls["price"]).any()
    assert (unseen & ~nulls["price"]).any()
    assert (~unseen & ~nulls.any(axis=1)).sum() > 300
    pd.testing.assert_frame_equal(found, check_rows(ROWS, SHOP))
    assert not ROWS.isna().any().any()


def doubled(values):
    return values * 2


def filled(rows):
    return rows.fillna(0).to_numpy()


def test_a_plain_pipeline_can_be_carried_and_one_with_code_in_it_is_refused_by_its_types():
    rows, target = ROWS[["price"]], np.arange(30) > 14
    plain = Pipeline([("model", LogisticRegression())]).fit(rows, target)
    assert [name.partition("==")[0] for name in packages(plain)] == ["scikit-learn", "skops", "pandas"]
    odd = Pipeline([("own", FunctionTransformer(doubled)), ("model", LogisticRegression())])
    with pytest.raises(CourtsideError, match=r"can't be carried away without code: it holds .*doubled"):
        packages(odd.fit(rows, target))


def test_a_model_of_another_library_says_that_it_is_loaded_with_it():
    rows, target = ROWS[["price"]], (np.arange(30) > 14).astype(int)
    boosted = [XGBClassifier(n_estimators=2), LGBMClassifier(n_estimators=2, verbosity=-1)]
    needed = [packages(Pipeline([("model", model)]).fit(rows, target))[-1] for model in boosted]
    assert needed == [f"{name}=={version(name)}" for name in ("xgboost-cpu", "lightgbm")]


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


def test_a_stored_model_that_cannot_be_read_back_is_refused(lifecycle_home):
    run_id = workflows.latest_trained("kobe").candidate("dt").run_id
    for path in (lifecycle_home / "models").rglob("model.skops"):
        path.write_bytes(b"no model")
    with pytest.raises(CourtsideError, match="can't be read back"):
        workflows.register("kobe", "dt", training_run=workflows.latest_trained("kobe").run_id)
    assert run_id not in [version.run_id for version in workflows.versions("kobe")]


PYFUNC = """
import sys
sys.modules["pycaret"] = sys.modules["core"] = None
import mlflow, numpy as np, os
mlflow.set_tracking_uri("sqlite:///" + os.environ["COURTSIDE_HOME"] + "/models/mlflow.db")
model = mlflow.pyfunc.load_model(sys.argv[1])
found = np.asarray(model.predict(model.input_example))
expected = mlflow.sklearn.load_model(sys.argv[1]).predict_proba(model.input_example)
print(found.shape, bool(np.abs(found - expected).max() < 1e-12), bool(((found > 0) & (found < 1)).all()))
"""


@pytest.mark.parametrize("name", ["hgb", "lr_isotonic", "svm", "xgboost", "catboost"])
def test_through_pyfunc_a_registered_model_answers_its_input_example_with_probabilities(store, name):
    workflows.prepare("kobe-full", "sample-dev")
    workflows.train("kobe-full", candidates=[name], folds=2)
    version = workflows.register("kobe-full", reason="whatever it is worth")
    done = subprocess.run(
        [sys.executable, "-c", PYFUNC, f"models:/kobe-full/{version.version}"],
        capture_output=True,
        text=True,
        cwd=settings.HOUSE,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "(5, 2) True True"
    check = tracking.read_table(settings.load(), version.run_id, "pycaret_check.parquet")
    assert (check["action_type"] == UNSEEN).any()
    assert float(version.tags["portability_difference"]) < 1e-9
