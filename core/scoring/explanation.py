"""Why a case gets its probability, and how it would move: for any model, in the features as people know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from core.data.arrays import Floats
from core.scoring.probability import Columns

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Array, Bools, Ints, Series
    from core.data.contract import Contract, Feature

EXACT = 10
"""Features up to which every coalition is tried; beyond, orders of the features are drawn."""
CALLS = 51_200
"""Rows that an explanation may ask the model for."""
ORDERS = 32
BACKGROUND = 100
STEPS = 41
CATEGORIES = 12
Case = Mapping[str, float | str]
"""A value per feature; NaN for a number that is not known."""
Probability = Callable[[Columns], Floats]
"""The probability, (rows,), of a model's input: an array per feature."""


@dataclass(frozen=True)
class Contributions:
    """What each feature adds to a case's probability: `base` + the sum of `values` is `probability`.

    `base` is the mean probability of the background; `exact` says that no orders were drawn."""

    base: float
    values: Mapping[str, float]
    probability: float
    exact: bool


@dataclass(frozen=True)
class Curve:
    """How the probability moves when one feature does and the others stay: `at` (points) are numbers or categories."""

    feature: str
    at: tuple[float | str, ...]
    probability: tuple[float, ...]


def contributions(probability: Probability, case: Case, background: Columns, seed: int) -> Contributions:
    """Shapley values of a case's probability against a background sample (interventional: a feature outside a
    coalition takes the background's values; Lundberg and Lee, "A unified approach to interpreting model predictions",
    2017). Exact up to `EXACT` features, else over `ORDERS` drawn orders and their reverses (Castro et al., 2009;
    Mitchell et al., 2022). Either way the values add up.

    >>> import numpy as np
    >>> def model(columns): return 0.5 + 0.1 * columns["near"] - 0.2 * columns["late"]
    >>> background = {"near": np.zeros(10), "late": np.zeros(10)}
    >>> found = contributions(model, {"near": 1.0, "late": 1.0}, background, seed=10)
    >>> {name: round(value, 3) for name, value in found.values.items()}, round(found.probability, 3)
    ({'near': 0.1, 'late': -0.2}, 0.4)
    """
    names = list(case)
    if len(names) <= EXACT:
        return _exact(probability, case, _fewer(background, CALLS >> len(names)), names)
    return _drawn(probability, case, _fewer(background, CALLS // (2 * ORDERS * len(names))), names, seed)


def sample(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """At most `BACKGROUND` rows that stand for all, drawn by `seed`, in an order that any first part is a sample."""
    return rows.sample(min(len(rows), BACKGROUND), random_state=seed)


def curves(probability: Probability, case: Case, training: pd.DataFrame, contract: Contract) -> list[Curve]:
    """Per feature, the probability over what training saw of it (individual conditional expectation; Goldstein et al.,
    2015): from its least to its greatest number, or its most frequent categories."""
    points = {feature.name: _points(training[feature.name].dropna(), feature) for feature in contract.features}
    ends = np.cumsum([0, *map(len, points.values())])
    columns = {name: _column(value, ends[-1]) for name, value in case.items()}
    for at, start, end in zip(points, ends, ends[1:], strict=False):
        columns[at][start:end] = points[at]
    found = probability(columns)  # one call: a model may take longer for being asked than for the rows
    return [
        Curve(name, tuple(at), tuple(found[start:end].tolist()))
        for (name, at), start, end in zip(points.items(), ends, ends[1:], strict=False)
    ]


def nearest(case: Case, training: pd.DataFrame, contract: Contract, count: int = 10) -> Ints:
    """Positions of the training rows most like the case, the nearest first, (count,).

    Distance is Euclidean over numbers in units of their spread; another category is as far as one spread.
    """
    away = np.zeros(len(training))
    for feature in contract.features:
        value, column = case[feature.name], training[feature.name]
        if feature.traits.text:
            away += (column.to_numpy() != value).astype(float)
        elif value == value:
            numbers = column.to_numpy("float64")
            away += np.nan_to_num(((numbers - float(value)) / (np.nanstd(numbers) or 1.0)) ** 2, nan=1.0)
    return np.argsort(away, kind="stable")[:count]


def _points(known: Series, feature: Feature) -> list[float | str]:
    if feature.traits.text:
        return list(known.value_counts().index[:CATEGORIES])
    few = known.nunique() <= STEPS
    points = np.unique(known.to_numpy("float64")) if few else np.linspace(known.min(), known.max(), STEPS)
    return list(map(float, points))


def _exact(probability: Probability, case: Case, background: Columns, names: list[str]) -> Contributions:
    count = len(names)
    members = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    worth = _worth(probability, case, background, members.astype(bool), names)
    sizes = members.sum(axis=1)
    weight = np.array([1.0 / (count * comb(count - 1, size)) for size in range(count)])
    values = {}
    for place, name in enumerate(names):
        without = np.flatnonzero(members[:, place] == 0)
        gained = worth[without | (1 << place)] - worth[without]
        values[name] = float((weight[sizes[without]] * gained).sum())
    return Contributions(float(worth[0]), values, float(worth[-1]), exact=True)


def _drawn(probability: Probability, case: Case, background: Columns, names: list[str], seed: int) -> Contributions:
    random, count = np.random.default_rng(seed), len(names)
    total = np.zeros(count)
    base = whole = 0.0
    for _ in range(ORDERS):
        order = random.permutation(count)
        for one in (order, order[::-1]):
            members = np.zeros((count + 1, count), dtype=bool)
            for step, place in enumerate(one, start=1):
                members[step:, place] = True
            worth = _worth(probability, case, background, members, names)
            total[one] += np.diff(worth)
            base, whole = float(worth[0]), float(worth[-1])
    values = dict(zip(names, (total / (2 * ORDERS)).tolist(), strict=True))
    return Contributions(base, values, whole, exact=False)


def _worth(probability: Probability, case: Case, background: Columns, members: Bools, names: Sequence[str]) -> Floats:
    """The mean probability over the background with each coalition's features taken from the case, (coalitions,)."""
    rows = len(background[names[0]])
    columns = {}
    for place, name in enumerate(names):
        inside = np.repeat(members[:, place], rows)
        columns[name] = np.where(inside, _column(case[name], 1), np.tile(background[name], len(members)))
    worth: Floats = probability(columns).reshape(len(members), rows).mean(axis=1)
    return worth


def _column(value: float | str, rows: int) -> Array:
    return np.full(rows, value, dtype=object if isinstance(value, str) else "float64")


def _fewer(background: Columns, rows: int) -> Columns:
    return {name: values[: max(rows, 1)] for name, values in background.items()}
