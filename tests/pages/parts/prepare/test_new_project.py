"""A new project is asked for step by step."""

from __future__ import annotations

import pytest

from core import workflows
from tests.app import button, heading, opened
from tests.loans import loans


def test_a_new_project_is_asked_for_step_by_step(store, tmp_path):
    page = opened("pages/data_preparation.py", view="new")
    assert heading(page) == "# Which question does your table answer?"
    loans(300, 1).to_csv(tmp_path / "loans.csv", index=False)
    page.text_input(key="path-new").set_value(str(tmp_path / "loans.csv")).run()
    assert next(box for box in page.selectbox if box.label.startswith("Target")).value == "default?"
    next(field for field in page.text_input if field.label == "Name of the project").set_value("loans").run()
    button(page, "Create the project").click().run()
    assert not page.exception
    assert "loans" in workflows.projects()


@pytest.mark.parametrize("path", ["/nowhere/table.csv", "s3://", "http://127.0.0.1:9/x.csv", "carrier-pigeon://x"])
def test_a_table_that_can_not_be_had_for_a_new_project_is_one_message(store, path):
    page = opened("pages/data_preparation.py", view="new")
    page.text_input(key="path-new").set_value(path).run()
    assert not page.exception
    assert len(page.error) == 1
    assert "went wrong on our side" not in page.error[0].value
