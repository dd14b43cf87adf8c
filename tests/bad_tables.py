"""Tables that do not fit, and what is said of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.store import settings, sources, tables
from tests.shots import parquet

if TYPE_CHECKING:
    import pandas as pd


def table(**changes) -> pd.DataFrame:
    return tables.read_table(sources.kobe(settings.load(), "dev")).head(400).assign(**changes)


BAD = {
    "text named parquet": (lambda: b"not a table", "is not a parquet file"),
    "truncated": (lambda: parquet(table())[:5000], "damaged"),
    "renamed": (lambda: parquet(table().rename(columns={"shot_distance": "shot_dist"})), "is it shot_dist?"),
    "missing columns": (lambda: parquet(table().drop(columns=["lat", "period"])), "column period is missing"),
    "wrong type": (lambda: parquet(table(period="first")), "should hold whole numbers"),
    "no rows": (lambda: parquet(table().head(0)), "it has no rows"),
}
TRAIN_ONLY = {
    "null target": (lambda: parquet(table(shot_made_flag=float("nan"))), "has no value in any row"),
    "one class": (lambda: parquet(table(shot_made_flag=1.0)), "has one outcome only"),
}
