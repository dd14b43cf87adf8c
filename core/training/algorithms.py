"""What PyCaret brings to a training: its estimators with their settings, its search grids, and its own pipeline."""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.contract import Contract, Feature
from core.data.encoding import categorical, encoder, model_input, tree_encoder
from core.data.split import PreparedSplit
from core.text.messages import Message, message
from core.training.folds import ALONE, Units, fit

if TYPE_CHECKING:
    from pycaret.classification import ClassificationExperiment
    from sklearn.base import ClassifierMixin
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import BaseCrossValidator
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Floats

Grid = dict[str, list[Any]]
"""The values that a search draws each setting from."""
ALGORITHMS: dict[str, Message] = {
    "lr": message("logistic regression"),
    "dt": message("decision tree"),
    "ridge": message("ridge classifier"),
    "lda": message("linear discriminant analysis"),
    "qda": message("quadratic discriminant analysis"),
    "nb": message("naive Bayes"),
    "knn": message("nearest neighbours"),
    "rf": message("random forest"),
    "et": message("extra trees"),
    "ada": message("AdaBoost"),
    "gbc": message("gradient boosting"),
    "hgb": message("histogram gradient boosting"),
    "lightgbm": message("LightGBM"),
    "xgboost": message("XGBoost"),
    "catboost": message("CatBoost"),
    "blend": message("average of two boosted trees"),
    "mlp": message("neural network"),
    "svm": message("linear support vector machine"),
    "rbfsvm": message("support vector machine (radial kernel)"),
    "gpc": message("Gaussian process"),
}
"""What can be trained, by PyCaret's identifiers, each with its name for people. Two are ours: "hgb", scikit-learn's
histogram gradient boosting, and "blend", the mean of its probability and LightGBM's."""
MARGINS = ("ridge", "svm")
"""Those that tell only on which side of a line a row lies and how far from it. Their probabilities are a sigmoid of
that distance, learned from rows that the line was not fitted to; the candidate's name says so."""
CALIBRATIONS = {
    "isotonic": message("{model}, recalibrated (isotonic)"),
    "sigmoid": message("{model}, recalibrated (sigmoid)"),
}
"""How a candidate can be recalibrated, by scikit-learn's names, each with what the result is called."""
CALIBRATED = {
    "isotonic": message("{model}, calibrated (isotonic)"),
    "sigmoid": message("{model}, calibrated (sigmoid)"),
}
"""The same for models of `MARGINS`, which have no probabilities before."""
CALIBRATION_FOLDS = 5
HGB = {
    "learning_rate": 0.05,
    "max_iter": 200,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 50,
    "l2_regularization": 10.0,
    "max_features": 0.3,
}
LIGHTGBM: dict[str, Any] = {
    "learning_rate": 0.03,
    "n_estimators": 250,
    "num_leaves": 8,
    "min_child_samples": 50,
    "colsample_bytree": 0.5,
    "subsample": 0.7,
    "subsample_freq": 1,
}
"""Small steps, small trees, a part of the features at a time: what tables of thousands of noisy rows want."""
HGB_GRID: Grid = {
    "learning_rate": [0.03, 0.05, 0.08],
    "max_iter": [100, 150, 200, 300, 500],
    "max_leaf_nodes": [4, 8, 15, 31],
    "min_samples_leaf": [20, 50, 100],
    "l2_regularization": [0.0, 1.0, 10.0, 30.0],
    "max_features": [0.2, 0.3, 0.5, 1.0],
}
LIGHTGBM_GRID: Grid = {
    "learning_rate": [0.015, 0.03, 0.05, 0.08],
    "n_estimators": [100, 150, 250, 400],
    "num_leaves": [4, 8, 15, 31],
    "min_child_samples": [20, 50, 100],
    "colsample_bytree": [0.3, 0.5, 0.8],
    "subsample": [0.5, 0.7, 1.0],
    "subsample_freq": [1],
    "reg_lambda": [0.0, 1.0, 10.0],
    "cat_smooth": [3, 10, 30],
}
XGBOOST_GRID: Grid = {
    "learning_rate": [0.015, 0.03, 0.05, 0.1],
    "n_estimators": [100, 150, 250, 400],
    "max_depth": [2, 3, 4, 6],
    "min_child_weight": [1, 5, 20],
    "colsample_bytree": [0.3, 0.5, 0.8],
    "subsample": [0.5, 0.7, 1.0],
    "reg_lambda": [0.0, 1.0, 10.0],
}
CATBOOST_GRID: Grid = {
    "learning_rate": [0.03, 0.05, 0.08],
    "n_estimators": [100, 150, 250, 400],
    "depth": [3, 4, 6, 8],
    "l2_leaf_reg": [1, 3, 10, 30],
    "random_strength": [0.0, 0.5, 1.0],
}
"""PyCaret's own grids for these begin at steps of 1e-7, and most of their settings learn nothing."""
CLASS_WEIGHTS = ("class_weight", "scale_pos_weight", "is_unbalance", "auto_class_weights")
"""Settings that no search draws: weights by outcome shift every probability, and they come true nowhere (van den
Goorbergh et al., "The harm of class imbalance corrections for risk prediction models", 2022). A threshold does what
they are meant for."""
GRIDS: dict[str, Grid] = {
    "hgb": HGB_GRID,
    "lightgbm": LIGHTGBM_GRID,
    "xgboost": XGBOOST_GRID,
    "catboost": CATBOOST_GRID,
    "blend": {
        **{f"hgb__{name}": values for name, values in HGB_GRID.items()},
        **{f"lightgbm__{name}": values for name, values in LIGHTGBM_GRID.items()},
    },
}
OURS = ("hgb", "lightgbm", "blend")
"""What has settings of ours, and sees a category as one column."""
MORE: dict[str, dict[str, object]] = {
    "xgboost": {
        "learning_rate": 0.05,
        "n_estimators": 150,
        "max_depth": 3,
        "min_child_weight": 20,
        "colsample_bytree": 0.5,
        "subsample": 0.7,
    },
    # CatBoost would leave a folder wherever the app was started.
    "catboost": {
        "learning_rate": 0.03,
        "n_estimators": 150,
        "depth": 4,
        "l2_leaf_reg": 10,
        "allow_writing_files": False,
    },
}
"""Settings beside PyCaret's, for trees as small as those above: its own learn the noise by heart."""


