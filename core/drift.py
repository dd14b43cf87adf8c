"""What changed between the reference and the current rows, feature by feature, and which rows lie outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.contract import Contract, Feature, Kind

PSI_ALARM = 0.2
"""Population stability index: under 0.1 stable, over 0.25 a major shift (Siddiqi, "Credit Risk Scorecards", 2006);
0.2 is the line most practitioners act on."""
WASSERSTEIN_ALARM = 0.3
"""In reference standard deviations: between a small (0.2) and a medium (0.5) effect (Cohen, "Statistical Power
Analysis", 1988), for what would be a plain shift of the mean."""
TOTAL_VARIATION_ALARM = 0.1
"""One row in ten would have to change its category to get the reference back."""

QUANTILE_BINS = 10
MOST_CATEGORIES = 200
RARE = 20
"""Rows below which a reference category shares a bin with the other rare ones and those never seen: chosen for their
counts, such categories would look rarer in any other sample (regression to the mean), and alarm."""
TAKEOVER = 0.05
"""Share of the current rows that gives a rare or new category a bin of its own all the same."""
CHART_BINS = 24
NEIGHBOUR = 15
SUPPORT_QUANTILE = 0.99
SUPPORT_ROWS = 5_000
DENSE_VALUES = 20
"""Numbers with more distinct values than this span the space in which neighbours are looked for."""
NUMERIC = ("number", "integer", "date")
YES = {"1", "1.0", "true", "yes"}


@dataclass(frozen=True)
class Profile:
    """One feature of the reference, small enough to be stored as JSON with a model version.

    A number with many values is binned by its `edges` (bin i is edges[i-1] <= value < edges[i], open at both ends);
    a category, or a number with at most ten values, by its `levels`, and a last bin holds all others.
    `shares` are those of the bins among the rows that are not null; `known` are the categories ever seen.
    """

    feature: str
    kind: Kind
    rows: int
    null_share: float
    edges: tuple[float, ...]
    levels: tuple[str | float, ...]
    shares: tuple[float, ...]
    known: tuple[str, ...]
    mean: float | None
    std: float | None


@dataclass(frozen=True)
class FeatureDrift:
    """How far one feature moved; None is what does not apply to its kind or has no rows to be computed on.

    `wasserstein` is in reference standard deviations, `total_variation` the share of rows that would have to change
    category, `jensen_shannon` the distance (square root, natural logarithm) between the binned shares. The
    p-values are shown and decide nothing: with enough rows every difference is significant. `new_categories` are
    the most frequent unseen ones and `new_share` the share of rows that hold any. `effect` says how many times the
    alarm line was reached, beyond what a random batch of that size would show; `drifted` is effect >= 1.
    """

    feature: str
    kind: Kind
    psi: float | None
    ks: float | None
    wasserstein: float | None
    total_variation: float | None
    chi2_p: float | None
    ks_p: float | None
    jensen_shannon: float | None
    nulls_reference: float
    nulls_current: float
    new_categories: tuple[str, ...]
    new_share: float
    drifted: bool
    effect: float


def profile(reference: pd.Series, feature: Feature) -> Profile:
    """What drift has to know of a feature of the reference, without its rows."""
    values = _values(reference, feature.kind)
    numeric = feature.kind in NUMERIC
    edges, levels = _number_bins(values) if numeric else ((), _frequent(values))
    return Profile(
        feature=feature.name,
        kind=feature.kind,
        rows=len(reference),
        null_share=1 - len(values) / max(len(reference), 1),
        edges=edges,
        levels=levels,
        shares=tuple((_binned(values, edges, levels) / max(len(values), 1)).tolist()),
        known=() if numeric else tuple(values.categories),
        mean=float(values.mean()) if numeric and len(values) else None,
        std=float(values.std(ddof=1)) if numeric and len(values) > 1 else None,
    )


def compare(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract) -> list[FeatureDrift]:
    """The drift of every feature of the contract, strongest first.

    Features of different kinds are ranked by `effect`, the one figure that means the same for all of them: PSI and
    Wasserstein distance (numbers) or PSI and total variation (categories), each first less what chance alone is
    expected to give at these row counts, then divided by its alarm line; the larger counts.
    """
    drifts = [_compared(reference[feature.name], current[feature.name], feature) for feature in contract.features]
    return sorted(drifts, key=lambda drift: -drift.effect)


def prediction_drift(reference_probability: np.ndarray, current_probability: np.ndarray) -> FeatureDrift:
    """The drift of what the model says; rows that could not be scored (nan) are left out."""
    output = Feature("probability", "number")
    return _compared(pd.Series(reference_probability), pd.Series(current_probability), output)


def histogram(
    reference: pd.Series, current: pd.Series, feature: Feature
) -> tuple[np.ndarray | list[str], np.ndarray, np.ndarray]:
    """Bars for a chart, at most 24: their edges (bars + 1) or labels (bars), and the shares of both sides.

    Bars of an integer hold whole numbers each. The outermost half per cent of rows stand in the end bars, so that
    one far value does not flatten the rest. Of many categories the most frequent are shown.
    """
    sides = [_values(side, feature.kind) for side in (reference, current)]
    if feature.kind not in NUMERIC:
        tables = [pd.Series(counts, labels) / max(counts.sum(), 1) for labels, counts in map(_counted, sides)]
        both = pd.concat(tables, axis=1).fillna(0.0)
        shown = both.loc[both.sum(axis=1).sort_values(ascending=False, kind="stable").index[:CHART_BINS]]
        return shown.index.tolist(), shown[0].to_numpy(), shown[1].to_numpy()
    edges = _chart_edges(sides, whole=feature.kind == "integer")
    bars = [np.histogram(np.clip(side, edges[0], edges[-1]), edges)[0] for side in sides]
    return edges, *(bar / max(len(side), 1) for bar, side in zip(bars, sides, strict=True))


def outside_range(frame: pd.DataFrame, ranges: Mapping[str, tuple[float, float]]) -> np.ndarray:
    """Per row, whether any number lies outside its (minimum, maximum); nulls do not. Shape (rows,), bool."""
    outside = np.zeros(len(frame), bool)
    for name, (minimum, maximum) in ranges.items():
        values = _floats(frame[name])
        outside |= (values < minimum) | (values > maximum)
    return outside


def outside_support(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> np.ndarray:
    """Per current row, whether the reference has nothing like it. Shape (rows,), bool.

    A row is outside when its 15th nearest reference row is farther off than that of 99 % of the reference rows
    themselves, in standardised numbers, against at most 5,000 reference rows (Ramaswamy et al., "Efficient
    algorithms for mining outliers", 2000). About 1 % of a batch like the reference is therefore outside. Unlike a
    range per feature it sees the holes between the values. Only numbers with more than 20 distinct values span the
    space: one step of a yes/no or of a period is wider than any hole, and would hide it. With none such, all numbers.
    """
    from scipy.spatial import cKDTree

    numbers = [feature.name for feature in contract.features if feature.kind in NUMERIC]
    sample = np.random.default_rng(seed).permutation(len(reference))[:SUPPORT_ROWS]
    known = {name: _floats(reference[name].iloc[sample]) for name in numbers}
    known = {name: values for name, values in known.items() if not np.isnan(values).all()}
    dense = [name for name, values in known.items() if len(np.unique(values)) > DENSE_VALUES] or list(known)
    if not dense or len(sample) <= NEIGHBOUR:
        return np.zeros(len(current), bool)
    means = {name: np.nanmean(known[name]) for name in dense}
    spreads = {name: np.nanstd(known[name]) or 1.0 for name in dense}

    def placed(columns: Mapping[str, np.ndarray]) -> np.ndarray:
        # A null is a matter of data quality: in the middle it makes no row look far away.
        return np.column_stack([np.nan_to_num((columns[name] - means[name]) / spreads[name]) for name in dense])

    reference_points = placed(known)
    tree = cKDTree(reference_points)
    # The nearest reference row of a reference row is itself, hence one neighbour more.
    own = tree.query(reference_points, [NEIGHBOUR + 1])[0]
    far = tree.query(placed({name: _floats(current[name]) for name in dense}), [NEIGHBOUR])[0]
    return far[:, 0] > np.quantile(own, SUPPORT_QUANTILE)


def _compared(reference: pd.Series, current: pd.Series, feature: Feature) -> FeatureDrift:
    known = profile(reference, feature)
    before, now = _values(reference, feature.kind), _values(current, feature.kind)
    found: dict = dict.fromkeys(("psi", "ks", "wasserstein", "total_variation", "chi2_p", "ks_p", "jensen_shannon"))
    new: tuple[str, ...] = ()
    new_share = effect = 0.0
    if len(before) and len(now):
        levels = known.levels if feature.kind in NUMERIC else (*known.levels, *_risen(now, known))
        old, fresh = (_binned(side, known.edges, levels) for side in (before, now))
        if feature.kind in NUMERIC:
            measured, effect = _of_numbers(before, now, known.std)
        else:
            measured, effect = _of_categories(old, fresh)
            new, new_share = _unseen(now, known)
        psi, excess = _stability(old, fresh)
        effect = max(effect, excess / PSI_ALARM, 0.0)
        found |= {"psi": psi, "jensen_shannon": _jensen_shannon(old, fresh), **measured}
    return FeatureDrift(
        feature=feature.name,
        kind=feature.kind,
        **found,
        nulls_reference=known.null_share,
        nulls_current=1 - len(now) / max(len(current), 1),
        new_categories=new,
        new_share=new_share,
        drifted=bool(effect >= 1),
        effect=float(effect),
    )


def _stability(before: np.ndarray, now: np.ndarray) -> tuple[float, float]:
    """PSI of two rows of bin counts, and what of it exceeds its expectation between two samples of one population.

    Half a row is added to each bin (Jeffreys' prior), so that an empty one has a finite logarithm. The expectation
    is (bins - 1) * (1/n + 1/m) (Yurdakul, "Statistical properties of the population stability index", 2018).
    """
    used = (before + now) > 0
    bins, n, m = int(used.sum()), before.sum(), now.sum()
    old, new = (before[used] + 0.5) / (n + bins / 2), (now[used] + 0.5) / (m + bins / 2)
    psi = float(np.sum((new - old) * np.log(new / old)))
    return psi, psi - (bins - 1) * (1 / n + 1 / m)


def _jensen_shannon(before: np.ndarray, now: np.ndarray) -> float:
    from scipy.special import rel_entr

    old, new = before / before.sum(), now / now.sum()
    middle = (old + new) / 2
    return float(np.sqrt(max(0.0, rel_entr(old, middle).sum() + rel_entr(new, middle).sum()) / 2))


def _of_numbers(before: np.ndarray, now: np.ndarray, std: float | None) -> tuple[dict[str, float | None], float]:
    """KS and normalised Wasserstein distance of sorted numbers, and the latter in multiples of its alarm line."""
    from scipy.special import kolmogorov

    n, m = len(before), len(now)
    # Timsort merges two sorted halves in one pass.
    grid = np.sort(np.concatenate((before, now)), kind="stable")
    old = np.searchsorted(before, grid, side="right") / n
    gap = np.abs(old - np.searchsorted(now, grid, side="right") / m)
    ks = float(gap.max())
    found: dict[str, float | None] = {"ks": ks, "ks_p": float(kolmogorov(ks * np.sqrt(n * m / (n + m))))}
    if not std:
        return found, 0.0
    steps = np.diff(grid) / std
    found["wasserstein"] = float(gap[:-1] @ steps)
    # A gap between two samples of one population is about normal: its mean size is sqrt(2 / pi) deviations.
    chance = np.sqrt(2 / np.pi * (1 / n + 1 / m)) * float(np.sqrt(old * (1 - old))[:-1] @ steps)
    return found, (found["wasserstein"] - chance) / WASSERSTEIN_ALARM


def _of_categories(before: np.ndarray, now: np.ndarray) -> tuple[dict[str, float], float]:
    """Total variation and chi-squared of two rows of counts, and the former in multiples of its alarm line."""
    from scipy.special import chdtrc

    n, m = before.sum(), now.sum()
    pooled = (before + now) / (n + m)
    used = pooled > 0
    variation = float(np.abs(before / n - now / m).sum() / 2)
    chance = float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m) / (2 * np.pi)).sum())
    statistic = float(np.sum((before - n * pooled)[used] ** 2 / (n * pooled[used])))
    statistic += float(np.sum((now - m * pooled)[used] ** 2 / (m * pooled[used])))
    p = float(chdtrc(used.sum() - 1, statistic)) if used.sum() > 1 else 1.0
    return {"total_variation": variation, "chi2_p": p}, (variation - chance) / TOTAL_VARIATION_ALARM


