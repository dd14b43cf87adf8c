"""A feature in counts: small enough to be stored with a version, added to chunk by chunk, merged in any order.

Drift needs no raw rows. The reference chooses the bins once, and whatever comes later is counted in the same ones: ten
million rows take the memory of one chunk, and machines that saw a part each can put their parts together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from core.data.contract import Contract, Feature
from core.data.kinds import KINDS, Kind
from core.monitoring.bins import Bins, sample

if TYPE_CHECKING:
    import pyarrow as pa

    from core.data.arrays import Array, Floats, Series

    Values: TypeAlias = Array | Series | pa.Array | pa.ChunkedArray
    Columns: TypeAlias = pd.DataFrame | pa.Table | pa.RecordBatch

"""Kinds that are counted as numbers; a date is one, in years."""
YES = {"1", "1.0", "true", "yes"}
STABILITY_BINS = 10
EXACT_VALUES = 5_000
"""Numbers with at most this many distinct values are kept value by value."""
FINE_BINS = 1_000
"""Bins of equal reference counts for all other numbers: KS is then off by less than a thousandth."""
TAIL = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Where the outermost bin at either end is cut again: of a long tail it holds few rows and most of the distance."""
MOST_LABELS = 10_000
"""Categories kept by name; the rows of rarer ones are only counted."""