@dataclass(frozen=True)
class Recipe:
    """A candidate's name taken apart: "dt_tuned_sigmoid" is a decision tree, searched, then recalibrated."""

    algorithm: str
    tuned: bool = False
    calibration: str = ""

    @property
    def searched(self) -> str:
        """The name of what is recalibrated, or of the candidate itself where nothing is."""
        return f"{self.algorithm}_tuned" if self.tuned else self.algorithm


def recipe(name: str) -> Recipe:
    """What a candidate's name says; `names` has every one."""
    rest, _, last = name.rpartition("_")
    calibration = last if last in CALIBRATIONS else ""
    searched = rest if calibration else name
    return Recipe(searched.removesuffix("_tuned"), searched.endswith("_tuned"), calibration)


def names(algorithm: str) -> list[str]:
    """Every candidate that can be made of an algorithm: plain and tuned, and each recalibrated."""
    made = [algorithm, f"{algorithm}_tuned"]
    other = [calibration for calibration in CALIBRATIONS if algorithm not in MARGINS or calibration != "sigmoid"]
    return made + [f"{name}_{calibration}" for calibration in other for name in made]


def title(name: str) -> Message:
    """What people call a candidate: "tuned logistic regression" for "lr_tuned"."""
    asked = recipe(name)
    plain = ALGORITHMS[asked.algorithm]
    model = message("tuned {algorithm}", algorithm=plain) if asked.tuned else plain
    if asked.algorithm in MARGINS:
        return replace(CALIBRATED[asked.calibration or "sigmoid"], values={"model": model})
    return replace(CALIBRATIONS[asked.calibration], values={"model": model}) if asked.calibration else model


def warm() -> None:
    """Imports PyCaret, which takes seconds, and sets it up once, the first time being slower than those after it."""
    rows = pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40) % 2})
    contract = Contract("warm", "Warm", "y", "1", (Feature("x", "number"),))
    experiment(PreparedSplit(rows, rows, rows, "", {}), contract, 2, seed=0, jobs=1)


def _import_pycaret() -> None:
    # It opens a log file in the working directory on import, whatever setup() is told later.
    os.environ.setdefault("PYCARET_CUSTOM_LOGGING_PATH", os.devnull)
    import pycaret.classification  # noqa: F401


def experiment(
    split: PreparedSplit, contract: Contract, folding: BaseCrossValidator | int, seed: int, jobs: int
) -> ClassificationExperiment:
    """PyCaret, set up on a split.

    It insists on a test set of its own; it gets ours, so that no training row is held back a second time. Its
    preprocessing stays off: the encoder is part of each model, fitted inside each fold.
    """
    _import_pycaret()
    from pycaret.classification import ClassificationExperiment

    def table(rows: pd.DataFrame, start: int) -> pd.DataFrame:
        frame = model_input(rows, contract).assign(**{contract.target: rows[contract.target].to_numpy()})
        return frame.set_index(pd.RangeIndex(start, start + len(frame)))

    made = ClassificationExperiment()
    # It would strip brackets and quotes from column names, but a contract's names are its own; no model sees them.
    made._clean_column_names = lambda: None
    made.setup(
        data=table(split.train, 0),
        test_data=table(split.test, len(split.train)),
        target=contract.target,
        preprocess=False,
        session_id=seed,
        fold_strategy=folding,
        n_jobs=jobs,
        html=False,
        verbose=False,
        system_log=False,
    )
    return made


