"""Every candidate can be carried: equal with its allow-list, on rows that ask for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import skops.io

from core.store.trusted_types import TRUSTED
from core.training.algorithms import ALGORITHMS
from core.training.portability import CHECK_ROWS, UNSEEN, check_rows
from core.training.training import Candidate, Failure, Search, train
from tests.purchases import ROWS, SHOP

QUICK = ["lr_isotonic", "dt_sigmoid", "hgb_isotonic", "lightgbm_tuned_sigmoid", "rf_isotonic", "xgboost_tuned_sigmoid"]


def test_the_check_has_a_thousand_rows_with_nulls_and_unseen_categories_alone_and_together():
    found = check_rows(ROWS, SHOP)
    assert len(found) == CHECK_ROWS
    nulls, unseen = found.isna(), found["colour"] == UNSEEN
    assert nulls["price"].sum() > 100
    assert nulls["colour"].sum() > 100
    assert unseen.sum() > 50
    assert (unseen & nulls["price"]).any()
    assert (unseen & ~nulls["price"]).any()
    assert (~unseen & ~nulls.any(axis=1)).sum() > 300
    pd.testing.assert_frame_equal(found, check_rows(ROWS, SHOP))
    assert not ROWS.isna().any().any()


@pytest.fixture(scope="module")
def trained(small) -> dict[str, Candidate | Failure]:
    """Every algorithm as it is, and some that are recalibrated."""
    plans = [Search([*ALGORITHMS], folds=2, iterations=1), *(Search([name], folds=2, iterations=1) for name in QUICK)]
    split, contract = small
    return {made.name: made for plan in plans for made in train(split, contract, plan, jobs=1)}


@pytest.mark.parametrize("name", [*ALGORITHMS, *QUICK])
def test_every_candidate_comes_back_equal_from_skops_with_the_allow_list(trained, name):
    made = trained[name]
    assert not isinstance(made, Failure), str(made.reason)
    stored = skops.io.dumps(made.pipeline)
    assert set(skops.io.get_untrusted_types(data=stored)) <= set(TRUSTED)
    again = skops.io.loads(stored, trusted=TRUSTED).predict_proba(made.check)[:, 1]
    assert len(made.check) == CHECK_ROWS
    assert made.check.isna().any().all()
    assert np.abs(again - made.pipeline.predict_proba(made.check)[:, 1]).max() < 1e-9
    assert np.abs(made.pycaret_check - again).max() < 1e-9