def _risen(now: pd.Categorical, known: Profile) -> list[str]:
    labels, counts = _counted(now)
    return [label for label in labels[counts >= TAKEOVER * len(now)] if label not in known.levels]


def _unseen(now: pd.Categorical, known: Profile) -> tuple[tuple[str, ...], float]:
    labels, counts = _counted(now)
    new = ~np.isin(labels, known.known)
    order = np.argsort(-counts[new], kind="stable")[:MOST_CATEGORIES]
    return tuple(labels[new][order].tolist()), float(counts[new].sum() / len(now))


def _values(series: pd.Series, kind: Kind) -> np.ndarray | pd.Categorical:
    """The values that are there: finite numbers, sorted, or categories as text."""
    if kind in NUMERIC:
        values = _floats(series)
        return np.sort(values[np.isfinite(values)])
    codes, distinct = pd.factorize(series)
    names = [_name(value, kind) for value in distinct]
    # 1 and 1.0, or "true" and True, are one category.
    merged, labels = pd.factorize(np.array(names, dtype=object))
    return pd.Categorical.from_codes(merged[codes[codes >= 0]], labels)


def _name(value: object, kind: Kind) -> str:
    if kind == "boolean":
        return "1" if str(value).strip().lower() in YES else "0"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _floats(series: pd.Series) -> np.ndarray:
    return pd.to_numeric(series, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _counted(values: pd.Categorical) -> tuple[np.ndarray, np.ndarray]:
    """Categories in alphabetical order and how often each occurs."""
    labels = np.asarray(values.categories, dtype=object)
    order = np.argsort(labels)
    return labels[order], np.bincount(values.codes, minlength=len(labels))[order]


def _number_bins(values: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Edges at the deciles of sorted numbers, equal ones merged; or their levels, when there are at most ten."""
    distinct = values[np.diff(values, prepend=np.nan) != 0]
    if len(distinct) <= QUANTILE_BINS:
        return (), tuple(distinct.tolist())
    cuts = np.unique(np.quantile(values, np.arange(1, QUANTILE_BINS) / QUANTILE_BINS))
    cuts = cuts[cuts > values[0]]
    # Nine rows in ten may share the lowest value: the others then make one bin.
    return tuple(cuts.tolist()) or (float(distinct[1]),), ()


def _frequent(values: pd.Categorical) -> tuple[str, ...]:
    labels, counts = _counted(values)
    order = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    return tuple(labels[order][counts[order] >= RARE].tolist())


def _binned(values: np.ndarray | pd.Categorical, edges: tuple, levels: tuple) -> np.ndarray:
    """Rows per bin of a profile; with levels, the last bin holds every other value."""
    if edges:
        return np.diff(np.searchsorted(values, edges), prepend=0, append=len(values))
    if not isinstance(values, pd.Categorical):
        held = np.searchsorted(values, levels, side="right") - np.searchsorted(values, levels, side="left")
        return np.append(held, len(values) - held.sum())
    place = {level: index for index, level in enumerate(levels)}
    index = np.array([place.get(label, len(levels)) for label in values.categories], dtype=int)[values.codes]
    return np.bincount(index, minlength=len(levels) + 1)


def _chart_edges(sides: list[np.ndarray], whole: bool) -> np.ndarray:
    ends = np.array([np.quantile(side, (0.005, 0.995)) for side in sides if len(side)]).reshape(-1, 2)
    low, high = (ends[:, 0].min(), ends[:, 1].max()) if len(ends) else (0.0, 1.0)
    if not whole:
        return np.linspace(low, high, CHART_BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    low, high = np.floor(low), np.ceil(high)
    step = np.ceil((high - low + 1) / CHART_BINS)
    return np.arange(low, high + step + 1, step)[: CHART_BINS + 1] - 0.5
