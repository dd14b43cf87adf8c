"""Contracts of projects: made, edited as another version, and refused without a trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pandas as pd
import pytest

from core import workflows
from core.data.contract import Feature
from core.store import settings, tracking
from core.text.errors import CourtsideError
from tests.loans import ROLES


def test_a_new_project_is_there_at_once_and_its_name_is_taken(loan_project):
    assert "loans" in workflows.projects()
    assert workflows.project_contract("loans").target == "default?"
    with pytest.raises(CourtsideError, match="There is a project loans already"):
        workflows.create_project(loan_project, ROLES, name="loans")


def test_a_refused_contract_saves_nothing(loan_table):
    with pytest.raises(CourtsideError):
        workflows.create_project(loan_table, replace(ROLES, positive="maybe"), name="loans")
    assert "loans" not in workflows.projects()


def test_an_edited_contract_is_another_version_and_is_recorded_in_the_run(loan_project):
    before = workflows.project_contract("loans")
    edited = [
        Feature("income", "number", minimum=1000, maximum=10_000),
        Feature("late payments", "integer", nulls="reject"),
        *(feature for feature in before.features if feature.name not in ("income", "late payments")),
    ]
    after = workflows.edit_contract("loans", edited)
    assert workflows.project_contract("loans") == after
    assert after.fingerprint != before.fingerprint
    made = workflows.prepare("loans", loan_project)
    table = pd.read_csv(loan_project)
    wrong = ~table["income"].between(1000, 10_000) | table["late payments"].isna()
    assert (made.rows_rejected, made.rows_dropped) == (wrong.sum(), 0)
    assert tracking.get(settings.load(), made.run_id).tags["contract_fingerprint"] == after.fingerprint


def test_an_edit_that_contradicts_itself_is_refused_and_changes_nothing(loan_project):
    before = workflows.project_contract("loans")
    with pytest.raises(CourtsideError, match="a minimum above its maximum"):
        workflows.edit_contract("loans", [Feature("income", "number", minimum=2, maximum=1)])
    assert workflows.project_contract("loans") == before


def test_an_edit_of_a_contract_that_somebody_else_changed_meanwhile_is_refused(loan_project):
    before = workflows.project_contract("loans")
    edited = [replace(feature, label="seen") for feature in before.features]
    after = workflows.edit_contract("loans", edited, expected=before.fingerprint)
    with pytest.raises(CourtsideError, match="Meanwhile the contract of loans was changed"):
        workflows.edit_contract("loans", before.features, expected=before.fingerprint)
    assert workflows.project_contract("loans") == after


def test_of_two_people_who_give_two_projects_one_name_one_is_told(loan_table):
    def create(positive: str) -> bool:
        try:
            workflows.create_project(loan_table, replace(ROLES, positive=positive), name="twins")
        except CourtsideError:
            return False
        return True

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(create, [ROLES.positive] * 2)) == [False, True]
