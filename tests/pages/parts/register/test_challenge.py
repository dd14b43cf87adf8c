"""A link says which side of the comparison is looked at."""

from __future__ import annotations

import pytest

from core import workflows
from tests.app import opened


@pytest.mark.parametrize(("view", "columns"), [("figures", {"Log loss", "AUC"}), ("slices", {"Slice", "Observed"})])
def test_a_link_says_which_side_of_the_comparison_is_looked_at(lifecycle_home, view, columns):
    workflows.register("kobe", "dt_tuned")
    page = opened("pages/model_registry.py", compare=view)
    assert len(page.dataframe) == 2
    assert all(columns <= set(table.value.columns) for table in page.dataframe)
