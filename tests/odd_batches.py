"""Batches that can be scored and make no table to train on: one labelled row, one outcome, a cell that is no number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.loans import loans

ODD = ("one labelled row", "one outcome", "one unreadable cell")


def odd(kind: str, folder: Path) -> str:
    """The path of such a batch of loans."""
    rows = loans(200, 5)
    if kind == "one labelled row":
        rows["default?"] = rows["default?"].where(rows.index == 0)
    elif kind == "one outcome":
        rows = rows[rows["default?"] == rows["default?"].iloc[0]]
    else:
        rows["income"] = rows["income"].astype(object)
        rows.loc[3, "income"] = "a lot"
    path = folder / f"{kind}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return str(path)
