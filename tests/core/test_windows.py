"""Windows of time: every dated row is in exactly one, and labels sort as time does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CourtsideError
from core.windows import window_labels

DAYS = pd.Series(pd.date_range("1996-01-01", "2016-12-31", freq="31h"))


@pytest.mark.parametrize("kind", ["datetime", "text", "zoned", "arrow"])
def test_years_months_and_seasons_are_those_of_the_calendar_however_dates_are_kept(kind):
    given_as = {
        "datetime": DAYS,
        "text": DAYS.astype(str),
        "zoned": DAYS.dt.tz_localize("UTC"),
        "arrow": DAYS.astype("timestamp[ns][pyarrow]"),
    }[kind]
    began = np.where(DAYS.dt.month >= 7, DAYS.dt.year, DAYS.dt.year - 1)
    assert window_labels(given_as, "year").tolist() == DAYS.dt.strftime("%Y").tolist()
    assert window_labels(given_as, "month").tolist() == DAYS.dt.strftime("%Y-%m").tolist()
    assert window_labels(given_as, "season").tolist() == [f"{year}-{(year + 1) % 100:02d}" for year in began]


@pytest.mark.parametrize("by", ["year", "season", "month", "rows"])
def test_labels_sort_as_time_does(by):
    labels = window_labels(DAYS, by, 500)
    assert labels.tolist() == sorted(labels)


def test_a_row_without_a_date_is_in_no_window():
    time = pd.Series(["2003-10-28", None, "no date", "28/10/2003"])
    assert window_labels(time, "season").tolist() == ["2003-04", None, None, "2003-04"]
    assert window_labels(pd.Series([2003, 2004]), "year").tolist() == [None, None]
    assert len(window_labels(pd.Series([], dtype=object), "month")) == 0


@given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=60), st.integers(1, 20))
def test_counted_windows_hold_so_many_rows_each_in_their_order(values, rows):
    time = pd.Series(values, dtype=float)
    labels = window_labels(time, "rows", rows)
    known = time.notna().to_numpy()
    assert all((label is not None) == there for label, there in zip(labels, known, strict=True))
    counts = pd.Series(labels[known], dtype=object).value_counts().sort_index()
    assert (counts.iloc[:-1] == rows).all()
    order = np.argsort(time.to_numpy()[known], kind="stable")
    assert labels[known][order].tolist() == sorted(labels[known])


def test_what_is_no_window_is_refused_with_the_choices():
    with pytest.raises(CourtsideError, match="windows by week"):
        window_labels(DAYS, "week")
    with pytest.raises(CourtsideError, match="0 rows"):
        window_labels(DAYS, "rows", 0)
