"""Reads a chunk's features as the contract means them, fast where a column is plain numbers within their bounds.

The contract's own check is thorough and takes microseconds a row. The rules are written here a second time, for arrays;
a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from core.data import checking, reading
from core.data.reading import FOUND, Facts

if TYPE_CHECKING:
    from core.data.arrays import Array, Bools, Codes, Floats, Ints, Series
    from core.data.contract import Contract, Feature

_PLAIN = {"b": FOUND["boolean"], "f": FOUND["floating"]}
"""What the contract calls columns of numpy's kinds, where it has a word."""


Rows: TypeAlias = "Callable[[Ints], pd.DataFrame]"
Coded: TypeAlias = "tuple[Codes, list[str]]"
"""A text per row: its place, (rows,), among the texts."""


@dataclass(frozen=True)
class Column:
    """A feature of a chunk. `values` (rows,) are float64, or text as object; NaN where there is none.

    `missing` marks the rows without a value and `failed` those that the contract rejects for it; None for no row.
    `low` and `high` are the least and greatest number, NaN where a row is missing or there are no numbers.
    """

    values: Array
    missing: Bools | None
    failed: Bools | None
    facts: Facts
    low: float = np.nan
    high: float = np.nan


def read(values: Series, feature: Feature) -> Column:
    """A feature's values in a chunk of at least one row."""
    if feature.traits.text:
        return _category(values, feature)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in feature.traits.as_is:
        numbers = values.to_numpy().astype("float64", copy=False)
        floats = values.dtype.kind == "f"
        if not floats or not np.isinf(numbers).any():
            missing = _some(np.isnan(numbers)) if floats else None
            known = len(numbers) - (0 if missing is None else int(missing.sum()))
            facts = Facts(known=known, found=_PLAIN.get(values.dtype.kind, str(values.dtype)) if known else None)
            return _number(numbers, missing, None, facts, feature, whole=not floats)
    found, facts = reading.read_column(values, feature)
    numbers, missing = found.to_numpy("float64"), values.isna().to_numpy()
    return _number(numbers, _some(missing), np.isnan(numbers) & ~missing, facts, feature)


def reasons(rows: Rows, columns: Mapping[str, Column], contract: Contract) -> Coded | None:
    """Why each row is rejected, "" first among the texts; None when none is. `rows` gives those at some places as the
    input has them."""
    failed = {name: column.failed for name, column in columns.items() if column.failed is not None}
    if not failed:
        return None
    every = np.logical_or.reduce(list(failed.values()))
    where = np.flatnonzero(every)
    found = checking.reasons(rows(where), {name: bad[where] for name, bad in failed.items()}, contract)
    places, texts = pd.factorize(pd.Series(found))
    codes = np.zeros(len(every), dtype=np.int32)
    codes[where] = places + 1
    return codes, ["", *texts]


def _number(
    numbers: Floats,
    missing: Bools | None,
    wrong: Bools | None,
    facts: Facts,
    feature: Feature,
    *,
    whole: bool = False,
) -> Column:
    low, high = float(numbers.min()), float(numbers.max())  # NaN when any row is: then each row is looked at
    bottom, top = _bounds(feature)
    whole = whole or not feature.traits.whole or bool((numbers == np.rint(numbers)).all())
    failed = None
    if not (bottom <= low and high <= top and whole):
        fits = (numbers >= bottom) & (numbers <= top)
        if feature.traits.whole:
            fits &= numbers == np.rint(numbers)
        failed = ~fits if missing is None else ~fits & ~missing
        failed = _some(failed if wrong is None else failed | wrong)
    return Column(numbers, missing, _refused(failed, missing, feature), facts, low, high)


def _bounds(feature: Feature) -> tuple[float, float]:
    bottom = -np.inf if feature.minimum is None else feature.minimum
    top = np.inf if feature.maximum is None else feature.maximum
    return max(bottom, feature.traits.low), min(top, feature.traits.high)


def _category(values: Series, feature: Feature) -> Column:
    found, facts = reading.read_column(values, feature)
    missing = values.isna().to_numpy()
    failed = found.isna().to_numpy() & ~missing
    if feature.categories:
        failed |= ~found.isin(feature.categories).to_numpy() & ~missing
    read = found.where(found.notna(), np.nan).to_numpy()
    return Column(read, _some(missing), _refused(_some(failed), _some(missing), feature), facts)


def _refused(failed: Bools | None, missing: Bools | None, feature: Feature) -> Bools | None:
    if feature.nulls != "reject" or missing is None:
        return failed
    return missing if failed is None else failed | missing


def _some(rows: Bools) -> Bools | None:
    return rows if rows.any() else None
