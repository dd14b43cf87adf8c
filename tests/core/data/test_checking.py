"""A table checked against its contract: every row is kept, dropped or rejected with its reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.data.checking import check, labels
from core.data.contract import Feature
from core.store import projects, settings, sources, tables
from core.text.errors import CourtsideError
from tests.purchases import CONTRACT, table


def refusal(frame: pd.DataFrame, *, labelled: bool = True) -> str:
    with pytest.raises(CourtsideError) as caught:
        check(frame, CONTRACT, labelled=labelled)
    return str(caught.value)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_fitting_table_is_kept_whole_and_in_order(labelled):
    frame = table().iloc[[2, 0, 3, 1]]
    checked = check(frame, CONTRACT, labelled=labelled)
    names = [*CONTRACT.feature_names, *(["bought"] if labelled else [])]
    expected = frame[names].reset_index(drop=True)
    pd.testing.assert_frame_equal(checked.rows, expected, check_dtype=False)
    assert checked.kept_positions.tolist() == [0, 1, 2, 3]
    assert checked.reasons.tolist() == [""] * 4
    assert (len(checked.rejected), checked.dropped_null, checked.violations) == (0, 0, ())


def test_dtypes_do_not_depend_on_what_a_table_holds():
    trained = check(table(), CONTRACT, labelled=True).rows.dtypes.astype(str).to_dict()
    assert trained == {
        "price": "float64",
        "visits": "int64",
        "member": "int64",
        "colour": "object",
        "city": "object",
        "bought": "int64",
    }
    for visits in ([1, 2, 3, 4], [1, None, 3, 4]):
        scored = check(table(visits=visits), CONTRACT, labelled=False).rows.dtypes.astype(str).to_dict()
        assert scored == {
            name: "object" if name in ("colour", "city") else "float64" for name in CONTRACT.feature_names
        }


@pytest.mark.parametrize("which", ["dev", "prod"])
@pytest.mark.parametrize("name", ["kobe", "kobe-full"])
def test_every_original_row_passes_both_contracts(name, which):
    place = settings.load()
    frame = tables.read_table(sources.kobe(place, which))
    contract = projects.find(place, name)
    checked = check(frame, contract, labelled=True)
    known = {"dev": 20285, "prod": 5412}[which]
    assert (len(checked.rows), len(checked.rejected), checked.dropped_null) == (known, 0, len(frame) - known)
    assert (checked.kept_positions == np.flatnonzero(frame["shot_made_flag"].notna())).all()
    scored = check(frame.drop(columns="shot_made_flag"), contract, labelled=False)
    assert (len(scored.rows), len(scored.rejected), scored.dropped_null) == (len(frame), 0, 0)


@pytest.mark.parametrize(
    "target",
    [
        pd.array([True, False, None, True], dtype="boolean"),
        pd.array([1, 0, None, 1], dtype="Int8"),
        pd.array([True, False, None, True], dtype=pd.ArrowDtype(pa.bool_())),
        pd.Categorical(["1", "0", None, "1"]),
        [Decimal(1), Decimal("0.0"), None, Decimal("1.00")],
        ["1", 0.0, None, True],
    ],
    ids=["boolean", "nullable", "arrow", "categorical", "decimal", "mixed"],
)
def test_a_target_is_read_however_it_is_stored(target):
    checked = check(table(bought=target), CONTRACT, labelled=True)
    assert checked.rows["bought"].tolist() == [1, 0, 1]
    assert (checked.kept_positions.tolist(), checked.dropped_null) == ([0, 1, 3], 1)


def test_everything_wrong_with_a_table_is_said_at_once():
    frame = table(price=["9.5", "20", "30", "0"], member=None, bought=["a", "b", "c", "d"]).rename(
        columns={"visits": "vists", "city": "ZIP"}
    )
    frame = pd.concat([frame, frame[["colour"]]], axis=1)
    said = refusal(frame)
    assert said.count("The table does not fit the contract shop") == 1
    for fault in (
        "column colour appears more than once",
        "column visits is missing (is it vists?)",
        "column city is missing;",
        "column price holds text and should hold numbers: 9.5, 20, 30, 0 in rows 1, 2, 3, 4",
        "column member has no value in any row",
        "the target bought holds 4 values (a, b, c, d) and should hold two, one of them 1",
    ):
        assert fault in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"price": pd.to_datetime(["2020-01-01"] * 4)}, "column price holds dates and should hold numbers"),
        ({"price": [True, False, True, False]}, "column price holds yes or no and should hold numbers"),
        ({"price": ["dear"] * 4}, "column price holds text and should hold numbers: dear"),
        ({"visits": ["1", "2", "3", "4"]}, "column visits holds text and should hold whole numbers"),
        ({"member": ["yes", "no", "yes", "no"]}, "column member holds text and should hold yes or no"),
        ({"member": ["1", "0", "1", "0"]}, "column member holds text and should hold yes or no"),
        ({"city": [["a"], ["b"], ["c"], ["d"]]}, "column city holds"),
        ({"city": [b"a", b"b", b"c", b"d"]}, "column city holds bytes and should hold categories"),
        ({"price": [np.nan] * 4}, "column price has no value in any row"),
        ({"price": [1j, 2, 3, 4]}, "column price holds complex128 and should hold numbers: 1j"),
        ({"price": pd.to_timedelta([1, 2, 3, 4])}, "column price holds timedelta64[ns] and should hold numbers"),
        ({"city": [{"a": 1}] * 4}, "column city holds values of several types and should hold categories: {'a': 1}"),
        ({"price": [np.inf] * 4}, "column price holds infinite numbers and should hold numbers: inf"),
        ({"bought": [np.nan] * 4}, "the target bought has no value in any row"),
        ({"bought": [1, 1, 1, np.nan]}, "the target bought has one outcome only"),
        ({"bought": [1, 2, 3, 1]}, "the target bought holds 3 values (1, 2, 3)"),
        ({"bought": [2, 3, 2, 3]}, "the target bought holds 2 values (2, 3) and should hold two, one of them 1"),
        ({"bought": [["a"], ["b"], ["c"], ["d"]]}, "the target bought holds 4 values"),
    ],
)
def test_a_column_of_another_type_or_without_values_is_refused(changed, said):
    assert said in refusal(table(**changed))


def test_wrong_values_are_quoted_with_their_own_row_numbers():
    frame = table(price=[1.0, "dear", "cheap", "free"]).set_index("row")
    assert "should hold numbers: dear, cheap, free in rows 2, 3, 4." in refusal(frame)


def test_a_target_that_is_missing_or_doubled_is_refused_to_train():
    assert "column bought is missing (is it Bougth?)" in refusal(table().rename(columns={"bought": "Bougth"}))
    doubled = pd.concat([table(), table()[["bought"]]], axis=1)
    assert "column bought appears more than once" in refusal(doubled)
    assert len(check(table().drop(columns="bought"), CONTRACT, labelled=False).rows) == 4


def test_columns_outside_the_contract_are_not_looked_at():
    frame = table(extra=[["list"], None, 3, "x"], visists=None)
    frame[7] = 1
    pd.testing.assert_frame_equal(
        check(frame, CONTRACT, labelled=True).rows, check(table(), CONTRACT, labelled=True).rows
    )


def test_only_the_first_five_wrong_values_are_quoted():
    frame = pd.concat([table()] * 5).assign(price=[f"about {number}" for number in range(20)])
    assert "about 0, about 1, about 2, about 3, about 4 in rows 1, 2, 3, 4, 5." in refusal(frame)


def test_no_rows_are_refused():
    assert "it has no rows" in refusal(table().head(0))
    assert "it has no rows" in refusal(table().head(0), labelled=False)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"price": [9.5, 200.0, 30.0, 0.0]}, "price should be a number from 0 to 100 and is 200.0"),
        ({"price": [9.5, -1.0, 30.0, 0.0]}, "price should be a number from 0 to 100 and is -1.0"),
        ({"price": [9.5, np.inf, 30.0, 0.0]}, "price should be a number from 0 to 100 and is inf"),
        ({"price": [9.5, "dear", 30.0, 0.0]}, "price should be a number from 0 to 100 and is dear"),
        ({"price": ["9.5", "dear", "30", "0"]}, "price should be a number from 0 to 100 and is dear"),
        ({"visits": [1, 2.5, 3, 4]}, "visits should be a whole number of at least 1 and is 2.5"),
        ({"visits": [1, 0, 3, 4]}, "visits should be a whole number of at least 1 and is 0"),
        ({"visits": [1, 1e300, 3, 4]}, "visits should be a whole number of at least 1 and is 1e+300"),
        ({"visits": [1, 2**70, 3, 4]}, f"visits should be a whole number of at least 1 and is {2**70}"),
        ({"visits": [1, True, 3, 4]}, "visits should be a whole number of at least 1 and is True"),
        ({"price": [9.5, "nan", 30.0, 0.0]}, "price should be a number from 0 to 100 and is nan"),
        ({"price": [9.5, (1, 2), 30.0, 0.0]}, "price should be a number from 0 to 100 and is (1, 2)"),
        ({"member": [1, 2, 1, 0]}, "member should be 1 or 0 and is 2"),
        ({"colour": ["red", "green", "red", "blue"]}, "colour should be one of red, blue and is green"),
        (
            {"price": [9.5, 200.0, 30.0, 0.0], "member": [1, 7, 1, 0]},
            "price should be a number from 0 to 100 and is 200.0; member should be 1 or 0 and is 7",
        ),
    ],
)
@pytest.mark.parametrize("labelled", [True, False])
def test_a_row_that_does_not_fit_is_rejected_with_its_reason(changed, reason, labelled):
    frame = table(**changed)
    checked = check(frame, CONTRACT, labelled=labelled)
    assert checked.reasons.tolist() == ["", reason, "", ""]
    assert checked.kept_positions.tolist() == [0, 2, 3]
    assert checked.rejected.to_dict("records") == [{**frame.iloc[1].to_dict(), "reason": reason}]
    assert checked.rows["city"].tolist() == ["Rio", "Rio", "Natal"]
    assert [violation.values["name"] for violation in checked.violations] == list(changed)
    assert {violation.values["rows"] for violation in checked.violations} == {1}


def test_a_category_that_was_never_seen_is_kept_where_none_are_listed():
    checked = check(table(city=["Rio", "Ürümqi", "", "8"]), CONTRACT, labelled=False)
    assert checked.rows["city"].tolist() == ["Rio", "Ürümqi", "", "8"]


def test_a_reason_column_of_the_input_is_kept_beside_the_reason():
    checked = check(table(price=[1, 999, 1, 1], reason=["a", "b", "c", "d"]), CONTRACT, labelled=False)
    assert checked.rejected["input_reason"].tolist() == ["b"]
    assert checked.rejected["reason"].tolist() == [checked.reasons[1]]


def test_rejected_rows_that_come_back_unmended_keep_the_reasons_of_every_round():
    frame = table(price=[1.0, 999.0, 1.0, 1.0])
    for _ in range(3):
        rejected = check(frame, CONTRACT, labelled=False).rejected
        frame = pd.concat([rejected, table()])
    names = ["input_reason", "input_input_reason", "reason"]
    assert list(rejected.columns) == [*table().columns, *names]
    assert rejected[names].to_numpy().tolist() == [["price should be a number from 0 to 100 and is 999.0"] * 3]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(2, None, "a number of at least 2"), (None, 3, "a number of at most 3"), (2, 3, "a number from 2 to 3")],
)
def test_a_value_on_the_bound_is_kept_and_one_beyond_is_not(low, high, expected):
    contract = replace(CONTRACT, features=(Feature("price", "number", low, high),))
    on = [bound for bound in (low, high) if bound is not None]
    beyond = [low - 0.01] if low is not None else [high + 0.01]
    checked = check(pd.DataFrame({"price": [*on, *beyond, 2.5]}), contract, labelled=False)
    assert checked.rows["price"].tolist() == [*on, 2.5]
    assert checked.rejected["reason"].tolist() == [f"price should be {expected} and is {beyond[0]}"]


def test_nulls_are_dropped_to_train_and_kept_to_score():
    frame = table(price=[None, 20.0, 30.0, 0.0], bought=[1.0, None, 1.0, 0.0], colour=["red", "red", "pink", "blue"])
    trained = check(frame, CONTRACT, labelled=True)
    assert (trained.kept_positions.tolist(), len(trained.rejected), trained.dropped_null) == ([3], 1, 2)
    assert trained.reasons[:2].tolist() == ["price has no value", "bought has no value"]
    scored = check(frame, CONTRACT, labelled=False)
    assert (scored.kept_positions.tolist(), len(scored.rejected), scored.dropped_null) == ([0, 1, 3], 1, 0)
    assert np.isnan(scored.rows["price"].iloc[0])


def test_a_row_with_a_null_counts_as_dropped_even_if_another_value_is_wrong():
    checked = check(table(price=[None, 20, 30, 0], member=[9, 0, 1, 0]), CONTRACT, labelled=True)
    assert (len(checked.rows), len(checked.rejected), checked.dropped_null) == (3, 0, 1)
    assert checked.violations == ()


def test_a_violation_counts_its_rows_and_quotes_each_value_once():
    frame = pd.concat([table()] * 5).assign(colour=["pink", "pink", "grey", *["red"] * 17])
    checked = check(frame, CONTRACT, labelled=True)
    assert list(map(str, checked.violations)) == [
        "colour should be one of red, blue; 3 rows differ, such as pink, grey",
        "in 16 rows row is that of an earlier row",
    ]


cells = {
    "price": st.sampled_from([None, 5, 7.5, -3, 1e9, np.inf, "dear", "12"]),
    "visits": st.sampled_from([None, 1, 2.0, 2.5, 0, True]),
    "member": st.sampled_from([None, 0, 1, True, False, 2, "no"]),
    "colour": st.sampled_from([None, "red", "blue", "green", 7]),
    "city": st.sampled_from([None, "Rio", "", 3.0, b"x"]),
    "bought": st.sampled_from([None, 0, 1, 1.0, "1", True, "0"]),
}


@budget(derandomize=True, deadline=None, max_examples=200)
@given(rows=st.lists(st.fixed_dictionaries(cells), min_size=1, max_size=15), labelled=st.booleans())
def test_every_row_is_kept_dropped_or_rejected_whatever_the_table(rows, labelled):
    frame = pd.DataFrame(rows, columns=list(cells), dtype=object, index=range(100, 100 - len(rows), -1))
    before = frame.copy(deep=True)
    try:
        checked = check(frame, CONTRACT, labelled=labelled)
    except CourtsideError:
        checked = None
    pd.testing.assert_frame_equal(frame, before)
    if checked is None:
        return
    assert len(frame) == len(checked.rows) + len(checked.rejected) + checked.dropped_null
    assert len(checked.kept_positions) == len(checked.rows)
    assert np.flatnonzero(checked.reasons == "").tolist() == checked.kept_positions.tolist()
    null = frame.isna().any(axis=1).to_numpy() & labelled
    assert checked.rejected["reason"].tolist() == checked.reasons[(checked.reasons != "") & ~null].tolist()
    at = frame.iloc[checked.kept_positions]
    assert checked.rows["price"].tolist() == pytest.approx(at["price"].astype("float64").tolist(), nan_ok=True)
    assert checked.rows["colour"].fillna("").tolist() == at["colour"].fillna("").tolist()
    needed = frame if labelled else frame.iloc[:, :0]
    assert checked.dropped_null == needed.isna().any(axis=1).sum()
    kept = checked.rows
    assert kept["price"].dropna().between(0, 100).all()
    assert (kept["visits"].dropna() % 1 == 0).all()
    assert set(kept["member"].dropna()) <= {0, 1}
    assert set(kept["colour"].dropna()) <= {"red", "blue"}
    assert not labelled or (not kept.isna().any().any() and set(kept["bought"]) <= {0, 1})


@pytest.mark.parametrize(
    "values", [[1, 0, None], [1.0, 0.0, None], [True, False, None], ["1", "0", None], ["1.0", "0", None]]
)
@pytest.mark.parametrize("positive", ["1", "1.0", "true", "True"])
def test_one_is_the_positive_value_however_it_is_written(values, positive):
    contract = replace(CONTRACT, positive=positive)
    found = labels(pd.DataFrame({"bought": values}), contract)
    np.testing.assert_array_equal(found, [1, 0, np.nan])


def test_a_target_in_words_becomes_0_and_1():
    contract = replace(CONTRACT, positive="won")
    checked = check(table(bought=["won", "lost", "won", "lost"]), contract, labelled=True)
    assert checked.rows["bought"].tolist() == [1, 0, 1, 0]
    assert checked.rows["bought"].dtype == "int64"


def test_an_absent_or_empty_target_is_unknown_to_score():
    assert np.isnan(labels(table().drop(columns="bought"), CONTRACT)).all()
    assert np.isnan(labels(table(bought=None), CONTRACT)).all()
    assert labels(table(bought=[0, 0, 0, 0]), CONTRACT).tolist() == [0, 0, 0, 0]
    assert len(check(table().drop(columns="bought"), CONTRACT, labelled=False).rows) == 4


def test_the_second_row_of_an_id_is_rejected_and_the_first_is_kept():
    checked = check(table(row=[1, 2, 1, None]), CONTRACT, labelled=True)
    assert list(checked.kept_positions) == [0, 1, 3]
    assert checked.rejected["reason"].tolist() == ["row is that of an earlier row"]
    assert len(check(table(row=[1, 2, 1, None]), CONTRACT, labelled=False).rejected) == 0


@pytest.mark.parametrize(
    ("nulls", "labelled", "kept", "rejected", "dropped"),
    [
        ("drop", True, 3, 0, 1),
        ("keep", True, 4, 0, 0),
        ("reject", True, 3, 1, 0),
        ("drop", False, 4, 0, 0),
        ("keep", False, 4, 0, 0),
        ("reject", False, 3, 1, 0),
    ],
)
def test_the_contract_says_what_becomes_of_a_row_without_a_value(nulls, labelled, kept, rejected, dropped):
    price, *others = CONTRACT.features
    contract = replace(CONTRACT, features=(replace(price, nulls=nulls), *others))
    checked = check(table(price=[9.5, None, 30.0, 0.0]), contract, labelled=labelled)
    assert (len(checked.rows), len(checked.rejected), checked.dropped_null) == (kept, rejected, dropped)
    assert checked.nulls["price"] == 0.25
    if rejected:
        assert checked.rejected["reason"].tolist() == ["price has no value"]


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_a_table_in_chunks_is_checked_like_the_whole(labelled, size):
    frame = pd.concat([table()] * 5, ignore_index=True).assign(
        price=[*[5.0] * 6, 1000.0, None, *[7.0] * 12], colour=["pink", *["red"] * 19], row=range(20)
    )
    whole = check(frame, CONTRACT, labelled=labelled)
    parts = check((frame[start : start + size] for start in range(0, 20, size)), CONTRACT, labelled=labelled)
    pd.testing.assert_frame_equal(parts.rows, whole.rows)
    pd.testing.assert_frame_equal(parts.rejected, whole.rejected, check_dtype=False)
    assert (parts.kept_positions == whole.kept_positions).all()
    assert (parts.reasons == whole.reasons).all()
    assert (parts.dropped_null, parts.nulls) == (whole.dropped_null, pytest.approx(whole.nulls))
    assert list(map(str, parts.violations)) == list(map(str, whole.violations))


def test_a_fault_of_one_chunk_is_judged_over_all_of_them():
    good, bad = table(), table(price=["dear"] * 4)
    assert len(check(iter([good, good, bad]), CONTRACT, labelled=True).rejected) == 4
    with pytest.raises(
        CourtsideError,
        match=r"price holds values of several types .* dear, dear, dear, dear, dear in rows 5, 6, 7, 8, 9",
    ):
        check(iter([good, bad, bad]), CONTRACT, labelled=True)