def untrained(experiment: ClassificationExperiment, contract: Contract, algorithm: str, seed: int) -> Pipeline:
    """An algorithm with PyCaret's settings for it, behind the encoder that suits it."""
    from sklearn.pipeline import Pipeline

    if algorithm in OURS:
        return Pipeline([("features", tree_encoder(contract)), ("model", _boosted(algorithm, contract, seed))])
    container = experiment._all_models_internal[algorithm]
    model = container.class_def(**container.args, **MORE.get(algorithm, {}))
    if algorithm in MARGINS:
        model = _calibrated(model, "sigmoid", seed)
    return Pipeline([("features", encoder(contract)), ("model", model)])


def _boosted(algorithm: str, contract: Contract, seed: int) -> ClassifierMixin:
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier

    count = len(categorical(contract))
    categories = list(range(len(contract.features) - count, len(contract.features)))
    if algorithm == "hgb":
        return HistGradientBoostingClassifier(random_state=seed, categorical_features=categories or None, **HGB)
    if algorithm == "lightgbm":
        more = {"verbosity": -1, **({"categorical_feature": categories} if categories else {}), **LIGHTGBM}
        return LGBMClassifier(random_state=seed, n_jobs=-1, **more)
    members = [(name, _boosted(name, contract, seed)) for name in ("hgb", "lightgbm")]
    return VotingClassifier(members, voting="soft")


def recalibrated(pipeline: Pipeline, calibration: str, seed: int) -> Pipeline:
    """The same pipeline, unfitted, with its model recalibrated by what it says of rows it has not seen."""
    from sklearn.base import clone
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.pipeline import Pipeline

    model = pipeline[-1].estimator if isinstance(pipeline[-1], CalibratedClassifierCV) else pipeline[-1]
    return Pipeline([("features", clone(pipeline[0])), ("model", _calibrated(clone(model), calibration, seed))])


def _calibrated(model: ClassifierMixin, calibration: str, seed: int) -> CalibratedClassifierCV:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold

    folding = StratifiedKFold(CALIBRATION_FOLDS, shuffle=True, random_state=seed)
    return CalibratedClassifierCV(model, method=calibration, cv=folding, ensemble=False)


def grid(experiment: ClassificationExperiment, algorithm: str) -> Grid:
    """The settings that a search of an algorithm draws from, none of them a weight by outcome."""
    found: Grid = GRIDS.get(algorithm) or experiment._all_models_internal[algorithm].tune_grid
    inner = "estimator__" if algorithm in MARGINS else ""
    return {f"{inner}{name}": values for name, values in found.items() if name not in CLASS_WEIGHTS}


def fitted(
    experiment: ClassificationExperiment, pipeline: Pipeline, units: Units = ALONE, weights: Floats | None = None
) -> Pipeline:
    """A pipeline fitted by PyCaret to all training rows, which count as `weights` say; `units` are what of them belongs
    together, for a calibration inside the fit."""
    from sklearn.base import clone

    if weights is None and not units.kind:
        return experiment.create_model(pipeline, cross_validation=False, predict=False, verbose=False)
    # PyCaret 3.3 can't hand on what a fit takes beside rows and target.
    rows, target = experiment.get_config("X_train"), experiment.get_config("y_train")
    counted = {} if weights is None else {"model__sample_weight": weights}
    return fit(clone(pipeline), rows, target.to_numpy(), units, **counted)


def weighs(pipeline: Pipeline) -> bool:
    """Whether rows may count differently in an algorithm's fit."""
    from sklearn.utils.validation import has_fit_parameter

    return bool(has_fit_parameter(pipeline[-1], "sample_weight"))


def saved_probabilities(experiment: ClassificationExperiment, pipeline: Pipeline, rows: pd.DataFrame) -> Floats:
    """What PyCaret's own `save_model` would keep predicts for `rows`: its pipeline with the model as the last step."""
    saved = deepcopy(experiment.pipeline)
    saved.steps.append(("trained_model", pipeline))
    found: Floats = saved.predict_proba(rows)[:, 1]
    return found
