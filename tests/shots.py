"""Batches of shots from the original files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from core.store import settings, sources, tables

if TYPE_CHECKING:
    import pandas as pd


def production() -> pd.DataFrame:
    return tables.read_table(sources.kobe(settings.load(), "prod"))


def write(frame: pd.DataFrame, path: Path) -> str:
    frame.to_parquet(path, index=False)
    return str(path)


def parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, index=False)
    return content.getvalue()


def batch(folder, rows: int, **changes) -> str:
    path = folder / f"batch{rows}.csv"
    tables.read_table(sources.kobe(settings.load(), "prod")).head(rows).assign(**changes).to_csv(path, index=False)
    return str(path)
