"""Tables that a spreadsheet opens without running anything in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from core.data.arrays import Series

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that spreadsheets take for a formula (OWASP, "CSV injection")."""


def neutralised(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before every text that a spreadsheet would run, in names and in cells.

    Numbers stay numbers: a column of negative ones begins with "-" and harms nobody.

    >>> neutralised(pd.DataFrame({"player": ["=1+1", "Kobe"], "points": [-1, 81]})).to_dict("list")
    {'player': ["'=1+1", 'Kobe'], 'points': [-1, 81]}
    """
    made = {place: _cells(frame.iloc[:, place]) for place in range(frame.shape[1])}
    return pd.DataFrame(made, index=frame.index).set_axis([_cell(name) for name in frame.columns], axis=1)


def csv(frame: pd.DataFrame) -> bytes:
    """The table as a CSV file, neutralised; it begins with a mark by which spreadsheets know that it is UTF-8."""
    return f"\ufeff{neutralised(frame).to_csv(index=False)}".encode()


def _cells(values: Series) -> Series:
    if not (pd.api.types.is_object_dtype(values) or isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype)):
        return values
    return values.astype(object).map(_cell, na_action="ignore")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
