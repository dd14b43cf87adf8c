"""A small table of purchases and its contract: a feature of every kind, an id and a target."""

from __future__ import annotations

import pandas as pd

from core.data.contract import Contract, Feature

CONTRACT = Contract(
    name="shop",
    title="Will they buy?",
    target="bought",
    positive="1",
    features=(
        Feature("price", "number", minimum=0, maximum=100),
        Feature("visits", "integer", minimum=1, label="Visits"),
        Feature("member", "boolean"),
        Feature("colour", "category", categories=("red", "blue")),
        Feature("city", "category"),
    ),
    id="row",
)


def table(**changed) -> pd.DataFrame:
    columns = {
        "row": [1, 2, 3, 4],
        "price": [9.5, 20.0, 30.0, 0.0],
        "visits": [1, 2, 3, 4],
        "member": [1, 0, 1, 0],
        "colour": ["red", "blue", "red", "blue"],
        "city": ["Rio", "Recife", "Rio", "Natal"],
        "bought": [1.0, 0.0, 1.0, 0.0],
    }
    return pd.DataFrame({**columns, **changed})
