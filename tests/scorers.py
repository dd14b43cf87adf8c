"""Scorers of every kind of model, over rows of two contracts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from core.data import checking
from core.data.contract import Contract, Feature
from core.data.encoding import encoder, model_input
from core.scoring import scoring

NUMBERS = Contract(
    name="numbers",
    title="Numbers",
    target="won",
    positive="1",
    id="row",
    features=(
        Feature("weight", "number", minimum=-50, maximum=50),
        Feature("count", "integer", minimum=0),
        Feature("home", "boolean"),
        Feature("far", "number"),
    ),
)
MIXED = Contract(
    name="mixed",
    title="Mixed",
    target="won",
    positive="1",
    features=(*NUMBERS.features, Feature("kind", "category", categories=("a", "b", "c")), Feature("place", "category")),
)
ESTIMATORS = {
    "linear": lambda: LogisticRegression(),
    "tree": lambda: DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": lambda: RandomForestClassifier(10, n_jobs=2, random_state=0),
    "boosted": lambda: LGBMClassifier(n_estimators=10, verbose=-1, random_state=0),
    "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=2),
    "network": lambda: MLPClassifier((9,), tol=1, random_state=0),
}


def rows(count: int, seed: int = 0) -> pd.DataFrame:
    """Rows that fit both contracts; one in ten lacks a number."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "row": np.arange(count),
            "weight": random.normal(0, 12, count).clip(-50, 50),
            "count": random.integers(0, 9, count).astype(float),
            "home": random.integers(0, 2, count).astype(bool),
            "far": random.normal(-118.3, 0.1, count),
            "kind": random.choice(["a", "b", "c"], count),
            "place": random.choice(["north", "south", "east"], count),
            "won": random.integers(0, 2, count),
        }
    )
    frame.loc[random.random(count) < 0.1, "far"] = np.nan
    return frame


def fitted(contract: Contract, estimator: object) -> Pipeline:
    training = rows(600, seed=1)
    checked = checking.check(training, contract, labelled=False).rows
    pipeline = Pipeline([("features", encoder(contract)), ("model", estimator)])
    return pipeline.fit(model_input(checked, contract), training["won"])


def made(contract: Contract, kind: str) -> scoring.Scorer:
    pipeline = fitted(contract, ESTIMATORS[kind]())
    return scoring.scorer(pipeline, contract, threshold=0.5, version=3, training=rows(600, seed=1))
