"""A small split of the original rows, and a model whose features are worth known things."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from core.data import checking
from core.data import split as splitting
from core.store import projects, settings, sources, tables


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(2_000, 3)), columns=["strong", "weak", "none"])
    target = (rng.random(2_000) < 1 / (1 + np.exp(-2 * rows["strong"] - 0.5 * rows["weak"]))).astype(int).to_numpy()
    fitted = LogisticRegression().fit(rows, target)
    return fitted, rows, target, lambda some: fitted.predict_proba(some)[:, 1]


@pytest.fixture(scope="module")
def small():
    place = settings.load()
    contract = projects.find(place, "kobe")
    rows = checking.check(tables.read_table(sources.kobe(place, "dev")), contract, labelled=True).rows
    split = splitting.split(rows.sample(1500, random_state=1), contract)
    return split, contract
