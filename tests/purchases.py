"""A small table of purchases and its contract: a feature of every kind, an id and a target."""

from __future__ import annotations

import numpy as np
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
SHOP = Contract("shop", "Will they buy?", "bought", "1", (Feature("price", "number"), Feature("colour", "category")))
ROWS = pd.DataFrame({"price": np.arange(30.0), "colour": np.array(["red", "blue", "grey"] * 10, dtype=object)})


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
