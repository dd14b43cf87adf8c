"""What changed between the reference and the current rows, feature by feature, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.contract import Contract, Feature
from core.data.kinds import KINDS, Kind
from core.metrics.intervals import REACH
from core.monitoring.distances import Distance
from core.monitoring.profiles import Profile, count, numbers, profile, profiles
from core.monitoring.statistics import STATISTICS, Sides
from core.text.stored import known

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series

EFFECT = ".2f"
"""How an effect is written: in multiples of a drift threshold."""
MOST_CATEGORIES = 200
RARE = 20
"""Rows below which a reference category shares a bin with the other rare ones and those never seen: chosen for their
counts, such categories would look rarer in any other sample (regression to the mean), and alarm."""
MATTERS = 0.01
"""Share of all permutation importance below which a model hardly uses a feature: its drift asks for nothing."""
TAKEOVER = 0.05
"""Share of the current rows that gives a rare or new category a bin of its own all the same."""
CHART_BINS = 24


@dataclass(frozen=True)
class FeatureDrift:
    """How far one feature moved.

    `statistics` are those of the registry by key, None for what does not apply to the kind or has no rows to be
    computed on; `drift["psi"]` is one of them. `new_categories` are the most frequent unseen ones and `new_share` the
    share of rows that hold any. `effect` says how many times a drift threshold was reached, beyond what a random batch
    of that size would show, `low` and `high` are its 95 % interval; `drifted` is low >= 1: a threshold is passed for
    certain. `importance` is the feature's share of what all features are worth to the model, None where that is not
    known.
    """

    feature: str
    kind: Kind
    statistics: Mapping[str, float | None]
    nulls_reference: float
    nulls_current: float
    new_categories: tuple[str, ...]
    new_share: float
    drifted: bool
    effect: float
    low: float | None = None
    high: float | None = None
    importance: float | None = None

    def __getitem__(self, key: str) -> float | None:
        """The value of a statistic; None also for one that was not known when this was measured."""
        return self.statistics.get(key)

    @property
    def matters(self) -> bool:
        """Whether the model uses the feature, as far as is known."""
        return self.importance is None or self.importance >= MATTERS

    def as_dict(self) -> dict[str, Any]:
        """Flat JSON, a statistic beside the other fields; `from_dict` reads it back."""
        named = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "statistics"}
        return {**named, **self.statistics}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> FeatureDrift:
        """What `as_dict` made, by whatever statistics there were then."""
        named = known(cls, stored) | {"new_categories": tuple(stored["new_categories"])}
        return cls(statistics={name: value for name, value in stored.items() if name not in named}, **named)


def compare(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    contract: Contract,
    importances: Mapping[str, float] | None = None,
) -> list[FeatureDrift]:
    """The drift of every feature of the contract between two tables, ordered as by `between`."""
    before = profiles(reference, contract)
    return between(before, {name: count(current[name], one) for name, one in before.items()}, importances)


def between(
    reference: Mapping[str, Profile], current: Mapping[str, Profile], importances: Mapping[str, float] | None = None
) -> list[FeatureDrift]:
    """The drift of every feature from its stored profile to the profile of current rows, what matters most first.

    That is by effect times importance (the loss that shuffling the feature costs the model, of whatever scale), or by
    effect alone where none is given. Features of different kinds are comparable by `effect`: each statistic that has
    a threshold, first less what chance alone is expected to give at these row counts, then divided by its threshold;
    the largest counts.
    """
    shares = _shares(reference, importances)
    drifts = [replace(drift(one, current[name]), importance=shares.get(name)) for name, one in reference.items()]

    def weight(one: FeatureDrift) -> float:
        return one.effect * (1.0 if one.importance is None else one.importance)

    return sorted(drifts, key=lambda one: (-weight(one), -one.effect))


def prediction_drift(reference_probability: Floats, current_probability: Floats) -> FeatureDrift:
    """The drift of what the model says; rows that could not be scored (nan) are left out."""
    before = profile(reference_probability, Feature("probability", "number"))
    return drift(before, count(current_probability, before))


def drift(reference: Profile, current: Profile) -> FeatureDrift:
    """How far a feature moved, from counts in the same bins.

    >>> steps = np.linspace(0, 10, 1000)
    >>> reference = profile(steps, Feature("distance", "number"))
    >>> drift(reference, count(steps, reference)).drifted
    False
    >>> drift(reference, count(steps + 5, reference)).drifted
    True
    """
    found: dict[str, Distance | float | None] = dict.fromkeys(STATISTICS)
    effect: tuple[float, float | None, float | None] = (0.0, None, None)
    new: tuple[str, ...] = ()
    new_share = 0.0
    if reference.filled and current.filled:
        ordered = KINDS[reference.kind].ordered
        bins = (_grouped(reference), _grouped(current)) if ordered else _aligned(reference, current)
        sides = Sides(reference, current, *bins)
        found |= {key: one.function(sides) for key, one in STATISTICS.items() if one.ordered in (ordered, None)}
        effect = _effect(found)
        if not ordered:
            new, new_share = _unseen(reference, current)
    return FeatureDrift(
        feature=reference.feature,
        kind=reference.kind,
        statistics={key: one.value if isinstance(one, Distance) else one for key, one in found.items()},
        nulls_reference=reference.null_share,
        nulls_current=current.null_share,
        new_categories=new,
        new_share=new_share,
        drifted=(effect[1] or 0.0) >= 1,
        effect=effect[0],
        low=effect[1],
        high=effect[2],
    )


def histogram(reference: Series, current: Series, feature: Feature) -> tuple[Floats | list[str], Floats, Floats]:
    """Bars for a chart, at most 24: their edges (bars + 1) or labels (bars), and the shares of both sides.

    Bars of an integer hold whole numbers each. The outermost half per cent of rows stand in the end bars, so that
    one far value does not flatten the rest. Of many categories the most frequent are shown.
    """
    if not feature.traits.ordered:
        counted = [profile(side, feature) for side in (reference, current)]
        tables = [pd.Series(one.counts[:-1], one.labels, dtype=float) / max(one.filled, 1) for one in counted]
        both = pd.concat(tables, axis=1).fillna(0.0)
        shown = both.loc[both.sum(axis=1).sort_values(ascending=False, kind="stable").index[:CHART_BINS]]
        return shown.index.tolist(), shown[0].to_numpy(), shown[1].to_numpy()
    sides = [found[np.isfinite(found)] for found in map(numbers, (reference, current))]
    edges = _chart_edges(sides, whole=feature.traits.whole)
    bars = [np.histogram(np.clip(side, edges[0], edges[-1]), edges)[0] / max(len(side), 1) for side in sides]
    return edges, bars[0], bars[1]


def _shares(names: Iterable[str], importances: Mapping[str, float] | None) -> dict[str, float]:
    """Of what all features are worth; empty where nothing is known of them, or the model uses none."""
    worth = {name: max((importances or {}).get(name, 0.0), 0.0) for name in names}
    whole = sum(worth.values())
    return {name: one / whole for name, one in worth.items()} if whole else {}


def _effect(found: Mapping[str, Distance | float | None]) -> tuple[float, float, float]:
    """The distance that reached furthest, in multiples of its threshold, and the bounds of the furthest reach."""
    limits = {key: one.threshold for key, one in STATISTICS.items() if one.threshold}
    measured = [(one, limits[key]) for key, one in found.items() if key in limits and isinstance(one, Distance)]
    reached = [[(one.beyond + side * REACH * one.error) / line for one, line in measured] for side in (0.0, -1.0, 1.0)]
    value, low, high = (float(max([0.0, *some])) for some in reached)
    return value, low, high


def _grouped(side: Profile) -> Floats:
    """Rows in each bin of the PSI of a number."""
    counts, edges = np.array(side.counts), np.array(side.edges)
    if side.levels:
        held = counts[np.searchsorted(edges, side.levels, side="right")]
        return np.append(held, counts.sum() - held.sum())
    below = np.cumsum(counts)[np.searchsorted(edges, side.cuts)]
    return np.diff(below, prepend=0, append=counts.sum())


def _aligned(reference: Profile, current: Profile) -> tuple[Floats, Floats]:
    """Rows of either side by category: the frequent ones of the reference, those that took over, and all others."""
    before, now = (dict(zip(side.labels, side.counts, strict=False)) for side in (reference, current))
    ranked = sorted(before, key=lambda label: (-before[label], label))[:MOST_CATEGORIES]
    shown = [label for label in ranked if before[label] >= RARE]
    shown += [label for label in now if now[label] >= TAKEOVER * current.filled and label not in shown]
    old, fresh = (np.array([side.get(label, 0) for label in shown], dtype=np.int64) for side in (before, now))
    return np.append(old, reference.filled - old.sum()), np.append(fresh, current.filled - fresh.sum())


def _unseen(reference: Profile, current: Profile) -> tuple[tuple[str, ...], float]:
    """The categories that the reference has never held, the most frequent first, and the share of rows with one."""
    if reference.counts[-1]:
        # Not all of its categories were kept by name, so that none can be called new.
        return (), 0.0
    known = set(reference.labels)
    new = {label: rows for label, rows in zip(current.labels, current.counts, strict=False) if label not in known}
    ranked = sorted(new, key=lambda label: (-new[label], label))
    return tuple(ranked[:MOST_CATEGORIES]), sum(new.values()) / current.filled


def _chart_edges(sides: list[Floats], whole: bool) -> Floats:
    ends = np.array([np.quantile(side, (0.005, 0.995)) for side in sides if len(side)]).reshape(-1, 2)
    low, high = (ends[:, 0].min(), ends[:, 1].max()) if len(ends) else (0.0, 1.0)
    if not whole:
        return np.linspace(low, high, CHART_BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    low, high = np.floor(low), np.ceil(high)
    step = np.ceil((high - low + 1) / CHART_BINS)
    return np.arange(low, high + step + 1, step)[: CHART_BINS + 1] - 0.5
