"""A pipeline's probabilities, the same bits for a row whatever rows stand beside it.

BLAS adds the products of a row in an order that depends on the number of rows, so that the last bits of a linear
model's probability change with the size of a chunk. Here a linear model is added up column by column; estimators that
look at one row after the other (trees) are called as they are, and all others with blocks of one fixed shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data.arrays import Array, Floats

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

BLOCK = 4096
"""Rows of the one shape that other estimators are called with."""
WIDE = 16384
"""Rows whose encoded features are held at a time: a category of 200 values is 200 columns."""
TOLERANCE = 1e-12
"""What a short cut may differ from the pipeline itself; above it the short cut isn't taken."""
ROW_BY_ROW = ("lightgbm.", "sklearn.tree.", *(f"sklearn.ensemble.{kind}" for kind in ("_forest", "_gb", "_hist")))
"""Modules of estimators that use no BLAS."""
COLUMN_BY_COLUMN = {
    "ColumnTransformer",
    "OneHotEncoder",
    "OrdinalEncoder",
    "Pipeline",
    "SimpleImputer",
    "StandardScaler",
    "TargetEncoder",
}
"""Transformers whose every value comes of one value alone."""

Columns = Mapping[str, Array]
"""A model's input: per feature (rows,), float64 or text as object, NaN where a value is missing."""


@dataclass(frozen=True)
class Scale:
    """What is done to one number: `fill` takes the place of NaN, then (value - mean) / scale."""

    name: str
    fill: float
    mean: float
    scale: float

    def __call__(self, values: Floats) -> Floats:
        if np.isnan(values.min()):  # that of values with a NaN among them is NaN
            values = np.where(np.isnan(values), self.fill, values)
        scaled = values - self.mean
        scaled /= self.scale
        return scaled


@dataclass(frozen=True)
class Model:
    """A pipeline made ready by `compiled`; it can be pickled."""

    pipeline: Pipeline
    scales: tuple[Scale, ...]
    way: str

    def probability(self, columns: Columns) -> Floats:
        """The probability of the positive class, (rows,)."""
        found = _WAYS[self.way](self, columns)
        if np.isnan(found).any():
            raise ValueError("the model has no probability for some rows: it does not fill missing values")
        return found


def compiled(pipeline: Pipeline) -> Model:
    """The fastest way to a fitted pipeline's probabilities that keeps them: `Model.way` says which it is.

    A way that leaves scikit-learn's code aside is tried on rows of its own making and not taken when it differs.
    """
    pipeline = _in_one_thread(pipeline)
    scales = _scales(pipeline)
    linear = _linear(pipeline[-1])
    if scales and (linear or _row_by_row(pipeline[-1])):
        model = Model(pipeline, scales, "scaled and added" if linear else "scaled")
        if _agrees(model):
            return model
    if _column_by_column(pipeline[:-1]) and (linear or _row_by_row(pipeline[-1])):
        return Model(pipeline, (), "added" if linear else "as it is")
    return Model(pipeline, (), "in blocks")


def _scaled_and_added(model: Model, columns: Columns) -> Floats:
    rows = len(columns[model.scales[0].name])
    found = np.empty(rows)
    # What stands between is made anew for each feature: in pieces that the processor's cache holds that is cheap.
    for start in range(0, rows, WIDE):
        part = slice(start, start + WIDE)
        found[part] = _logistic(model.pipeline[-1], (scale(columns[scale.name][part]) for scale in model.scales))
    return found


def _scaled(model: Model, columns: Columns) -> Floats:
    matrix = np.empty((len(columns[model.scales[0].name]), len(model.scales)))
    for place, scale in enumerate(model.scales):
        matrix[:, place] = scale(columns[scale.name])
    found: Floats = model.pipeline[-1].predict_proba(matrix)[:, 1]
    return found


def _added(model: Model, columns: Columns) -> Floats:
    def part(rows: pd.DataFrame) -> Floats:
        encoded = model.pipeline[:-1].transform(rows)
        encoded = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
        return _logistic(model.pipeline[-1], iter(encoded.T))

    return _in_parts(columns, WIDE, part)


def _as_it_is(model: Model, columns: Columns) -> Floats:
    return _in_parts(columns, WIDE, lambda rows: model.pipeline.predict_proba(rows)[:, 1])


