"""A learning curve falls where more rows help, and is flat where nothing is learned."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.training.learning_curve import FOLDS, SHARES, learning_curve


def test_a_learning_curve_falls_for_a_model_that_learns_and_meets_the_rows_it_learned_from(model):
    fitted, rows, target, __ = model
    told = []
    found = learning_curve(fitted, rows, target, seed=0, progress=lambda done, total, what: told.append((done, total)))
    assert found.rows == tuple(round(share * 1_600) for share in SHARES)
    assert found.unseen[0] > found.unseen[-1]
    assert found.seen[0] < found.unseen[0]
    assert found.unseen[-1] - found.seen[-1] < found.unseen[0] - found.seen[0]
    assert told == [(done, FOLDS * len(SHARES)) for done in range(FOLDS * len(SHARES))]


def test_a_learning_curve_of_a_fixed_guess_is_flat():
    from sklearn.dummy import DummyClassifier

    rows, target = pd.DataFrame({"x": np.arange(1_000.0)}), np.tile([0, 1], 500)
    found = learning_curve(DummyClassifier(strategy="prior"), rows, target, seed=0)
    assert found.unseen == pytest.approx([np.log(2)] * len(SHARES), abs=1e-9)
