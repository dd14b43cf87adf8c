"""What every page owes its reader: an answer first, in either language, and never a traceback."""

from __future__ import annotations

import pytest

from core import workflows
from tests.app import PAGES, heading, opened, words


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("Home.py", "Take a classifier through its whole life"),
        ("pages/data_preparation.py", "No data is prepared yet"),
        ("pages/training.py", "Nothing is prepared yet."),
        ("pages/model_registry.py", "Nothing is trained yet."),
        ("pages/production_scoring.py", "kobe has no champion yet."),
        ("pages/monitoring.py", "No batch is scored yet."),
    ],
)
def test_an_empty_workspace_says_what_will_appear_and_where_to_go(workspace, page, said):
    test = opened(page)
    assert heading(test) == f"# {said}"
    assert not test.error
    assert any(item.label.startswith(("Go to", "Try it", "Prepare")) for item in test.button)


@pytest.mark.parametrize(
    ("page", "title", "facts"),
    [
        (
            "Home.py",
            "The model does not fit this batch",
            ["20,285 labelled rows", "16,228 train · 4,057 test", "6,426 rows"],
        ),
        (
            "pages/data_preparation.py",
            "20,285 rows are ready to train on",
            ["Rows in: 24,271", "Dropped for a null: 3,986"],
        ),
        (
            "pages/training.py",
            "The logistic regression is recommended",
            ["on training rows that it had not seen", "AUC on test", "Calibration error"],
        ),
        ("pages/model_registry.py", "Version 1 is champion", ["Logistic regression, skill +2.4"]),
        ("pages/production_scoring.py", "6,426 of 6,426 rows scored", ["With a label: 5,412", "F1 at 0.5: 0.000"]),
        (
            "pages/monitoring.py",
            "The model does not fit this batch",
            ["Shot distance (by 2.0", "3 of 6 features changed", "Estimate without labels: withheld"],
        ),
    ],
)
def test_a_finished_lifecycle_is_answered_first(lifecycle_home, page, title, facts):
    test = opened(page)
    assert title in heading(test)
    for fact in facts:
        assert fact in words(test)
    assert not test.error


@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_portuguese(lifecycle_home, page):
    english, portuguese = opened(page), opened(page, lang="pt_BR")
    assert heading(english) != heading(portuguese)
    assert not portuguese.error


def test_a_bug_is_a_short_reference_and_no_traceback(lifecycle_home, monkeypatch):
    monkeypatch.setattr(workflows, "versions", _broken)
    test = opened("pages/model_registry.py")
    assert len(test.error) == 1
    assert "Something went wrong on our side" in test.error[0].value
    assert "ZeroDivisionError" not in words(test)


def _broken(project: str):
    return 1 / 0


def test_a_contract_that_cannot_be_read_is_said_where_it_is_opened_and_hides_no_other_project(workspace):
    contracts = workspace / "data" / "contracts"
    contracts.mkdir(parents=True)
    (contracts / "broken.toml").write_text('name = "broken"\nfrom_the_future = 1\n')
    assert not opened("Home.py").error
    (error,) = opened("Home.py", project="broken").error
    assert "broken.toml" in error.value.replace("\\", "")
