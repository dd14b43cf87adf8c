"""Cells that a spreadsheet would run."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store.spreadsheets import FORMULA, csv, neutralised


@pytest.mark.parametrize("start", FORMULA)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(start):
    made = neutralised(pd.DataFrame({"note": [f"{start}1+1", "fine", None]}))
    assert made["note"].tolist() == [f"'{start}1+1", "fine", None]


def test_numbers_and_harmless_text_stay_and_names_are_looked_at_too():
    table = pd.DataFrame({"loss": [-1.5, 2.0], "note": ["a=b", "1-2"], "=name": [1, 2]})
    made = neutralised(table)
    assert list(made.columns) == ["loss", "note", "'=name"]
    assert made["loss"].tolist() == [-1.5, 2.0]
    assert made["note"].tolist() == ["a=b", "1-2"]


def test_a_csv_file_says_that_it_is_utf_8_and_runs_nothing():
    assert csv(pd.DataFrame({"nome": ["=1+1", "ação"], "ganho": [-0.5, None]})) == (
        "\ufeffnome,ganho\n'=1+1,-0.5\nação,\n".encode()
    )


@given(st.lists(st.text(max_size=8), max_size=20))
def test_no_cell_begins_like_a_formula_and_none_is_lost(texts):
    made = neutralised(pd.DataFrame({"note": pd.Series(texts, dtype=object)}))["note"].tolist()
    assert not any(text.startswith(FORMULA) for text in made)
    assert [text.removeprefix("'") if text != old else text for text, old in zip(made, texts, strict=True)] == texts
