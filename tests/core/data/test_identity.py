"""Which rows are the same row: by id, by place, by features that tell; never by the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.data.contract import Contract, Feature
from core.data.identity import distinct, features, hashed, identities, same

CONTRACT = Contract("t", "T", "y", "1", (Feature("x", "integer"),))


def known(values, **more) -> pd.DataFrame:
    return identities(len(values), **more).assign(features=np.array(values, "uint64"))


def test_an_id_tells_rows_whatever_file_wrote_it_and_a_strange_id_is_another_row():
    train = known(range(4), ids=pd.Series([1, 2, 3, 4]), source="a", positions=np.arange(4))
    rows = known([0, 1, 2], ids=pd.Series([" 3", "4.5", 1.0], dtype=object), source="b", positions=np.arange(3))
    assert same(rows, train, telling=True).found.tolist() == [True, False, True]
    assert not same(rows, train, telling=True).unclear.any()
    assert hashed(pd.Series([7, 8])).equals(hashed(pd.Series(["7", " 8"])))


def test_without_an_id_the_place_in_the_same_source_tells_and_the_features_of_it_do_not():
    train = known([5, 5, 5], source="a", positions=np.array([0, 2, 4]))
    rows = known([5, 5, 9], source="a", positions=np.array([2, 3, 4]))
    assert same(rows, train, telling=True).found.tolist() == [True, False, True]
    assert not same(rows, train, telling=False).unclear.any()


def test_in_another_source_features_tell_only_where_no_two_rows_share_them():
    train, rows = known(range(100), source="a"), known([3, 500], source="b")
    assert same(rows, train, telling=True).found.tolist() == [True, False]
    unclear = same(rows, train, telling=False)
    assert not unclear.found.any()
    assert unclear.unclear.tolist() == [True, False]
    assert distinct(train["features"])
    assert not distinct(np.arange(100) // 2)


def test_a_row_with_an_id_is_held_against_rows_without_one_by_what_else_is_known():
    train = known([1, 2], ids=pd.Series([None, "x"], dtype=object), source="a")
    rows = known([1, 2], ids=pd.Series(["p", "q"]), source="b")
    assert same(rows, train, telling=True).found.tolist() == [True, False]


def test_a_row_whose_place_was_not_kept_stands_for_its_whole_batch():
    train = known([7], source="a")
    assert same(known([1, 2], source="a", positions=np.arange(2)), train, telling=False).found.all()
    assert not same(known([1, 2], source="b", positions=np.arange(2)), train, telling=False).found.any()


def test_the_number_of_features_knows_nothing_of_the_outcome_or_of_types():
    rows = pd.DataFrame({"x": [1, 1, 2], "y": [0, 1, 0]})
    found = features(rows, CONTRACT)
    assert found[0] == found[1] != found[2]
    np.testing.assert_array_equal(found, features(rows.astype(float)[["x"]], CONTRACT))
