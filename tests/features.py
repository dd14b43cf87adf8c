"""Features of every kind, a contract of some of them, and rows to fill them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from core.data.contract import Contract, Feature

NUMBER, INTEGER, CATEGORY = Feature("number", "number"), Feature("integer", "integer"), Feature("category", "category")
BOOLEAN = Feature("boolean", "boolean")
KOBE = (
    Feature("lat", "number"),
    Feature("lon", "number"),
    Feature("minutes_remaining", "integer"),
    Feature("period", "integer"),
    Feature("playoffs", "boolean"),
    Feature("shot_distance", "integer"),
)
FINITE = st.floats(-1e9, 1e9)
VALUES = st.lists(FINITE | st.sampled_from([np.nan, np.inf, 0.0, 1.0]), max_size=40)


def project(*features: Feature) -> Contract:
    return Contract("any", "Any", "target", "1", features)


OTHER = Feature("other", "number")


def table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": rng.normal(size=rows),
            "other": rng.normal(size=rows),
            "category": rng.choice(["left", "right", "centre"], rows, p=[0.5, 0.3, 0.2]),
            "boolean": rng.random(rows) < 0.15,
        }
    )
