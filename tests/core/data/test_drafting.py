"""From any table with a yes/no target to a contract, or to the choice that mends it."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.data.checking import check
from core.data.contract import dumps, loads
from core.data.drafting import MOST, Roles, columns, draft, outcomes
from core.text.errors import CourtsideError
from tests.loans import loans

ROLES = Roles("default?", "yes")


def refusal(frame: pd.DataFrame, name: str = "loans", features: Sequence[str] = (), **roles: str) -> str:
    with pytest.raises(CourtsideError) as caught:
        draft(frame, replace(ROLES, **roles), name=name, features=features)
    return str(caught.value)


def test_a_table_of_another_domain_becomes_a_contract_that_its_rows_fit():
    table = loans(500, 1)
    contract = draft(table, replace(ROLES, id="loan id", time="opened", group="branch"), name="loans")
    kinds = {feature.name: feature.kind for feature in contract.features}
    assert kinds == {
        "birth date": "date",
        "grade [A-D]": "category",
        "finalité": "category",
        "income": "number",
        "rate %": "number",
        "term": "integer",
        "late payments": "integer",
        "owner": "boolean",
    }
    assert loads(dumps(contract)) == contract
    checked = check(table, contract, labelled=True)
    assert len(checked.rejected) == 0
    assert checked.dropped_null == table["late payments"].isna().sum()
    assert checked.rows["birth date"].between(1950, 2000).all()
    kept = table.iloc[checked.kept_positions]
    assert (checked.rows["default?"].to_numpy() == (kept["default?"] == "yes").to_numpy()).all()
    assert len(np.unique(checked.group)) == kept["branch"].nunique()
    assert (np.diff(checked.time) >= 0).all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, None, 4], "integer"),
        ([1.5, 2, 3, 4], "number"),
        ([True, False, True, None], "boolean"),
        (["a", "b", None, "a"], "category"),
        ([Decimal("1.5"), Decimal("2"), None, Decimal("3")], "number"),
        (["2020-01-31", "2021-12-01", "2020-02-29", None], "date"),
        (["31/12/2020", "01/02/2021", "29/02/2020", None], "date"),
        (["2020-13-45", "2021-12-01", "x", "y"], "category"),
        (pd.to_datetime(["2020-01-31", "2021-12-01", "2020-02-29", "2020-03-01"]), "date"),
        (pd.Categorical(["a", "b", "a", "b"]), "category"),
        (pd.Categorical([1, 2, 1, 2]), "integer"),
        (pd.array([1, None, 2, 3], dtype="Int64"), "integer"),
        (pa.array(["a", "b", "a", None]).dictionary_encode().to_pandas(), "category"),
        (pa.array(["a", "b", "a", None], pa.large_string()).to_pandas(), "category"),
        ([1, "a", 2.5, "b"], "category"),
        ([[1], [2], [3], [4]], None),
        ([b"a", b"b", b"c", b"d"], None),
        ([None, None, None, None], None),
        ([np.inf, -np.inf, np.inf, np.inf], None),
    ],
)
def test_the_kind_of_a_column_is_told_by_its_values(values, kind):
    assert [column.kind for column in columns(pd.DataFrame({"x": values}))] == [kind]


def test_a_columns_nulls_distinct_values_and_examples_are_counted():
    (column,) = columns(pd.DataFrame({"x": ["a", None, "b", "a"]}))
    assert (column.nulls, column.distinct, column.examples) == (0.25, 2, ("a", "b", "a"))


def test_a_target_that_is_none_is_explained_with_the_choice_that_mends_it():
    table = loans(200, 1)
    assert "more than two values (A, B, C, D ...); choose a column with two" in refusal(table, target="grade [A-D]")
    assert "holds one value only (no)" in refusal(table.assign(**{"default?": "no"}))
    assert "has no value in any row; choose another column" in refusal(table.assign(**{"default?": None}))
    assert "the positive value Yes is not in the target default?; choose no, yes" in refusal(table, positive="Yes")
    assert "column defualt? is missing (is it default??)" in refusal(table, target="defualt?")


def test_everything_that_is_wrong_with_the_choices_is_said_at_once():
    said = refusal(loans(200, 1), name="My Loans", features=["incom", "default?"], x="finalité")
    assert "the name My Loans should be" in said
    assert "column incom is missing (is it income?)" in said
    assert "the target default? is a feature too" in said
    assert "column finalité holds no numbers and can't be a coordinate" in said


def test_a_table_of_five_thousand_columns_wants_its_features_chosen():
    wide = pd.DataFrame({f"c{number}": np.arange(20) for number in range(5000)}).assign(y=[0, 1] * 10)
    said = refusal(wide, target="y", positive="1")
    assert f"5,000 features are chosen; at most {MOST:,} can be" in said
    assert draft(wide, Roles("y", "1"), name="wide", features=["c1", "c7"]).feature_names == ["c1", "c7"]


def test_nulls_are_kept_only_where_dropping_their_rows_would_cost_half_the_table():
    table = loans(300, 1)
    assert {feature.nulls for feature in draft(table, ROLES, name="loans").features} == {"drop"}
    table.loc[: len(table) * 2 // 3, "income"] = np.nan
    kept = {feature.name: feature.nulls for feature in draft(table, ROLES, name="loans").features}
    assert kept["income"] == "keep"
    assert kept["term"] == "drop"


def test_outcomes_say_what_a_target_holds_and_stop_counting_early():
    assert outcomes(pd.Series([1.0, 0.0, None, 1.0])) == ["0", "1"]
    assert outcomes(pd.Series([True, False])) == ["0", "1"]
    assert outcomes(pd.Series(range(1000))) == sorted(map(str, range(44)))[:11]
    assert outcomes(pd.Series([None, None])) == []
