"""How a table's columns are presented to a model: one numeric view, one encoder, the same in training and scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

    from core.data.contract import Contract

RARE = 20
"""A category seen in fewer training rows than this shares one column with the other rare ones."""
MOST = 250
"""Categories of a feature that boosted trees tell apart; scikit-learn's take at most 255."""


def model_input(rows: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The contract's features of `rows`, in the contract's order: float64, or text for categories; nulls stay null.

    One dtype for every number means that a column without nulls today and with nulls tomorrow is the same
    column to the model and to its MLflow signature.
    """
    columns = {}
    for feature in contract.features:
        values = rows[feature.name]
        if feature.traits.text:
            columns[feature.name] = values.astype(object).where(values.notna(), np.nan)
        else:
            columns[feature.name] = values.astype("float64")
    return pd.DataFrame(columns, index=rows.index)


def encoder(contract: Contract) -> ColumnTransformer:
    """An unfitted transformer of `model_input` frames: median-filled, scaled numbers; one-hot categories.

    A category never seen in training counts as a rare one, so scoring never fails on it.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [feature.name for feature in contract.features if not feature.traits.text]
    categories = categorical(contract)
    number = Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    category = Pipeline(
        [
            ("fill", SimpleImputer(strategy="constant", fill_value="(none)")),
            ("encode", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)),
        ]
    )
    steps = [("numbers", number, numbers), ("categories", category, categories)]
    return ColumnTransformer([step for step in steps if step[2]], verbose_feature_names_out=False)


def tree_encoder(contract: Contract) -> ColumnTransformer:
    """An unfitted transformer for boosted trees that split numbers and categories as they are: numbers first, then a
    number per category. A missing value and a category never seen are NaN, which such trees send their own way."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    categories = categorical(contract)
    numbers = [feature.name for feature in contract.features if feature.name not in categories]
    category = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        min_frequency=RARE,
        max_categories=MOST,
    )
    steps = [("numbers", "passthrough", numbers), ("categories", category, categories)]
    return ColumnTransformer([step for step in steps if step[2]], verbose_feature_names_out=False)


def categorical(contract: Contract) -> list[str]:
    """The names of the features that are categories."""
    return [feature.name for feature in contract.features if feature.traits.text]
