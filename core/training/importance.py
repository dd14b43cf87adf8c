"""What a model makes of each feature: how much it loses without it, and how its probability moves along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.arrays import Floats
from core.metrics.cells import row_losses
from core.metrics.intervals import LEVEL, REACH, Interval

if TYPE_CHECKING:
    from core.data.contract import Feature

Predict = Callable[[pd.DataFrame], Floats]
REPEATS = 5
GRID = 25
SOME_ROWS = 500
"""Rows over which a partial dependence is averaged."""

MIDDLE = 0.8
"""Share of the rows that the band of a partial dependence holds."""


@dataclass(frozen=True)
class Dependence:
    """How the probability moves along a feature: at each of `values`, its mean over rows that are else as they were,
    and where `MIDDLE` of them lie."""

    values: tuple[float | str, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class ImportanceChange:
    """What a feature is worth to the model on the reference and on current rows. The interval of `change` (now less
    before) holds for all features together."""

    feature: str
    before: Interval
    now: Interval
    change: Interval

    @property
    def certain(self) -> bool:
        """Whether the model gets more, or less, out of the feature than it did."""
        return not self.change.low <= 0 <= self.change.high

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> ImportanceChange:
        bounds = {name: Interval.from_dict(stored[name]) for name in ("before", "now", "change")}
        return cls(stored["feature"], **bounds)


def permutation_importance(
    predict: Predict, rows: pd.DataFrame, target: Floats, features: Sequence[str], *, seed: int
) -> dict[str, Interval]:
    """Per feature, how much more log loss a row costs when the feature's values are dealt out anew among the rows, with
    its 95 % interval over the rows (Breiman, "Random forests", 2001). At 0 the model does not use the feature; features
    that carry the same news share it, and each alone looks less important. `predict` gives a probability per row."""
    rng = np.random.default_rng(seed)
    usual = row_losses(target, predict(rows))
    found = {}
    for name in features:
        # All repeats in one frame: most of the price of a prediction does not depend on the number of rows.
        mixed = pd.concat([rows] * REPEATS, ignore_index=True)
        order = np.array([rng.permutation(len(rows)) for _ in range(REPEATS)])
        mixed[name] = rows[name].iloc[order.ravel()].reset_index(drop=True)
        more = row_losses(np.tile(target, REPEATS), predict(mixed)).reshape(order.shape) - usual
        given = np.empty_like(more)
        np.put_along_axis(given, order, more, axis=1)
        # A row counts twice: it gets another's value, and gives its own away (Hoeffding's projection).
        weight = (more + given).mean(axis=0)
        value, half = float(more.mean()), float(REACH * weight.std() / np.sqrt(len(weight)))
        found[name] = Interval(value, value - half, value + half)
    return found


def importance_changes(
    before: Mapping[str, Interval], now: Mapping[str, Interval], level: float = LEVEL
) -> tuple[ImportanceChange, ...]:
    """How the importance of each feature changed between two sets of rows, the most important of `before` first.

    Intervals of the change are widened for the number of features (Bonferroni): one time in twenty any of them misses.
    """
    normal = NormalDist()
    wider = normal.inv_cdf(1 - (1 - level) / 2 / max(len(before), 1)) / normal.inv_cdf((1 + level) / 2)
    found = []
    for name, old in sorted(before.items(), key=lambda item: -item[1].value):
        new = now[name]
        moved = new.value - old.value
        half = wider * float(np.hypot(old.high - old.value, new.high - new.value))
        found.append(ImportanceChange(name, old, new, Interval(moved, moved - half, moved + half)))
    return tuple(found)


def partial_dependence(predict: Predict, rows: pd.DataFrame, feature: Feature, *, seed: int) -> Dependence:
    """The mean probability when every row gets the same value of a feature, over values that occur (Friedman, "Greedy
    function approximation", 2001). It asks for rows that may not exist where features hang together. `rows` are
    `model_input` frames, as `predict` takes them."""
    some = rows.sample(min(SOME_ROWS, len(rows)), random_state=seed)
    known = rows[feature.name].dropna()
    if feature.traits.ordered and known.nunique() > GRID:
        values = np.unique(np.quantile(known.astype(float), np.linspace(0.01, 0.99, GRID)))
    elif feature.traits.text:
        values = known.value_counts().index[:GRID].to_numpy()
    else:
        values = np.sort(known.unique())
    everyone = pd.concat([some] * len(values), ignore_index=True)
    everyone[feature.name] = np.repeat(values, len(some))
    probability = predict(everyone).reshape(len(values), len(some))
    low, high = np.quantile(probability, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2], axis=1)
    return Dependence(
        tuple(value.item() if isinstance(value, np.generic) else value for value in values),
        tuple(probability.mean(axis=1).tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
    )
