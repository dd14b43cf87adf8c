"""A model is stored by types that are known, and code in it is refused."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from xgboost import XGBClassifier

from core.store.trusted_types import packages
from core.text.errors import CourtsideError
from tests.purchases import ROWS


def doubled(values):
    return values * 2


def test_a_plain_pipeline_can_be_carried_and_one_with_code_in_it_is_refused_by_its_types():
    rows, target = ROWS[["price"]], np.arange(30) > 14
    plain = Pipeline([("model", LogisticRegression())]).fit(rows, target)
    assert [name.partition("==")[0] for name in packages(plain)] == ["scikit-learn", "skops", "pandas"]
    odd = Pipeline([("own", FunctionTransformer(doubled)), ("model", LogisticRegression())])
    with pytest.raises(CourtsideError, match=r"can't be carried away without code: it holds .*doubled"):
        packages(odd.fit(rows, target))


def test_a_model_of_another_library_says_that_it_is_loaded_with_it():
    rows, target = ROWS[["price"]], (np.arange(30) > 14).astype(int)
    boosted = [XGBClassifier(n_estimators=2), LGBMClassifier(n_estimators=2, verbosity=-1)]
    needed = [packages(Pipeline([("model", model)]).fit(rows, target))[-1] for model in boosted]
    assert needed == [f"{name}=={version(name)}" for name in ("xgboost-cpu", "lightgbm")]
