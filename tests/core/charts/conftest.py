"""The original shots, and what the probability surface is drawn from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.charts import court
from core.store import settings


@pytest.fixture(scope="module")
def dev() -> pd.DataFrame:
    return pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_dev.parquet").reset_index(drop=True)


@pytest.fixture(scope="module")
def prod() -> pd.DataFrame:
    return pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_prod.parquet").reset_index(drop=True)


@pytest.fixture(scope="module")
def surface(dev) -> dict:
    x, y = court.surface_cells()
    return {
        "probability": 0.6 - 0.2 * np.minimum(np.hypot(x, y) / 200, 1),
        "average": 0.4773,
        "trained_x": dev.loc_x.to_numpy(),
        "trained_y": dev.loc_y.to_numpy(),
        "shot": (-101.0, 135.0),
    }
