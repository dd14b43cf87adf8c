"""The table that pages show rows in: what its field keeps, how figures are written, what stays out of the way."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import workflows
from core.retraining.policies import Policy
from pages.parts.table import FEW, matching
from tests.app import opened, unfolded

SHOTS = pd.DataFrame({"zone": ["Left Corner", "Right Corner", "Paint"], "feet": [22, 23, 4], "made": [1.0, 0.0, 1.0]})


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("corner", [0, 1]),
        ("CORNER left", [0]),
        ("left 22", [0]),
        ("2", [0, 1]),
        ("left right", []),
        (".*", []),
        ("  ", [0, 1, 2]),
    ],
)
def test_the_words_are_looked_for_in_every_cell_of_a_row(words, kept):
    assert matching(SHOTS, words).index.tolist() == kept


def test_an_empty_table_has_nothing_to_find():
    assert matching(SHOTS.head(0), "corner").empty


def page(rows: int, language: str) -> AppTest:
    def script(rows: int) -> None:
        from pages.parts.table import table

        found = [{"zone": f"zone {number}", "loss": -number / 8} for number in range(rows)]
        table(found, name="losses", key="losses", specs={"loss": ".2f"})

    test = AppTest.from_function(script, args=(rows,))
    test.query_params["lang"] = language
    return test.run()


def test_a_filter_keeps_rows_and_says_how_many():
    test = page(FEW + 1, "en")
    assert len(test.dataframe[0].value) == FEW + 1
    test.text_input[0].set_value("ZONE 10").run()
    assert test.dataframe[0].value["zone"].tolist() == ["zone 10"]
    assert "1 of 11 rows" in test.markdown[0].value
    test.text_input[0].set_value("nowhere").run()
    assert not test.exception
    assert test.dataframe[0].value.empty
    assert "0 of 11 rows" in test.markdown[0].value


def test_few_rows_need_no_filter():
    test = page(FEW, "en")
    assert not test.text_input
    assert len(test.get("download_button")) == 1


@pytest.mark.parametrize(("language", "written"), [("en", "\u22120.12"), ("pt_BR", "\u22120,12")])
def test_figures_are_read_in_the_readers_language_and_stay_numbers(language, written):
    shown = page(2, language).dataframe[0]
    assert shown.value["loss"].tolist() == [0.0, -0.125]
    assert written in shown.proto.arrow_data.styler.display_values.decode(errors="ignore")


def test_every_run_of_a_project_can_be_looked_through(lifecycle_home):
    for rows in range(1, 6):
        workflows.keep_policy("kobe", Policy(rows=1_000 * rows))
    test = opened("Home.py")
    next(item for item in test.button if item.label == "All runs").click().run()
    assert not test.exception
    test.text_input(key="find-all-runs").set_value("assessed").run()
    assert not test.exception


def test_folded_tables_of_every_page_open(lifecycle_home):
    for path, choices, keys in (
        ("training", {}, ["every-figure"]),
        ("data_preparation", {}, ["every-row"]),
        ("production_scoring", {}, ["rows"]),
        ("monitoring", {"show": "changes"}, ["every-statistic"]),
        ("monitoring", {"show": "performance"}, ["every-window"]),
        ("monitoring", {"show": "policy"}, ["kept-policies", "deliveries"]),
    ):
        for lang in ("en", "pt_BR"):
            page = opened(f"pages/{path}.py", lang=lang, **choices)
            for key in keys:
                before = len(page.dataframe)
                unfolded(page, key)
                assert not page.exception
                assert not page.error
                assert len(page.dataframe) == before + 1 or key in ("kept-policies", "deliveries")
