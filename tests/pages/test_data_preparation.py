"""The page that prepares: each bad table is one message, cautions come with their mend, a preview saves nothing."""

from __future__ import annotations

import pytest

from core import workflows
from core.store import settings, sources, tables
from tests.app import button, heading, opened, words
from tests.bad_tables import BAD, TRAIN_ONLY
from tests.records import runs
from tests.shots import parquet


@pytest.mark.parametrize("case", [*BAD, *TRAIN_ONLY])
def test_a_bad_table_to_prepare_is_one_message_and_changes_nothing(lifecycle_home, case):
    make, said = {**BAD, **TRAIN_ONLY}[case]
    before = runs()
    test = opened("pages/data_preparation.py")
    test.file_uploader(key="upload-train").set_value(("table.parquet", make(), "application/octet-stream")).run()
    if not test.error:  # what is no table at all is refused before anything can be done with it
        button(test, "Prepare").click().run()
    assert len(test.error) == 1
    assert said in test.error[0].value.replace("\\", "")
    assert not test.exception
    assert runs() == before


def test_a_good_upload_is_prepared(lifecycle_home):
    test = opened("pages/data_preparation.py")
    rows = parquet(tables.read_table(sources.kobe(settings.load(), "dev")).head(3000))
    test.file_uploader(key="upload-train").set_value(("shots.parquet", rows, "application/octet-stream")).run()
    button(test, "Prepare").click().run()
    assert "rows are ready to train on" in heading(test)
    assert workflows.latest_prepared("kobe").rows_raw == 3000


def test_cautions_come_with_one_click_that_mends_them(loan_project):
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans")
    assert "copy alone tells the outcome with an AUC of 1.000" in words(page)
    assert "Rejected by the contract: 1" in words(page)
    button(page, "Leave this feature out").click().run()
    assert not page.exception
    assert "alone tells the outcome" not in words(page)
    assert "copy" not in workflows.latest_prepared("loans").features


@pytest.mark.parametrize("view", ["columns", "share", "contract", "nonsense"])
def test_each_view_of_a_preparation_has_a_link(loan_project, view):
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans", show=view)
    said = {"columns": "#### Columns", "share": "the luck of the split alone", "contract": "#### Contract"}
    assert said.get(view, "#### Train and test") in words(page)


def test_a_preview_saves_nothing(loan_project):
    page = opened("pages/data_preparation.py", project="loans", data=loan_project)
    assert page.text_input(key="path-train").value == loan_project
    next(box for box in page.selectbox if box.label == "How to split").set_value("time").run()
    button(page, "Preview").click().run()
    assert not page.exception
    assert "##### Preview, not saved" in words(page)
    assert "test rows" in words(page)
    assert runs() == []
