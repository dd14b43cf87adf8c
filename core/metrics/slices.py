"""Where in a batch the model does worst: with counts, and with intervals that know how many slices were tried."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.metrics.cells import row_losses
from core.metrics.intervals import FEWEST_LABELS, LEVEL, Interval
from core.metrics.windows import window_labels
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints, Series
    from core.data.contract import Contract, Feature

BANDS = 5
MOST_VALUES = 12
"""Whole numbers with so many values or fewer are slices of their own; others are cut into bands of equal counts."""
MOST_TEXTS = 100
"""A column that is no feature is looked at if it holds texts, so many of them or fewer: more are names, not groups."""


@dataclass(frozen=True)
class Slice:
    """Some of the labelled rows: `excess` is what a row costs the model there, in log loss, more than always saying the
    batch's rate would; above 0 the model is worse than that guess. The interval holds for all slices together."""

    feature: str
    title: str | Message
    label: Message
    rows: int
    target_rate: float
    excess: Interval

    @property
    def worse(self) -> bool:
        """Whether the model is worse than the guess here for certain."""
        return self.excess.low > 0


def slices(
    rows: pd.DataFrame, contract: Contract, target: Floats, probability: Floats, level: float = LEVEL
) -> tuple[Slice, ...]:
    """Every slice of at least `FEWEST_LABELS` labelled rows: along every feature, years of the time column, and texts
    that come with the rows though no model sees them (a zone, a season); worst first.

    `target` is 0/1 with nan where unknown, `probability` nan where a row could not be scored. The intervals are
    widened for the number of slices (Bonferroni), so that one time in twenty any of them misses. Empty where there
    are no labels or only one class.
    """
    known = ~np.isnan(target) & ~np.isnan(probability)
    rows, target, probability = rows[known].reset_index(drop=True), target[known], probability[known]
    if len(target) < FEWEST_LABELS or len(np.unique(target)) < 2:
        return ()
    excess = row_losses(target, probability) - row_losses(target, np.full(len(target), target.mean()))
    found = [
        (name, title, label, members)
        for name, title, codes, labels in _cuts(rows, contract)
        for code, label in enumerate(labels)
        if (members := codes == code).sum() >= FEWEST_LABELS
    ]
    reach = NormalDist().inv_cdf(1 - (1 - level) / 2 / max(len(found), 1))
    made = [
        Slice(name, title, label, int(members.sum()), float(target[members].mean()), _mean(excess[members], reach))
        for name, title, label, members in found
    ]
    return tuple(sorted(made, key=lambda one: -one.excess.value))


def _mean(values: Floats, reach: float) -> Interval:
    mean, half = float(values.mean()), float(reach * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)


def _cuts(rows: pd.DataFrame, contract: Contract) -> Iterator[tuple[str, str | Message, Ints, list[Message]]]:
    """Per feature: its name and title, each row's slice (-1: none), and what the slices are called."""
    for feature in contract.features:
        if feature.name in rows:
            yield feature.name, feature.title, *_cut(rows[feature.name], feature)
    if contract.time in rows and contract.time not in contract.feature_names:
        codes, years = pd.factorize(pd.Series(window_labels(rows[contract.time], "year")), sort=True)
        yield contract.time, message("Year"), codes, [message("{value}", value=year) for year in years]
    known = {*contract.feature_names, contract.id, contract.time, contract.group, contract.target}
    for name in rows.columns.difference(list(known), sort=False):
        if pd.api.types.infer_dtype(rows[name]) in ("string", "boolean", "categorical"):
            codes, texts = pd.factorize(rows[name], sort=True)
            if 1 < len(texts) <= MOST_TEXTS:
                yield name, name, codes, [message("{value}", value=str(text)) for text in texts]


def _cut(values: Series, feature: Feature) -> tuple[Ints, list[Message]]:
    if not feature.traits.ordered or (feature.traits.whole and values.nunique() <= MOST_VALUES):
        codes, known = pd.factorize(values, sort=True)
        return codes, [message("{value}", value=_written(value)) for value in known]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(float)
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, BANDS + 1)))
    codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
    labels = [
        message("{low:.4g} to {high:.4g}", low=float(low), high=float(high)) for low, high in itertools.pairwise(edges)
    ]
    return np.where(np.isnan(numbers), -1, codes), labels


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
