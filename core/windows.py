"""Stretches of time in which rows are looked at together: every row that has a time is in exactly one."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from core.checking import years
from core.errors import CourtsideError
from core.messages import Message, message

By = Literal["year", "season", "month", "rows"]
WINDOWS: dict[By, Message] = {
    "season": message("season, July to June"),
    "year": message("calendar year"),
    "month": message("month"),
    "rows": message("so many rows"),
}
"""How time can be cut, each with its name for people."""


def window_labels(time: pd.Series, by: By, rows: int = 0) -> np.ndarray:
    """The label of each row's window, (rows,) of text; None where a row has no time. Sorted, labels follow time.

    "2003" is a year, "2002-03" the season from July 2002 to June 2003, "2003-04" a month. By "rows" the rows in their
    order of time are counted off, `rows` at a time: "01", "02" ...; for that, time may be plain numbers too.
    """
    if by not in get_args(By):
        raise CourtsideError(
            message("There are no windows by {by}.", by=by),
            message("Choose among {names}.", names=list(WINDOWS)),
        )
    if by == "rows":
        return _counted(time, rows)
    moments = _moments(time)
    known, found = ~np.isnat(moments), np.full(len(time), None, dtype=object)
    month = moments[known].astype("datetime64[M]")
    year = month.astype("datetime64[Y]")
    match by:
        case "year":
            found[known] = year.astype(str)
        case "month":
            found[known] = month.astype(str)
        case "season":
            began = (month - 6).astype("datetime64[Y]")  # what lies before July began in the year before
            ends = np.char.add("-", [text[2:] for text in (began + 1).astype(str)]) if known.any() else ""
            found[known] = np.char.add(began.astype(str), ends)
    return found


def _counted(time: pd.Series, rows: int) -> np.ndarray:
    if rows < 1:
        raise CourtsideError(
            message("A window of {rows} rows holds none.", rows=rows), message("Give a number of rows, such as 1000.")
        )
    values = time if pd.api.types.is_numeric_dtype(time.dtype) else pd.Series(_moments(time))
    known = np.flatnonzero(values.notna().to_numpy())
    order = known[np.argsort(values.to_numpy()[known], kind="stable")]
    window = np.arange(len(order)) // rows + 1
    found = np.full(len(time), None, dtype=object)
    found[order] = np.char.zfill(window.astype(str), len(str(window[-1]))) if len(window) else ""
    return found


def _moments(time: pd.Series) -> np.ndarray:
    """Dates as a contract reads them, datetime64[s] (rows,); NaT where there is none."""
    plain = time if isinstance(time.dtype, np.dtype) else time.astype(object)
    found = years(plain.reset_index(drop=True)).to_numpy(float)
    known, moments = np.isfinite(found), np.full(len(found), np.datetime64("NaT", "s"))
    year = np.floor(found[known])
    start = (year.astype(int) - 1970).astype("datetime64[Y]")
    length = (start + 1).astype("datetime64[s]") - start.astype("datetime64[s]")
    seconds = np.round((found[known] - year) * length.astype(int)).astype("timedelta64[s]")
    moments[known] = start.astype("datetime64[s]") + seconds
    return moments
