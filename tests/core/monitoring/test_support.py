"""Rows unlike the reference, by their neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from core.monitoring.support import outside_support
from tests.features import BOOLEAN, CATEGORY, KOBE, NUMBER, project, table


def test_almost_every_real_production_row_lies_outside_the_support_of_the_reference(kobe):
    outside = outside_support(kobe["test"], kobe["production"], project(*KOBE), seed=0)
    assert outside.shape == (6_426,)
    assert 0.97 <= outside.mean() <= 1


@pytest.mark.parametrize("seed", range(5))
def test_about_one_in_a_hundred_rows_like_the_reference_lies_outside(kobe, seed):
    reference, batch = train_test_split(kobe["dev"], test_size=0.5, random_state=seed)
    assert outside_support(reference, batch, project(*KOBE), seed).mean() == pytest.approx(0.01, abs=0.006)


def test_a_hole_between_the_values_is_outside_support():
    rng = np.random.default_rng(0)
    reference = pd.DataFrame({"number": np.concatenate([rng.normal(-5, 1, 1_000), rng.normal(5, 1, 1_000)])})
    hole = pd.DataFrame({"number": [0.0, 5.0]})
    assert outside_support(reference, hole, project(NUMBER), seed=0).tolist() == [True, False]


def test_without_numbers_or_with_hardly_a_row_nothing_is_outside_support():
    rows = table(100, 0)
    assert not outside_support(rows, rows, project(CATEGORY, BOOLEAN), seed=0).any()
    assert not outside_support(rows.head(5), rows, project(NUMBER), seed=0).any()


def test_nulls_do_not_make_a_row_look_far_away():
    reference = pd.DataFrame({"number": np.random.default_rng(0).normal(size=500)})
    current = pd.DataFrame({"number": [np.nan, 9.0, 0.0]})
    assert outside_support(reference, current, project(NUMBER), seed=0).tolist() == [False, True, False]