@dataclass(frozen=True)
class Profile:
    """One feature of some rows, without the rows.

    A number has bins: bin i is edges[i-1] <= value < edges[i], open at both ends, with its `counts` and the `sums` of
    its values (one more than there are edges). A value that is kept exactly has a bin that holds no other. PSI is
    taken over fewer bins, which begin at `cuts`, or are the single values of `levels` (when there are at most ten) and
    one for all others. `mean` and `squares` (the sum of squared distances from it) belong to the same rows.

    A category has `labels` in alphabetical order and one count more, for the rows of labels that were not kept.
    Rows that are null, or no finite number, count in `rows` only.
    """

    feature: str
    kind: Kind
    rows: int
    counts: tuple[int, ...]
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    sums: tuple[float, ...] = ()
    mean: float = 0.0
    squares: float = 0.0

    @property
    def filled(self) -> int:
        return sum(self.counts)

    @property
    def null_share(self) -> float:
        return 1 - self.filled / max(self.rows, 1)

    @property
    def std(self) -> float | None:
        """Of numbers, with n - 1; None where there are fewer than two, or their squares pass what a float can hold."""
        known = self.sums and self.filled > 1 and np.isfinite(self.squares)
        return float(np.sqrt(self.squares / (self.filled - 1))) if known else None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, which `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Profile:
        known = {field.name: stored[field.name] for field in fields(cls)}
        lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**known | lists)


def profile(values: Values, feature: Feature) -> Profile:
    """The profile of a feature of the reference, on bins chosen for it.

    `values` is a numpy array, a pandas Series or a pyarrow (chunked) array. Numbers with at most 5,000 distinct values
    get a bin a value; others a thousand bins at their quantiles, where frequent values still get their own. Above
    100,000 rows an even sample of them decides where the bins begin; their counts are always those of all rows.
    """
    if not feature.traits.ordered:
        return _of_categories(values, feature)
    found = numbers(values)
    finite = found[np.isfinite(found)]
    edges, cuts, levels = _edges(finite)
    return _of_numbers(found, Profile(feature.name, feature.kind, 0, (), (), edges, cuts, levels))


def count(values: Values, bins: Profile) -> Profile:
    """The profile of other values of the same feature, counted in the bins of `bins`."""
    if not KINDS[bins.kind].ordered:
        return _of_categories(values, Feature(bins.feature, bins.kind))
    return _of_numbers(numbers(values), bins)


def merge(one: Profile, other: Profile) -> Profile:
    """The profile of the rows of both, whichever comes first; raises ValueError when their bins differ.

    >>> feature = Feature("distance", "number")
    >>> reference = profile(np.array([1.0, 2.0, 2.0, 9.0]), feature)
    >>> one, other = count(np.array([1.0, 2.0]), reference), count(np.array([9.0]), reference)
    >>> merge(one, other) == count(np.array([1.0, 2.0, 9.0]), reference)
    True
    """
    if (one.feature, one.kind, one.edges) != (other.feature, other.kind, other.edges):
        raise ValueError(f"the profiles of {one.feature} and {other.feature} were not counted in the same bins")
    rows = one.rows + other.rows
    if not KINDS[one.kind].ordered:
        tally = dict(zip(one.labels, one.counts, strict=False))
        for label, rows_of_it in zip(other.labels, other.counts, strict=False):
            tally[label] = tally.get(label, 0) + rows_of_it
        return _labelled(one, rows, tally, one.counts[-1] + other.counts[-1])
    n, m = one.filled, other.filled
    apart = other.mean - one.mean
    return replace(
        one,
        rows=rows,
        counts=tuple(np.add(one.counts, other.counts).tolist()),
        sums=tuple(np.add(one.sums, other.sums).tolist()),
        # Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (1983): no cancellation.
        mean=(n * one.mean + m * other.mean) / max(n + m, 1),
        squares=one.squares + other.squares + apart**2 * n * m / max(n + m, 1),
    )


def profiles(frame: Columns, contract: Contract) -> dict[str, Profile]:
    """The profile of every feature of the contract; `frame` is a pandas frame or a pyarrow table."""
    return {feature.name: profile(frame[feature.name], feature) for feature in contract.features}


def counted(chunks: Iterable[Columns], bins: Mapping[str, Profile]) -> dict[str, Profile]:
    """The profiles of rows that come in chunks (pandas frames, pyarrow tables or record batches), one at a time in
    memory, in the bins of the reference. No chunk gives profiles of no rows."""
    found = {name: count(np.empty(0), one) for name, one in bins.items()}
    for chunk in chunks:
        found = {name: merge(one, count(chunk[name], bins[name])) for name, one in found.items()}
    return found


def name_of(value: object, kind: Kind) -> str:
    """A category as text: 1 and 1.0 are one, and so are all ways to write yes."""
    if KINDS[kind].yes_no:
        return "1" if str(value).strip().lower() in YES else "0"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _of_numbers(numbers: Floats, bins: Profile) -> Profile:
    counts, sums, mean, squares = Bins.of(np.array(bins.edges)).count(numbers)
    return replace(
        bins,
        rows=len(numbers),
        counts=tuple(counts.tolist()),
        sums=tuple(sums.tolist()),
        mean=mean,
        squares=squares,
    )


def _of_categories(values: Values, feature: Feature) -> Profile:
    series = _series(values)
    codes, distinct = pd.factorize(series)
    tally: dict[str, int] = {}
    for value, rows in zip(distinct, np.bincount(codes[codes >= 0], minlength=len(distinct)).tolist(), strict=True):
        name = name_of(value, feature.kind)
        tally[name] = tally.get(name, 0) + rows
    return _labelled(Profile(feature.name, feature.kind, 0, ()), len(series), tally, 0)


def _labelled(like: Profile, rows: int, tally: dict[str, int], others: int) -> Profile:
    kept = tally
    if len(tally) > MOST_LABELS:
        kept = dict(sorted(tally.items(), key=lambda item: (-item[1], item[0]))[:MOST_LABELS])
        others += sum(tally.values()) - sum(kept.values())
    labels = sorted(kept)
    return replace(like, rows=rows, labels=tuple(labels), counts=(*(kept[label] for label in labels), others))


def _edges(values: Floats) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Where the bins of finite numbers begin, where those of the PSI do, and the values if there are at most ten."""
    if not len(values):
        return (), (), ()
    seen = np.sort(sample(values))
    distinct, counts = np.unique(seen, return_counts=True)
    alone, between = distinct, np.empty(0)
    if len(distinct) > EXACT_VALUES:
        alone = distinct[counts * FINE_BINS > len(seen)]
        inner, tail = np.arange(1, FINE_BINS) / FINE_BINS, np.array(TAIL) / FINE_BINS
        between = np.quantile(seen, np.concatenate([tail, inner, 1 - tail]))
    cuts, levels = np.empty(0), distinct
    if len(distinct) > STABILITY_BINS:
        levels = np.empty(0)
        cuts = np.unique(np.quantile(seen, np.arange(1, STABILITY_BINS) / STABILITY_BINS))
        cuts = cuts[cuts > seen[0]]
        # Nine rows in ten may share the lowest value: the others then make one bin.
        cuts = cuts if len(cuts) else distinct[1:2]
    ends = np.array([values.min(), np.nextafter(values.max(), np.inf)])
    edges = np.unique(np.concatenate([alone, np.nextafter(alone, np.inf), between, cuts, ends]))
    return tuple(edges.tolist()), tuple(cuts.tolist()), tuple(levels.tolist())


def numbers(values: Values) -> Floats:
    """The values as floats, nan where they are null or no number. Shape (rows,)."""
    return pd.to_numeric(_series(values), errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _series(values: Values) -> Series:
    if not hasattr(values, "to_pandas"):
        return pd.Series(values)
    import pyarrow as pa

    stored: pa.Array = values
    # Text becomes Python objects one by one, distinct text only once.
    text = pa.types.is_string(stored.type) or pa.types.is_large_string(stored.type)
    series: Series = pd.Series((stored.dictionary_encode() if text else stored).to_pandas())
    return series
