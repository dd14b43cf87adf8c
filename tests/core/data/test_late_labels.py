"""Outcomes that come after a batch was scored."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.data import late_labels
from core.data.contract import Contract, Feature
from core.text.errors import CourtsideError

CONTRACT = Contract("t", "T", "made", "1", (Feature("a", "number"),), id="id")
IDS, KNOWN = pd.Series([1, 2, 3, 4]), np.array([np.nan, np.nan, 1.0, np.nan])


def given(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["id", "made"])


def test_labels_are_joined_by_id_and_each_row_that_is_not_used_says_why():
    file = given([(1, 1), (2, 0), (2, 1), (3, 0), (9, 1), (4, None)])
    joined = late_labels.join(IDS, KNOWN, file, CONTRACT)
    assert joined.labels.to_dict("records") == [{"id": "1", "target": 1.0}]
    assert joined.unused[["id", "problem"]].to_dict("records") == [
        {"id": 2, "problem": late_labels.CONTRADICTING},
        {"id": 2, "problem": late_labels.CONTRADICTING},
        {"id": 3, "problem": late_labels.AGAINST},
        {"id": 9, "problem": late_labels.UNMATCHED},
        {"id": 4, "problem": late_labels.EMPTY},
    ]
    assert joined.confirmed == 0


def test_a_file_that_agrees_leaves_nothing_unused():
    joined = late_labels.join(IDS, KNOWN, given([(1, 1), (2, 0), (2, 0), (3, 1)]), CONTRACT)
    assert joined.labels["id"].tolist() == ["1", "2"]
    assert len(joined.unused) == 0
    assert joined.confirmed == 1


@pytest.mark.parametrize("ids", [["1", " 2", "4"], [1.0, 2.0, 4.0], ["1.0", "2.0", "4.0"]])
def test_ids_agree_whatever_type_a_file_gives_them(ids):
    file = pd.DataFrame({"id": ids, "made": [1, 0, 1]})
    joined = late_labels.join(IDS, KNOWN, file, CONTRACT)
    found = joined.labels["id"].tolist()
    assert found == (["1", "2", "4"] if "1.0" not in ids else [])


def test_late_outcomes_fill_the_target_and_leave_what_was_known():
    labels = pd.DataFrame({"id": ["1", "3"], "target": [0, 0]})
    rows = pd.DataFrame({"id": IDS, "made": KNOWN})
    filled = late_labels.with_labels(rows, labels, CONTRACT)["made"]
    np.testing.assert_array_equal(filled.astype(float), [0.0, np.nan, 1.0, np.nan])
    added = late_labels.with_labels(rows[["id"]], labels, CONTRACT)["made"]
    np.testing.assert_array_equal(added.astype(float), [0.0, np.nan, 0.0, np.nan])


def test_a_file_without_its_columns_is_said_with_the_nearest_name():
    with pytest.raises(CourtsideError, match="Rename mad to made"):
        late_labels.join(IDS, KNOWN, pd.DataFrame({"id": [1], "mad": [1]}), CONTRACT)
