"""Reads a chunk's features as the contract means them, fast where a column is plain numbers within their bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core import contract as contracts
from core.contract import EXACT, Contract, Facts, Feature


@dataclass(frozen=True)
class Column:
    """A feature of a chunk. `values` (rows,) are float64, or text as object; NaN where there is none.

    `missing` marks the rows without a value and `suspect` those that the contract has to look at; None for no row.
    `low` and `high` are the least and greatest number, NaN where a row is missing or there are no numbers.
    """

    values: np.ndarray
    missing: np.ndarray | None
    suspect: np.ndarray | None
    facts: Facts
    low: float = np.nan
    high: float = np.nan


def read(values: pd.Series, feature: Feature) -> Column:
    """A feature's values in a chunk of at least one row."""
    if feature.kind == "category":
        return _category(values, feature)
    kinds = "biuf" if feature.kind == "boolean" else "iuf"
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in kinds:
        numbers = values.to_numpy().astype("float64", copy=False)
        if not np.isinf(numbers).any():
            missing = _some(np.isnan(numbers)) if values.dtype.kind == "f" else None
            known = len(numbers) - (0 if missing is None else int(missing.sum()))
            facts = Facts(known=known, found=str(values.dtype) if known else None)
            return _number(numbers, missing, None, facts, feature)
    found, facts = contracts.read_column(values, feature)
    numbers, missing = found.to_numpy("float64"), values.isna().to_numpy()
    return _number(numbers, _some(missing), np.isnan(numbers) & ~missing, facts, feature)


def reasons(rows: pd.DataFrame, columns: dict[str, Column], contract: Contract) -> np.ndarray | None:
    """Why the contract rejects each row, (rows,), empty where it does not; None when it rejects none."""
    suspects = [column.suspect for column in columns.values() if column.suspect is not None]
    if not suspects:
        return None
    where = np.flatnonzero(np.logical_or.reduce(suspects))
    found = contracts.reasons(rows.iloc[where], contract)
    if not (found != "").any():
        return None
    every = np.full(len(rows), "", dtype=object)
    every[where] = found
    return every


def _number(
    numbers: np.ndarray, missing: np.ndarray | None, wrong: np.ndarray | None, facts: Facts, feature: Feature
) -> Column:
    low, high = float(numbers.min()), float(numbers.max())  # NaN when any row is: then each row is looked at
    bottom, top = _bounds(feature)
    whole = feature.kind == "number" or bool((numbers == np.rint(numbers)).all())
    suspect = None
    if not (bottom <= low and high <= top and whole):
        fits = (numbers >= bottom) & (numbers <= top)
        if feature.kind != "number":
            fits &= numbers == np.rint(numbers)
        suspect = ~fits if missing is None else ~fits & ~missing
        suspect = _some(suspect if wrong is None else suspect | wrong)
    return Column(numbers, missing, suspect, facts, low, high)


def _bounds(feature: Feature) -> tuple[float, float]:
    bottom = -np.inf if feature.minimum is None else feature.minimum
    top = np.inf if feature.maximum is None else feature.maximum
    if feature.kind == "boolean":
        return max(bottom, 0), min(top, 1)
    return (max(bottom, -EXACT), min(top, EXACT)) if feature.kind == "integer" else (bottom, top)


def _category(values: pd.Series, feature: Feature) -> Column:
    found, facts = contracts.read_column(values, feature)
    missing = values.isna().to_numpy()
    suspect = found.isna().to_numpy() & ~missing
    if feature.categories:
        suspect |= ~found.isin(feature.categories).to_numpy() & ~missing
    return Column(found.where(found.notna(), np.nan).to_numpy(), _some(missing), _some(suspect), facts)


def _some(rows: np.ndarray) -> np.ndarray | None:
    return rows if rows.any() else None
