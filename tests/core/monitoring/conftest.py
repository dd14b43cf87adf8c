"""The original files as monitoring compares them."""

from __future__ import annotations

import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from core.store import settings as workspace
from tests.features import KOBE


@pytest.fixture(scope="module")
def kobe() -> dict[str, pd.DataFrame]:
    folder = workspace.load().kobe_dir
    names = [feature.name for feature in KOBE]
    dev = pd.read_parquet(folder / "dataset_kobe_dev.parquet")[[*names, "shot_made_flag"]].dropna()
    production = pd.read_parquet(folder / "dataset_kobe_prod.parquet")[names]

    def test_rows(seed: int) -> pd.DataFrame:
        return train_test_split(dev, test_size=0.2, random_state=seed, stratify=dev["shot_made_flag"])[1]

    return {"dev": dev, "production": production, "test": test_rows(10), "test 42": test_rows(42)}
