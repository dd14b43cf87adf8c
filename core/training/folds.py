"""Folds of the same kind as the split: by group, forward in time, identical rows together, or stratified at random.

What a candidate is ranked, tuned, calibrated and given a threshold by must differ from what it learned as the test rows
do (Roberts et al., "Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic
structure", 2017). Else what learns groups by heart wins.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.data import identity
from core.data.split import PreparedSplit, vectors
from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.base import BaseEstimator

    from core.data.arrays import Array
    from core.data.contract import Contract

UNKNOWN: dict[str, Message] = {
    "group": message("The groups of the training rows are unknown: folds are drawn at random. Prepare the data again."),
    "time": message("The times of the training rows are unknown: folds are drawn at random. Prepare the data again."),
}


@dataclass(frozen=True)
class Units:
    """What of the training rows belongs together: nothing (`kind` ""), the same "group", or a stretch of "time";
    `values` (rows,) are the groups or the times."""

    kind: str = ""
    values: Array = field(default_factory=lambda: np.zeros(0))

    def of(self, part: Array) -> Units:
        """Those of some of the rows."""
        return Units(self.kind, self.values[part]) if self.kind else self

    def folds(self, target: Array, count: int, seed: int) -> list[tuple[Array, Array]]:
        """At most `count` folds as (train, held out) row numbers, both with both outcomes. Those forward in time learn
        from all rows before the fold; the first half of the rows is never held out, so that none learns from a
        handful."""
        if not self.kind:
            return _stratified(target, count, seed)
        for fewer in range(count, 1, -1):
            found = _forward(self.values, fewer) if self.kind == "time" else _apart(self._dealt(target, fewer, seed))
            if len(found) > 1 and all(_both(target[part]) for pair in found for part in pair):
                return found
        raise CourtsideError(
            message("The training rows can't be divided into folds that all have both outcomes."),
            message("Bring more rows, or prepare the data with another split."),
        )

    def partition(self, target: Array, count: int, seed: int) -> list[tuple[Array, Array]]:
        """Folds that hold out every row once, as a calibration needs them; of times each is one stretch, and those
        after it are learned from too."""
        if self.kind == "time":
            return _apart(_stretches(self.values, count))
        return _apart(self._dealt(target, count, seed)) if self.kind else _stratified(target, count, seed)

    def share(self, target: Array, share: float, seed: int) -> Array:
        """A part of the rows, in whole groups where there are groups and with the same rate of positives where there
        are none, of times the last; a smaller share of the same seed lies within a larger one."""
        if self.kind == "time":
            return np.argsort(_filled(self.values), kind="stable")[-int(np.ceil(share * len(target))) :]
        if self.kind:
            codes = np.unique(self.values, return_inverse=True)[1]
            order = np.random.default_rng(seed).permutation(codes.max() + 1)
            taken = np.cumsum(np.bincount(codes)[order])
            last = int(np.searchsorted(taken, share * len(target))) + 1
            return np.flatnonzero(np.isin(codes, order[:last]))
        order = np.random.default_rng(seed).permutation(len(target))
        return np.concatenate(
            [of[: int(np.ceil(share * len(of)))] for of in (order[target[order] == v] for v in (0, 1))]
        )

    def _dealt(self, target: Array, count: int, seed: int) -> Array:
        """The fold of each row: whole groups are dealt out, those with the most positives first, each to the fold that
        has the fewest yet."""
        codes = np.unique(self.values, return_inverse=True)[1]
        rows, positives = np.bincount(codes), np.bincount(codes, target)
        order = np.random.default_rng(seed).permutation(len(rows))
        order = order[np.lexsort((-rows[order], -positives[order]))]
        fold, held = np.empty(len(rows), int), np.zeros((2, count))
        several = order[rows[order] > 1]
        for group in several:
            sizes = held[0] if positives[group] else held[1]
            fold[group] = chosen = int(np.lexsort((held[1], sizes))[0])
            held[:, chosen] += positives[group], rows[group]
        # Groups of one row are many and need no care: they are dealt out in turn, positives first.
        single = order[rows[order] == 1]
        fold[single] = np.arange(len(single)) % count
        return fold[codes]


ALONE = Units()
"""Rows that hang together with no others."""


def units(split: PreparedSplit, contract: Contract) -> tuple[Units, Message | None]:
    """What of a split's training rows belongs together by the way it was split, and a sentence where that is not known
    any more."""
    known, strategy = split.train_identity, split.strategy
    if strategy == "together":
        return Units("group", vectors(split.train, contract)), None
    if strategy == "group" and known is not None and known["group"].notna().any():
        return Units("group", identity.groups(known)), None
    if strategy == "time" and known is not None and known["time"].nunique() > 2:
        return Units("time", known["time"].to_numpy(float)), None
    return Units(), UNKNOWN.get(strategy)


def fit(model: BaseEstimator, rows: pd.DataFrame | Array, target: Array, units: Units, **more: Any) -> BaseEstimator:
    """Fits a model, or a pipeline that ends in one, to `rows` (`units` are theirs). One that is calibrated within is
    calibrated on folds of the units' kind; the usual folds are put back, for row numbers are no part of a model."""
    from sklearn.calibration import CalibratedClassifierCV

    last = model[-1] if hasattr(model, "steps") else model
    if not units.kind or not isinstance(last, CalibratedClassifierCV):
        return model.fit(rows, target, **more)
    usual = last.cv
    last.cv = units.partition(target, usual.n_splits, usual.random_state or 0)
    try:
        return model.fit(rows, target, **more)
    finally:
        last.cv = usual


def _stratified(target: Array, count: int, seed: int) -> list[tuple[Array, Array]]:
    from sklearn.model_selection import StratifiedKFold

    return list(StratifiedKFold(count, shuffle=True, random_state=seed).split(target, target))


def _apart(fold: Array) -> list[tuple[Array, Array]]:
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in np.unique(fold)]


def _forward(time: Array, count: int) -> list[tuple[Array, Array]]:
    block = _stretches(time, 2 * count) - count
    return [
        (np.flatnonzero(block < number), np.flatnonzero(block == number)) for number in np.unique(block[block >= 0])
    ]


def _stretches(time: Array, count: int) -> Array:
    """In which of `count` stretches of about equal counts each row lies; all rows of a moment lie in one, and rows
    without a time in the first."""
    filled = _filled(time)
    before = np.searchsorted(np.sort(filled), filled, side="left")
    return before * count // len(time)


def _filled(time: Array) -> Array:
    return np.where(np.isnan(time), -np.inf, time)


def _both(target: Array) -> bool:
    return len(target) > 0 and target.min() != target.max()
