"""Rows cut into windows of time, and how good a model is in each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from core.metrics.intervals import Interval, intervals
from core.metrics.performance import measurable
from core.metrics.thresholds import USUAL

if TYPE_CHECKING:
    from core.data.arrays import Floats, Series, Texts

By = Literal["year", "season", "month", "rows"]
BYS: tuple[By, ...] = get_args(By)
SEASON_BEGINS = 7
"""A season runs from July to June."""
CALENDAR = (1000, 3000)
"""A number is a year where all of a column's lie between these."""
ROWS = 500
RESAMPLES = 500
"""A band needs no more; the verdict's intervals have twice as many."""


@dataclass(frozen=True)
class Window:
    """A stretch of time, or a batch: `figures` holds each metric with its 95 % interval (None where it has no value),
    and is empty where there are too few labels, or too few of the smaller class."""

    label: str
    rows: int
    labelled: int
    target_rate: float | None
    figures: dict[str, Interval | None]

    @property
    def skill(self) -> Interval | None:
        return self.figures.get("skill")


def window_labels(time: Series, by: By, rows: int = ROWS) -> Texts:
    """The window of each row, (rows,): a text that sorts as time runs, None where a row has no time.

    `by` is a year, a season (July to June, "2013-14"), a month, or so many `rows` in the order of time, named after
    the day on which they begin; the last of these may be shorter. Dates are read in any usual way of writing them, and
    numbers as years; numbers that are none only order the rows.

    >>> times = pd.Series(["2013-10-30", "2014-04-13", "2014-11-01", None])
    >>> window_labels(times, "season").tolist()
    ['2013-14', '2013-14', '2014-15', None]
    """
    moments, order = _moments(time)
    if by == "rows":
        return _counted(moments, order, max(int(rows), 1))
    if by == "year":
        found = moments.dt.strftime("%Y")
    elif by == "month":
        found = moments.dt.strftime("%Y-%m")
    else:
        begun = moments.dt.year - (moments.dt.month < SEASON_BEGINS)
        found = begun.map(lambda year: f"{int(year)}-{int(year + 1) % 100:02d}", na_action="ignore")
    return found.astype(object).where(moments.notna(), None).to_numpy()


def windows(
    labels: Sequence[str | None] | Texts,
    target: Floats,
    probability: Floats,
    seed: int,
    *,
    threshold: float = USUAL,
    names: Iterable[str] = ("skill",),
) -> tuple[Window, ...]:
    """The metrics `names` of every window, in the order of their labels.

    Every row is in exactly one window; rows without a label are in one called "", which comes last. `target` is 0/1
    with nan where unknown. A window of few rows has a wide interval, not a false alarm.
    """
    codes, found = pd.factorize(pd.Series(labels, dtype=object), sort=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(-1, len(found) + 1))
    parts = [order[begin:end] for begin, end in itertools.pairwise(starts)]
    named = [*zip(map(str, found), parts[1:], strict=True), ("", parts[0])]
    return tuple(window(name, target[part], probability[part], seed, threshold=threshold, names=names)
                 for name, part in named if len(part))  # fmt: skip


def window(
    label: str, target: Floats, probability: Floats, seed: int, *, threshold: float, names: Iterable[str]
) -> Window:
    """The metrics of one set of rows, such as a batch; over those that were scored and have a label."""
    target, probability = np.asarray(target, dtype=float), np.asarray(probability, dtype=float)
    known = ~np.isnan(target) & ~np.isnan(probability)
    count = int(known.sum())
    return Window(
        label=label,
        rows=len(target),
        labelled=count,
        target_rate=float(target[known].mean()) if count else None,
        figures=intervals(target[known], probability[known], names, seed, RESAMPLES, threshold=threshold)
        if measurable(target[known])
        else {},
    )


def _moments(time: Series) -> tuple[Series, Floats]:
    """Each row's date (NaT where there is none), and what orders the rows (nan)."""
    time = pd.Series(time).reset_index(drop=True)
    if not pd.api.types.is_numeric_dtype(time.dtype):
        moments = pd.to_datetime(time, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
        return moments, np.where(moments.notna(), moments.astype("int64"), np.nan)
    order = time.to_numpy(dtype=float, na_value=np.nan)
    known = order[np.isfinite(order)]
    years = len(known) and CALENDAR[0] <= known.min() and known.max() <= CALENDAR[1]
    text = (
        pd.Series(order).map(lambda year: f"{int(year):04d}", na_action="ignore")
        if years
        else pd.Series(order) * np.nan
    )
    return pd.to_datetime(text, format="%Y", errors="coerce"), order


def _counted(moments: Series, order: Floats, rows: int) -> Texts:
    known = np.flatnonzero(np.isfinite(order))
    ranked = known[np.argsort(order[known], kind="stable")]
    number = np.arange(len(ranked)) // rows
    names: dict[str, int] = {}
    labels = []
    width = len(str(number[-1] + 1)) if len(number) else 1
    for index, row in enumerate(ranked[::rows]):
        day = moments.iloc[row]
        name = f"{index + 1:0{width}d}" if pd.isna(day) else f"{day:%Y-%m-%d}"
        names[name] = names.get(name, 0) + 1
        labels.append(name if names[name] == 1 else f"{name} ({names[name]})")
    found = np.full(len(order), None, dtype=object)
    found[ranked] = np.array(labels, dtype=object)[number] if len(labels) else None
    return found