def _in_blocks(model: Model, columns: Columns) -> Floats:
    rows, found = len(next(iter(columns.values()))), []
    for start in range(0, rows, BLOCK):
        held = np.arange(start, min(start + BLOCK, rows))
        full = np.resize(held, BLOCK)  # the last block is filled up with its own rows again
        # Made column by column: pandas would give a single row's frame another order in memory, and BLAS other bits.
        block = pd.DataFrame({name: values[full] for name, values in columns.items()})
        found.append(model.pipeline.predict_proba(block)[: len(held), 1])
    return np.concatenate(found)


_WAYS: dict[str, Callable[[Model, Columns], Floats]] = {
    "scaled and added": _scaled_and_added,
    "scaled": _scaled,
    "added": _added,
    "as it is": _as_it_is,
    "in blocks": _in_blocks,
}


def _in_parts(columns: Columns, size: int, part: Callable[[pd.DataFrame], Floats]) -> Floats:
    rows = pd.DataFrame(dict(columns))
    return np.concatenate([part(rows.iloc[start : start + size]) for start in range(0, len(rows), size)])


def _logistic(estimator: BaseEstimator, features: Iterator[Floats]) -> Floats:
    from scipy.special import expit

    weights = iter(estimator.coef_[0])
    total: Floats = next(weights) * next(features)
    total += estimator.intercept_[0]
    for weight, values in zip(weights, features, strict=True):
        total += weight * values
    expit(total, out=total)
    return total


def _linear(estimator: BaseEstimator) -> bool:
    from sklearn.linear_model import LogisticRegression

    return type(estimator) is LogisticRegression and len(estimator.classes_) == 2 and _one_sided(estimator)


def _one_sided(estimator: BaseEstimator) -> bool:
    return getattr(estimator, "multi_class", "auto") != "multinomial" and len(estimator.coef_) == 1


def _row_by_row(estimator: BaseEstimator) -> bool:
    return f"{type(estimator).__module__}.".startswith(ROW_BY_ROW)


def _column_by_column(transformer: object) -> bool:
    if isinstance(transformer, str):
        return True  # "passthrough" or "drop"
    inner = getattr(transformer, "transformers_", None) or getattr(transformer, "steps", [])
    return type(transformer).__name__ in COLUMN_BY_COLUMN and all(_column_by_column(step[1]) for step in inner)


def _scales(pipeline: Pipeline) -> tuple[Scale, ...]:
    """The numbers of a pipeline that fills and scales every feature and does nothing else; empty for another one."""
    names, steps = list(getattr(pipeline, "feature_names_in_", ())), [step for _, step in pipeline.steps[:-1]]
    if len(steps) == 1 and type(steps[0]).__name__ == "ColumnTransformer":
        blocks = [(block, list(taken)) for _, block, taken in steps[0].transformers_ if len(taken)]
        if len(blocks) != 1 or type(blocks[0][0]).__name__ != "Pipeline":
            return ()
        names, steps = blocks[0][1], [step for _, step in blocks[0][0].steps]
    kinds = [type(step).__name__ for step in steps]
    if not names or names != list(pipeline.feature_names_in_):
        return ()
    if kinds not in (["SimpleImputer", "StandardScaler"], ["StandardScaler"]):
        return ()
    none, one = np.zeros(len(names)), np.ones(len(names))
    fill = steps[0].statistics_ if len(steps) == 2 else np.full(len(names), np.nan)
    mean = none if steps[-1].mean_ is None else steps[-1].mean_
    scale = one if steps[-1].scale_ is None else steps[-1].scale_
    if not len(names) == len(fill) == len(mean) == len(scale) or np.asarray(fill).dtype.kind != "f":
        return ()
    return tuple(map(Scale, names, fill.tolist(), mean.tolist(), scale.tolist()))


def _agrees(model: Model) -> bool:
    steps = np.linspace(-3, 3, 61)
    columns = {scale.name: scale.mean + np.roll(steps, place) * scale.scale for place, scale in enumerate(model.scales)}
    for place, scale in enumerate(model.scales):
        if not np.isnan(scale.fill):
            columns[scale.name][place::7] = np.nan
    expected = model.pipeline.predict_proba(pd.DataFrame(columns))[:, 1]
    return bool(np.abs(model.probability(columns) - expected).max() <= TOLERANCE)


def _in_one_thread(pipeline: Pipeline) -> Pipeline:
    """A pipeline whose forest adds up its trees in their order: several threads add them in any."""
    if "sklearn.ensemble._forest" not in type(pipeline[-1]).__module__ or pipeline[-1].n_jobs in (None, 1):
        return pipeline
    from copy import deepcopy

    pipeline = deepcopy(pipeline)
    pipeline[-1].n_jobs = 1
    return pipeline
