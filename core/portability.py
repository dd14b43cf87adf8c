"""Whether a model can be carried away: stored without code, loaded by a list of allowed types, and still the same."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.contract import Contract
from core.errors import CourtsideError
from core.messages import message

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CHECK_ROWS = 1000
TOLERANCE = 1e-9
"""How far a stored model's probabilities may lie from those of the pipeline it came from."""
TRUSTED = [
    "catboost.core.CatBoostClassifier",
    "collections.OrderedDict",
    "functools.partial",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "numpy.dtype",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
]
"""Types that skops may load beyond its own safe list; a model that needs another is refused.

A `functools.partial` is harmless because what it calls must be on the list too: histogram gradient boosting with
categories holds one of `check_array`."""
PACKAGES = {"catboost": "catboost", "lightgbm": "lightgbm", "xgboost": "xgboost-cpu"}
"""What a type's module is installed by, beside what every model needs."""
UNSEEN = "(never seen)"
NULL_EVERY, UNSEEN_EVERY = 7, 11


def check_rows(rows: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """`CHECK_ROWS` rows of every kind that a model may meet, made of `model_input` rows (fewer are repeated).

    In every feature every seventh row has no value, and in every category every eleventh has one never seen, each
    feature beginning at another row, so that they come alone and together.
    """
    made = rows.iloc[np.resize(np.arange(len(rows)), CHECK_ROWS)].reset_index(drop=True)
    for place, feature in enumerate(contract.features):
        column = made.columns.get_loc(feature.name)
        if feature.kind == "category":
            made.iloc[place % UNSEEN_EVERY :: UNSEEN_EVERY, column] = UNSEEN
        made.iloc[place % NULL_EVERY :: NULL_EVERY, column] = np.nan
    return made


def packages(pipeline: Pipeline) -> list[str]:
    """What a stored pipeline is loaded with, as pip is told it. Raises a `CourtsideError` that names the types for
    which it can't be stored without code."""
    import skops.io

    types = skops.io.get_untrusted_types(data=skops.io.dumps(pipeline))
    foreign = sorted(set(types) - set(TRUSTED))
    if foreign:
        raise CourtsideError(
            message("It can't be carried away without code: it holds {types}.", types=foreign),
            message(
                "Choose another candidate: only scikit-learn, LightGBM, XGBoost and CatBoost models are registered."
            ),
        )
    more = {PACKAGES[module] for module in (name.partition(".")[0] for name in types) if module in PACKAGES}
    return [f"{package}=={version(package)}" for package in ("scikit-learn", "skops", "pandas", *sorted(more))]


def difference(stored: Pipeline, check: pd.DataFrame, expected: np.ndarray) -> float:
    """How far the probabilities of a stored pipeline lie from the `expected` ones of the trained one, at most."""
    return float(np.abs(stored.predict_proba(check)[:, 1] - expected).max())
