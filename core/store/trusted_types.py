"""Which types a stored model may hold: it is kept without code, and loaded by this list alone."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from core.text.errors import CourtsideError
from core.text.messages import message

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

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
