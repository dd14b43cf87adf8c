"""Where the rows of both sides of a comparison come from, as a part of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.charts import court
from core.charts.court_lines import FAR
from core.documents.document import Chart
from core.text.messages import message

if TYPE_CHECKING:
    import pandas as pd

    from core.data.contract import Contract

SURFACE = "half-court"


def places(contract: Contract, reference: pd.DataFrame, current: pd.DataFrame) -> Chart | None:
    """A court with the rows of both; None where the contract has none, or rows of either side have no place on it."""
    sides = (reference, current)
    if contract.surface != SURFACE or not all({contract.x, contract.y} <= set(side) for side in sides):
        return None
    placed = [court.to_court(side[contract.y].to_numpy(), side[contract.x].to_numpy()) for side in sides]
    before, now = (court.gathered(*one) for one in placed)
    if not len(before.x) or not len(now.x):
        return None
    title = message("Where the shots come from (grey: test rows, outlined: this batch)")
    far, far_now = (float(np.mean(np.hypot(x, y) >= FAR)) for x, y in placed)
    alt = message(
        "From {feet:g} ft or farther: {before:.0%} of the test rows, {now:.0%} of this batch.",
        feet=FAR / 10,
        before=far,
        now=far_now,
    )
    return Chart(title, court.before_and_now, (before, now), alt)
