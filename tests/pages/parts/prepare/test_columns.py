"""The view of columns says titles as they were typed."""

from __future__ import annotations

from dataclasses import replace

from core import workflows
from tests.app import opened


def test_a_title_that_a_user_typed_stays_though_a_shipped_contract_has_the_same(loan_project):
    first, *rest = workflows.project_contract("loans").features
    workflows.edit_contract("loans", [replace(first, label="Season"), *rest])
    workflows.prepare("loans", loan_project)
    page = opened("pages/data_preparation.py", project="loans", lang="pt_BR", show="columns")
    features = page.dataframe[0].value["Vari\u00e1vel"].tolist()
    assert "Season" in features
    assert "Temporada" not in features
