"""A value is what it means, however a file stores it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.data.checking import check
from core.data.contract import Feature
from tests.purchases import CONTRACT, table


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
        table().set_axis([7, 7, 7, 7], axis=0),
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


def test_whole_numbers_are_categories_without_a_decimal_point():
    contract = replace(CONTRACT, features=(Feature("shirt", "category", categories=("8", "24")),))
    frame = table(shirt=[8, 24, None, 8])
    assert check(frame, contract, labelled=False).rows["shirt"].tolist() == ["8", "24", None, "8"]


def test_dates_become_years_with_their_fraction_and_other_text_does_not():
    contract = replace(CONTRACT, features=(*CONTRACT.features, Feature("since", "date")))
    dates = ["2016-01-01", "2016-07-01", "31/12/2015", "someday"]
    checked = check(table(since=dates), contract, labelled=True)
    assert checked.rows["since"].tolist() == pytest.approx([2016, 2016 + 182 / 366, 2015 + 364 / 365])
    assert checked.rejected["reason"].tolist() == ["since should be a date and is someday"]
