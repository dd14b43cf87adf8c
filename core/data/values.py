"""Reads the values of a column one by one: the same value gives the same reading, whatever stands in the rows around.

Each reader takes a column of numpy's and gives float64 or text (object), null where there is no value or none that it
can read.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from core.data.arrays import Series

EXACT = 2**53
"""Beyond it a float no longer tells whole numbers apart."""
BOOLS = (bool, np.bool_)
NUMERIC = (str, int, float, Decimal, np.number)
"""Types of a cell that can be read as a number."""
READABLE = ("string", "integer", "floating", "mixed-integer-float", "decimal")
"""What pandas' `infer_dtype` calls columns all of whose cells can be."""

NO_TEXT = (bytes, complex, tuple, list, dict, set, frozenset, np.ndarray)
"""Types of a cell that is no category."""


def numbers(values: Series) -> Series:
    """Finite numbers, written as numbers or as text; yes and no are none."""
    return _numbers(values, "iuf", lambda value: isinstance(value, NUMERIC) and not isinstance(value, BOOLS))


def bools(values: Series) -> Series:
    """The same, where yes is 1 and no is 0."""
    return _numbers(values, "biuf", lambda value: isinstance(value, NUMERIC + BOOLS))


def years(values: Series) -> Series:
    """Dates as years with their fraction (2016-07-01 is 2016.497), null where there is no date; floats (rows,)."""
    if values.dtype.kind in "biufc":  # a bare number is no date, whatever pandas would make of it
        return pd.Series(np.nan, index=values.index)
    try:
        moments = pd.to_datetime(
            values, errors="coerce", utc=True, format="ISO8601" if values.dtype == object else None
        )
        unread = values[moments.isna() & values.notna()]
        if len(unread):
            moments[unread.index] = pd.to_datetime(unread, errors="coerce", utc=True, format="%d/%m/%Y")
    except (TypeError, ValueError):
        return pd.Series(np.nan, index=values.index)
    moments = moments.dt.tz_localize(None)
    first = moments.dt.to_period("Y").dt.start_time
    length = np.where(moments.dt.is_leap_year, 366, 365)
    return moments.dt.year + (moments - first) / pd.Timedelta(days=1) / length


def texts(values: Series) -> Series:
    """Values as text, whole numbers without a fraction."""
    if values.dtype == object and pd.api.types.infer_dtype(values).startswith("mixed"):
        # One by one: among distinct values True and 1 are one, and a list can't be looked up.
        read = [_text(value) if known else None for value, known in zip(values, values.notna(), strict=True)]
        return pd.Series(read, index=values.index, dtype=object)
    codes, distinct = pd.factorize(values)
    return pd.Series(np.array([*map(_text, distinct), None], dtype=object)[codes], index=values.index, dtype=object)


def _numbers(values: Series, dtypes: str, readable: Callable[[object], bool]) -> Series:
    if values.dtype == object:
        if pd.api.types.infer_dtype(values) not in READABLE:
            values = values.where(np.array([readable(value) for value in values], dtype=bool))
        values = pd.to_numeric(values, errors="coerce")
    elif values.dtype.kind not in dtypes:
        return pd.Series(np.nan, index=values.index)
    found = values.astype("float64")
    return found.where(np.isfinite(found))


def _text(value: object) -> str | None:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))  # whole numbers become floats in a column that has nulls
    return None if isinstance(value, NO_TEXT) else str(value)
