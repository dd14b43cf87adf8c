"""The model sees one numeric view of a table, and an encoder that no batch can break."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from core.data.checking import check
from core.data.contract import Contract, Feature
from core.data.encoding import RARE, encoder, model_input, tree_encoder
from core.store import projects, settings, sources, tables

CONTRACT = Contract(
    "shop",
    "Will they buy?",
    "bought",
    "1",
    (
        Feature("price", "number"),
        Feature("visits", "integer"),
        Feature("member", "boolean"),
        Feature("colour", "category"),
    ),
)
TRAIN = pd.DataFrame(
    {
        "price": np.linspace(0, 10, 100),
        "visits": np.arange(100),
        "member": np.arange(100) % 2,
        "colour": np.where(np.arange(100) < 60, "red", np.where(np.arange(100) < 95, "blue", "grey")).astype(object),
    }
)
BATCH = pd.DataFrame({"price": [1.0], "visits": [3], "member": [1], "colour": ["red"]})


@pytest.fixture(scope="module")
def fitted():
    return encoder(CONTRACT).fit(model_input(TRAIN, CONTRACT))


def test_a_model_sees_the_features_in_order_as_floats_and_texts():
    rows = TRAIN.assign(bought=1, extra="x")[["colour", "extra", "bought", "visits", "member", "price"]]
    seen = model_input(rows, CONTRACT)
    assert seen.dtypes.astype(str).to_dict() == {
        "price": "float64",
        "visits": "float64",
        "member": "float64",
        "colour": "object",
    }
    assert list(seen.columns) == CONTRACT.feature_names
    pd.testing.assert_frame_equal(seen, TRAIN, check_dtype=False)


@pytest.mark.parametrize("null", [None, np.nan, pd.NA])
def test_a_null_stays_null_and_changes_no_type(null):
    rows = TRAIN.astype(object)
    rows.iloc[5] = null
    stored = rows.astype({"price": "Float64", "visits": "Int64", "member": "boolean", "colour": "string"})
    expected = model_input(TRAIN, CONTRACT)
    seen = model_input(stored, CONTRACT)
    assert seen.dtypes.equals(expected.dtypes)
    assert seen.iloc[5].isna().all()
    assert isinstance(seen["colour"].iloc[5], float)  # the one null that scikit-learn knows in a column of texts
    pd.testing.assert_frame_equal(seen.drop(index=5), expected.drop(index=5))


def test_the_rows_keep_their_index_and_the_table_its_values():
    rows = TRAIN.set_axis(range(200, 100, -1))
    before = rows.copy(deep=True)
    assert model_input(rows, CONTRACT).index.equals(rows.index)
    pd.testing.assert_frame_equal(rows, before)


def test_labelled_and_unlabelled_rows_look_the_same_to_a_model():
    place = settings.load()
    contract = projects.find(place, "kobe-full")
    frame = tables.read_table(sources.kobe(place, "dev"))
    frame = frame[frame["shot_made_flag"].notna()]
    trained, scored = (model_input(check(frame, contract, labelled=it).rows, contract) for it in (True, False))
    pd.testing.assert_frame_equal(trained, scored)


def test_numbers_are_scaled_and_categories_are_indicators(fitted):
    encoded = pd.DataFrame(fitted.transform(model_input(TRAIN, CONTRACT)), columns=fitted.get_feature_names_out())
    assert list(encoded.columns) == [
        "price",
        "visits",
        "member",
        "colour_blue",
        "colour_red",
        "colour_infrequent_sklearn",
    ]
    np.testing.assert_allclose(encoded[["price", "visits", "member"]].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(encoded[["price", "visits", "member"]].std(ddof=0), 1)
    assert encoded["colour_red"].tolist() == (TRAIN["colour"] == "red").tolist()
    assert encoded["colour_infrequent_sklearn"].tolist() == (TRAIN["colour"] == "grey").tolist()
    assert (TRAIN["colour"] == "grey").sum() < RARE <= (TRAIN["colour"] == "blue").sum()


def test_a_category_never_seen_counts_as_a_rare_one(fitted):
    unseen, rare = (fitted.transform(model_input(BATCH.assign(colour=name), CONTRACT)) for name in ("pink", "grey"))
    np.testing.assert_array_equal(unseen, rare)
    assert not np.array_equal(unseen, fitted.transform(model_input(BATCH, CONTRACT)))


def test_a_category_never_seen_is_no_failure_where_none_was_rare():
    fitted = encoder(CONTRACT).fit(model_input(TRAIN.assign(colour="red"), CONTRACT))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        unseen = fitted.transform(model_input(BATCH.assign(colour="pink"), CONTRACT))
    assert unseen[0, 3:].tolist() == [0]


def test_missing_numbers_are_filled_with_the_median_of_training(fitted):
    empty = pd.DataFrame({name: [np.nan] for name in CONTRACT.feature_names})
    median = TRAIN.median(numeric_only=True).to_frame().T.assign(colour="never seen")
    np.testing.assert_allclose(
        fitted.transform(model_input(empty, CONTRACT)), fitted.transform(model_input(median, CONTRACT))
    )


def test_a_missing_category_is_one_of_its_own_where_training_had_it():
    rows = TRAIN.assign(colour=[None] * 30 + ["red"] * 70)
    fitted = encoder(CONTRACT).fit(model_input(rows, CONTRACT))
    assert list(fitted.get_feature_names_out()[3:]) == ["colour_(none)", "colour_red"]
    assert fitted.transform(model_input(rows, CONTRACT))[:, 3].sum() == 30


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_contract_of_one_kind_of_feature_needs_no_other(kind):
    contract = Contract("one", "One", "bought", "1", (Feature("price" if kind == "number" else "colour", kind),))
    encoded = encoder(contract).fit_transform(model_input(TRAIN, contract))
    assert encoded.shape == (100, 1 if kind == "number" else 3)


@pytest.mark.parametrize("name", ["kobe", "kobe-full"])
def test_every_original_row_becomes_finite_numbers(name):
    place = settings.load()
    contract = projects.find(place, name)
    dev, prod = (
        model_input(check(tables.read_table(sources.kobe(place, which)), contract, labelled=False).rows, contract)
        for which in ("dev", "prod")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = encoder(contract).fit(dev)
        encoded = [fitted.transform(frame) for frame in (dev, prod, prod.head(1) * np.nan if name == "kobe" else prod)]
    assert all(np.isfinite(part).all() for part in encoded)
    assert {part.shape[1] for part in encoded} == {len(fitted.get_feature_names_out())}
    assert (len(encoded[0]), len(encoded[1])) == (24271, 6426)


def test_an_encoder_can_be_cloned_and_fitted_again(fitted):
    again = clone(encoder(CONTRACT)).fit(model_input(TRAIN, CONTRACT))
    batch = model_input(BATCH, CONTRACT)
    np.testing.assert_array_equal(again.transform(batch), fitted.transform(batch))


def test_boosted_trees_see_numbers_as_they_are_then_a_number_per_category():
    rows = model_input(TRAIN, CONTRACT)
    made = tree_encoder(CONTRACT).fit(rows)
    seen = made.transform(rows)
    np.testing.assert_array_equal(seen[:, :3], rows[["price", "visits", "member"]])
    codes = pd.Series(seen[:, 3]).groupby(TRAIN["colour"]).agg(["min", "max"])
    assert (codes["min"] == codes["max"]).all()
    assert codes["min"].nunique() == 3
    batch = pd.concat([BATCH, BATCH.assign(colour="mauve"), BATCH.assign(colour=None, price=None)])
    found = made.transform(model_input(batch, CONTRACT))
    assert found[0, 3] == codes["min"]["red"]
    assert np.isnan(found[1:, 3]).all()
    assert np.isnan(found[2, 0])
