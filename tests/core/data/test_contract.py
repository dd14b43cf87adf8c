"""A contract is read and written exactly, and a table is checked against it with every violation at once."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.data.checking import check, labels
from core.data.contract import KINDS, NULLS, Contract, Feature, dumps, load, loads, nearest
from core.store import projects, settings, sources, tables
from core.store.storage import write_text
from core.text.errors import CourtsideError

CONTRACT = Contract(
    name="shop",
    title="Will they buy?",
    target="bought",
    positive="1",
    features=(
        Feature("price", "number", minimum=0, maximum=100),
        Feature("visits", "integer", minimum=1, label="Visits"),
        Feature("member", "boolean"),
        Feature("colour", "category", categories=("red", "blue")),
        Feature("city", "category"),
    ),
    id="row",
)


def table(**changed) -> pd.DataFrame:
    columns = {
        "row": [1, 2, 3, 4],
        "price": [9.5, 20.0, 30.0, 0.0],
        "visits": [1, 2, 3, 4],
        "member": [1, 0, 1, 0],
        "colour": ["red", "blue", "red", "blue"],
        "city": ["Rio", "Recife", "Rio", "Natal"],
        "bought": [1.0, 0.0, 1.0, 0.0],
    }
    return pd.DataFrame({**columns, **changed})


def refusal(frame: pd.DataFrame, *, labelled: bool = True) -> str:
    with pytest.raises(CourtsideError) as caught:
        check(frame, CONTRACT, labelled=labelled)
    return str(caught.value)


# The contract as a file


@pytest.mark.parametrize("name", ["kobe", "kobe-full"])
def test_a_shipped_contract_comes_back_equal_from_its_own_text(name):
    contract = projects.find(settings.load(), name)
    assert loads(dumps(contract)) == contract
    assert loads(dumps(contract)).fingerprint == contract.fingerprint


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
bounds = st.none() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False)


@st.composite
def contracts(draw) -> Contract:
    names = draw(st.lists(texts, min_size=2, max_size=4, unique=True))
    made = []
    for name in names[1:]:
        low, high = draw(bounds), draw(bounds)
        if low is not None and high is not None and low > high:
            low, high = high, low
        kind, nulls = draw(st.sampled_from(list(KINDS))), draw(st.sampled_from(list(NULLS)))
        made.append(Feature(name, kind, low, high, tuple(draw(st.lists(texts, max_size=2))), nulls, draw(texts)))
    return Contract(draw(texts), draw(texts), names[0], draw(texts), tuple(made), id=draw(texts), source=draw(texts))


STRANGE = (
    'say "when"',
    "it's",
    "back\\slash \\u0041",
    "'''\"\"\"",
    "\0\x01\x1f\x7f\x80\x85",
    "tab\tline\nreturn\r\n",
    "# no comment",
    "[[features]]",
    "a = 1",
    "\u2028\ufeff\U0001f3c0",
    " ",
)
ODD = Contract(
    name=STRANGE[0],
    title=STRANGE[4],
    target="it's",
    positive=STRANGE[5],
    features=(
        *(Feature(name, "category", categories=STRANGE, label=name, unit=name) for name in STRANGE if name != "it's"),
        Feature("inf", "number", float("-inf"), float("inf")),
        Feature("tiny", "number", 5e-324, 1e22),
    ),
)


@budget(derandomize=True, deadline=None)
@given(contracts())
@example(ODD)
def test_any_contract_comes_back_equal_from_its_own_text(contract):
    assert loads(dumps(contract)) == contract
    assert loads(dumps(contract)).fingerprint == contract.fingerprint


def test_a_contract_of_strange_names_comes_back_equal_from_a_file(tmp_path):
    write_text(dumps(ODD), tmp_path / "odd.toml")
    assert load(tmp_path / "odd.toml") == ODD


@pytest.mark.parametrize(
    "changed",
    [
        replace(CONTRACT, title="Another"),
        replace(CONTRACT, positive="2"),
        replace(CONTRACT, features=CONTRACT.features[::-1]),
        replace(CONTRACT, features=(replace(CONTRACT.features[0], maximum=101), *CONTRACT.features[1:])),
    ],
    ids=["title", "positive value", "order", "bound"],
)
def test_whatever_a_contract_says_is_in_its_fingerprint(changed):
    assert changed.fingerprint != CONTRACT.fingerprint == replace(CONTRACT).fingerprint


def test_a_faulty_contract_is_refused_with_all_its_faults():
    text = (
        dumps(CONTRACT).replace("title", "titel").replace('"boolean"', '"bool"').replace("minimum = 1", 'minimum="1"')
    )
    with pytest.raises(CourtsideError) as caught:
        loads(text)
    for fault in (
        "the contract has no key titel (is it title?)",
        "the contract lacks title",
        "feature member has bool for kind",
        "feature visits has 1 for minimum",
    ):
        assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name = ", "it is not TOML"),
        ('name = "a"', "it has no [[features]]"),
        ('features = "price"', "it has no [[features]]"),
        (dumps(replace(CONTRACT, target="price")), "the target price is a feature too"),
        (dumps(replace(CONTRACT, features=CONTRACT.features * 2)), "feature price appears more than once"),
        (dumps(replace(CONTRACT, features=(Feature("price", "number", 2, 1),))), "minimum above its maximum"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(text, fault):
    with pytest.raises(CourtsideError) as caught:
        loads(text)
    assert fault in str(caught.value)


def test_a_contract_is_loaded_from_its_file_and_a_bad_file_is_named(tmp_path):
    (tmp_path / "shop.toml").write_text(dumps(CONTRACT), encoding="utf-8")
    assert load(tmp_path / "shop.toml") == CONTRACT
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "odd.toml").write_text("name = ")
    for name in ("bad.toml", "odd.toml", "missing.toml"):
        with pytest.raises(CourtsideError, match=name):
            load(tmp_path / name)


# A table that fits


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
    "frame",
    [
        table().convert_dtypes(),
        table().convert_dtypes(dtype_backend="pyarrow"),
        table().astype(object),
        table().astype({"colour": "category", "city": "category", "visits": "category"}),
        table(visits=[1.0, 2.0, 3.0, 4.0], member=[True, False, True, False]),
        table(member=pd.array([True, False, True, False], dtype="boolean")),
        table(price=[Decimal("9.5"), 20, 30.0, np.int8(0)]),
        table(
            price=[Decimal("9.5"), Decimal(20), Decimal("30.00"), Decimal(0)], visits=list(map(Decimal, range(1, 5)))
        ),
        table(price=pd.array([Decimal("9.5"), 20, 30, 0], dtype=pd.ArrowDtype(pa.decimal128(9, 2)))),
        table(colour=pa.array(["red", "blue", "red", "blue"]).dictionary_encode().to_pandas()),
        table(
            colour=pd.array(["red", "blue", "red", "blue"], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string())))
        ),
        table(price=pd.arrays.SparseArray([9.5, 20.0, 30.0, 0.0]), visits=pd.arrays.SparseArray([1, 2, 3, 4])),
        table(price=np.array([9.5, 20, 30, 0], dtype="float16"), visits=np.array([1, 2, 3, 4], dtype="uint8")),
        pd.concat([table()], keys=["level"]),
        table().set_axis([7, 7, 7, 7]),
    ],
    ids=[
        "nullable",
        "arrow",
        "object",
        "categorical",
        "floats and bools",
        "boolean",
        "mixed",
        "decimal",
        "arrow decimal",
        "dictionary",
        "arrow dictionary",
        "sparse",
        "narrow",
        "index of two levels",
        "index that repeats",
    ],
)
def test_a_table_fits_however_it_is_stored(frame):
    expected = check(table(), CONTRACT, labelled=True).rows
    pd.testing.assert_frame_equal(check(frame, CONTRACT, labelled=True).rows, expected)


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(
    "stored",
    [
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
        lambda frame: frame.astype(object),
        lambda frame: frame.astype({"colour": "category", "member": "category"}),
    ],
    ids=["nullable", "arrow", "object", "categorical"],
)
def test_a_null_is_a_null_however_it_is_stored(stored, labelled):
    plain = table(
        price=[None, 20.0, 30.0, 0.0],
        visits=[1, None, 3, 4],
        member=[1, 0, None, 0],
        colour=["red", "red", "red", None],
    )
    frame = stored(pd.concat([plain, table()], ignore_index=True))
    found, expected = (
        check(frame, CONTRACT, labelled=labelled),
        check(pd.concat([plain, table()]), CONTRACT, labelled=labelled),
    )
    pd.testing.assert_frame_equal(found.rows, expected.rows)
    assert found.reasons.tolist() == expected.reasons.tolist()
    assert found.dropped_null == (4 if labelled else 0)
    assert found.rows["price"].isna().sum() == (0 if labelled else 1)


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


def test_whole_numbers_are_categories_without_a_decimal_point():
    contract = replace(CONTRACT, features=(Feature("shirt", "category", categories=("8", "24")),))
    frame = table(shirt=[8, 24, None, 8])
    assert check(frame, contract, labelled=False).rows["shirt"].tolist() == ["8", "24", None, "8"]


# A table that does not fit


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


# Rows that do not fit


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


# The target


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


def test_the_nearest_name_is_found_and_a_far_one_is_not():
    assert nearest("Shot_Distence", ["lat", "shot_distance"]) == "shot_distance"
    assert nearest("zebra", ["lat", "shot_distance"]) == ""


# Ids, nulls by feature, chunks


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


def test_dates_become_years_with_their_fraction_and_other_text_does_not():
    contract = replace(CONTRACT, features=(*CONTRACT.features, Feature("since", "date")))
    dates = ["2016-01-01", "2016-07-01", "31/12/2015", "someday"]
    checked = check(table(since=dates), contract, labelled=True)
    assert checked.rows["since"].tolist() == pytest.approx([2016, 2016 + 182 / 366, 2015 + 364 / 365])
    assert checked.rejected["reason"].tolist() == ["since should be a date and is someday"]
