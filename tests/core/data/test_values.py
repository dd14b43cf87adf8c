"""The readers of values, each on what it reads and on what it refuses."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from core.data import values


def read(reader, *cells) -> list:
    return [None if pd.isna(value) else value for value in reader(pd.Series(cells, dtype=object))]


def test_numbers_are_read_from_numbers_and_text_and_what_is_none_is_null():
    assert read(values.numbers, 1, 2.5, "3", Decimal("4.5")) == [1, 2.5, 3, 4.5]
    assert read(values.numbers, "one", True, float("inf"), None, [1]) == [None] * 5


def test_yes_and_no_are_numbers_to_their_own_reader_alone():
    truths = pd.Series([True, False])
    assert values.bools(truths).tolist() == [1, 0]
    assert values.numbers(truths).isna().all()
    assert read(values.bools, True, "0", 1, "yes") == [1, 0, 1, None]


def test_dates_are_years_and_numbers_are_none():
    assert values.years(pd.Series(["2016-01-01", "01/07/2016", "soon", None])).round(3).tolist()[:2] == [2016, 2016.497]
    assert values.years(pd.Series(["2016-01-01", "soon", None], dtype=object)).isna().tolist() == [False, True, True]
    assert values.years(pd.Series([2016.0])).isna().all()


def test_texts_are_the_same_for_a_whole_number_with_and_without_a_fraction():
    assert read(values.texts, 8, 8.0, "8", "a", b"8", None) == ["8", "8", "8", "a", None, None]


@pytest.mark.parametrize("reader", [values.numbers, values.bools, values.years, values.texts])
def test_a_value_is_read_the_same_whatever_stands_around_it(reader):
    cells = [1, "2", 2.5, True, "2016-01-01", "x", None, [1], b"1", np.int64(3)]
    together = read(reader, *cells)
    assert together == [read(reader, cell)[0] for cell in cells]
