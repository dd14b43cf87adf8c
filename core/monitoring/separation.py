"""Can a model tell the current rows from the reference? A look at all features together."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.metrics.intervals import Interval, interval
from core.monitoring.profiles import name_of, numbers

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

    from core.data.arrays import Floats, Ints
    from core.data.contract import Contract

FOLDS = 3
ROWS = 5_000
"""Rows of either side that are told apart: enough to know the AUC to within 0.01, and less than a second's work."""
MOST_CODES = 100
DENSER = 19
"""A row that is so many times more frequent in the current rows is one in twenty or fewer from the reference: what
the reference says about such rows rests on next to nothing."""
RESAMPLES = 200
OVERLAP = float(np.sqrt((1 / FOLDS + 1 / (FOLDS - 1)) * FOLDS))
"""By which the bootstrap interval is too narrow, as each row helps to judge itself through the other folds' models
(Nadeau and Bengio, "Inference for the generalization error", 2003)."""


@dataclass(frozen=True)
class Separation:
    """How well the reference and the current rows can be told apart.

    `auc` is 0.5 when they can't, 1 when every row gives itself away, with its 95 % interval. `features` are those by
    which they are told apart and the AUC that is lost when the feature is shuffled, largest first. `strange_share` is
    the share of the current rows that are at least 19 times more frequent there than in the reference.
    """

    auc: Interval
    features: tuple[tuple[str, float], ...]
    strange_share: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Separation:
        features = tuple((name, lost) for name, lost in stored["features"])
        return cls(Interval.from_dict(stored["auc"]), features, stored["strange_share"])


@dataclass(frozen=True)
class Mix:
    """How much more frequent reference rows are in the current mix of cases: `weights` of mean 1 for the reference rows
    at the places `rows`."""

    rows: Ints
    weights: Floats


def separate(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> Separation | None:
    """What a classifier of the two domains finds; None where either side has fewer rows than folds."""
    found = told_apart(reference, current, contract, seed)
    return found and found[0]


def mix_of(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> Mix | None:
    """The current mix of cases, as weights of reference rows; None where the two sides can't be told apart."""
    found = told_apart(reference, current, contract, seed)
    return found and found[1]


def told_apart(
    reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int
) -> tuple[Separation, Mix | None] | None:
    """What a classifier of the two domains finds, and the current mix where it tells them apart; None where either side
    has fewer rows than folds.

    Small boosted trees are fitted to two thirds of the rows (at most 5,000 of a side) and judged on the other third,
    three times (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", 2017): what it finds is there in rows it
    has not seen. It sees what no single feature shows, such as a relation between two that is no longer there.
    """
    rng = np.random.default_rng(seed)
    places = [np.sort(rng.permutation(len(side))[:ROWS]) for side in (reference, current)]
    sides = [side.iloc[place] for side, place in zip((reference, current), places, strict=True)]
    if min(map(len, sides)) < FOLDS or not contract.features:
        return None
    rows, categorical = _encoded(pd.concat([side[contract.feature_names] for side in sides]), contract)
    domain = np.repeat([0, 1], [len(side) for side in sides])
    probability, shuffled = _judged(rows, domain, categorical, rng, seed)
    narrow = interval(domain, probability, "roc_auc", seed, RESAMPLES)
    assert narrow is not None, "there are rows of both sides"
    auc = _widened(narrow)
    lost = [max(auc.value - _auc(domain, one), 0.0) for one in shuffled]
    features = sorted(zip(contract.feature_names, lost, strict=True), key=lambda item: -item[1])
    # Both sides weigh the same in the fit, so that the odds are the ratio of their densities.
    strange = probability[domain == 1] >= DENSER / (DENSER + 1)
    found = Separation(auc, tuple(features), float(strange.mean()))
    return found, _mix(places[0], probability[domain == 0]) if auc.low > 0.5 else None


def _mix(places: Ints, probability: Floats) -> Mix:
    """Density ratios from the odds of a classifier (Bickel, Brückner and Scheffer, "Discriminative learning under
    covariate shift", 2009); beyond `DENSER` a single row would speak for too many."""
    odds = probability / np.maximum(1 - probability, 1 / (DENSER + 1))
    return Mix(places, odds / odds.mean())


def _judged(
    rows: Floats, domain: Ints, categorical: list[bool], rng: np.random.Generator, seed: int
) -> tuple[Floats, Floats]:
    """The probability of being a current row, from models that have not seen it: as the row is, (rows,), and with each
    feature shuffled, (features, rows)."""
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    probability, shuffled = np.empty(len(rows)), np.empty(rows.shape[::-1])
    # Fits this small gain nothing from threads, and on a busy machine threads wait for each other.
    with threadpool_limits(1, "openmp"):
        for fitted, judged in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, domain):
            model = _trees(categorical, seed).fit(rows[fitted], domain[fitted])
            probability[judged] = model.predict_proba(rows[judged])[:, 1]
            for index in range(rows.shape[1]):
                other = rows[judged].copy()
                other[:, index] = rng.permutation(other[:, index])
                shuffled[index, judged] = model.predict_proba(other)[:, 1]
    return probability, shuffled


def _trees(categorical: list[bool], seed: int) -> HistGradientBoostingClassifier:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.2,
        max_iter=40,
        max_leaf_nodes=8,
        early_stopping=False,
        categorical_features=categorical,
        class_weight="balanced",
        random_state=seed,
    )


def _widened(auc: Interval) -> Interval:
    low, high = (auc.value + OVERLAP * (end - auc.value) for end in (auc.low, auc.high))
    return Interval(auc.value, max(low, 0.0), min(high, 1.0))


def _auc(domain: Ints, probability: Floats) -> float:
    from scipy.stats import rankdata

    ones = domain.sum()
    ranks = rankdata(probability)[domain == 1].sum()
    return float((ranks - ones * (ones + 1) / 2) / (ones * (len(domain) - ones)))


def _encoded(rows: pd.DataFrame, contract: Contract) -> tuple[Floats, list[bool]]:
    """Numbers as they are, categories as codes by falling frequency, the rarest in one; nulls as nan."""
    columns = []
    for feature in contract.features:
        if feature.traits.ordered:
            found = numbers(rows[feature.name])
            columns.append(np.where(np.isfinite(found), found, np.nan))
            continue
        codes, distinct = pd.factorize(rows[feature.name])
        merged, names = pd.factorize(pd.Series([name_of(value, feature.kind) for value in distinct], dtype=object))
        place = np.full(len(codes), -1) if not len(names) else np.where(codes < 0, -1, merged[codes])
        counts = np.bincount(place[place >= 0], minlength=len(names))
        rank = np.empty(len(names), dtype=int)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(names))
        columns.append(np.where(place < 0, np.nan, np.minimum(np.append(rank, 0)[place], MOST_CODES)))
    return np.column_stack(columns), [not feature.traits.ordered for feature in contract.features]
