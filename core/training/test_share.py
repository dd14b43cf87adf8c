"""What the test share does to a result: how much of it is the luck of the split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data.encoding import encoder, model_input
from core.metrics.cells import row_losses
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd

    from core.data.contract import Contract

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
REPEATS = 30
MIDDLE = 0.9
"""Share of the splits that the band holds."""
MOST_ROWS = 20_000
"""Rows that are split again and again; of a larger table a sample of this size stands for it."""


@dataclass(frozen=True)
class ShareSpread:
    """The test log loss over repeated splits with one test share: its median, and the band of the `MIDDLE` of them."""

    share: float
    test_rows: int
    low: float
    median: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def spread(rows: pd.DataFrame, contract: Contract, *, seed: int) -> list[ShareSpread]:
    """Fits a quick logistic regression on `REPEATS` stratified splits for each of `SHARES` and measures its test log
    loss. The model and the rows are the same every time: what differs is the split alone."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedShuffleSplit

    if len(rows) > MOST_ROWS:
        rows = rows.sample(MOST_ROWS, random_state=seed)
    target = rows[contract.target].to_numpy()
    # Scaling is fitted once on all rows: it moves the loss of a regression by less than its last digit shown.
    inputs = np.asarray(encoder(contract).fit_transform(model_input(rows, contract)))
    found = []
    for share in SHARES:
        losses = []
        for train, test in StratifiedShuffleSplit(REPEATS, test_size=share, random_state=seed).split(inputs, target):
            model = LogisticRegression(solver="newton-cholesky", max_iter=20).fit(inputs[train], target[train])
            losses.append(row_losses(target[test], model.predict_proba(inputs[test])[:, 1]).mean())
        low, median, high = np.quantile(losses, [(1 - MIDDLE) / 2, 0.5, (1 + MIDDLE) / 2])
        found.append(ShareSpread(share, len(test), float(low), float(median), float(high)))
    return found


def reading(found: list[ShareSpread], share: float) -> Message:
    """One sentence: what the split alone moves at `share`, and what other shares would change."""
    chosen = min(found, key=lambda item: abs(item.share - share))
    return message(
        "With {share:.0%} for test, the luck of the split alone moves the test log loss between {low:.4f} and "
        "{high:.4f} (±{half:.4f}); with {least:.0%} it is ±{least_half:.4f}, with {most:.0%} ±{most_half:.4f}, while "
        "the median goes from {first:.4f} to {last:.4f} as fewer rows are left to train on.",
        share=chosen.share,
        low=chosen.low,
        high=chosen.high,
        half=chosen.width / 2,
        least=found[0].share,
        least_half=found[0].width / 2,
        most=found[-1].share,
        most_half=found[-1].width / 2,
        first=found[0].median,
        last=found[-1].median,
    )
