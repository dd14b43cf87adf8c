"""Splits checked rows into train and test, the same way every time."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.contract import Contract
from core.errors import CourtsideError
from core.messages import message

STRATEGIES = ("stratified",)


@dataclass(frozen=True)
class PreparedSplit:
    """Checked rows and their two parts; each frame holds the features, then the target (0/1), under a plain index.

    `fingerprint` is the sha256 (first 16 digits) of contents, contract and parameters: the same file prepared with
    the same settings has the same fingerprint, and anything else another.
    """

    filtered: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    fingerprint: str
    parameters: dict[str, object]

    @property
    def target_rates(self) -> dict[str, float]:
        """Share of the positive class in `filtered`, `train` and `test`."""
        frames = {"filtered": self.filtered, "train": self.train, "test": self.test}
        return {name: float(frame.iloc[:, -1].mean()) for name, frame in frames.items()}


def split(
    rows: pd.DataFrame, contract: Contract, *, test_share: float = 0.2, seed: int = 10, strategy: str = "stratified"
) -> PreparedSplit:
    """Splits checked rows at random, so that both parts have the target rate of the whole within one row.

    `rows` are those of `core.contract.check` with labels. The rows that go to each part are those that
    `sklearn.model_selection.train_test_split` chooses with `random_state=seed` and `stratify=target`. A share outside
    (0, 1), an unknown strategy, or a class too small to be in both parts is a `CourtsideError`.
    """
    if strategy not in STRATEGIES:
        raise CourtsideError(
            message("There is no split strategy {strategy}.", strategy=strategy),
            message("Choose among {names}.", names=list(STRATEGIES)),
        )
    rows = rows[[*contract.feature_names, contract.target]]
    target = rows[contract.target].to_numpy()
    _refuse_unsplittable(target, test_share)
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(rows)), test_size=test_share, random_state=seed, stratify=target)
    parameters = {"test_share": test_share, "seed": seed, "strategy": strategy}
    return _made(rows, rows.iloc[train], rows.iloc[test], contract, parameters)


def join(base: PreparedSplit, more: PreparedSplit, contract: Contract) -> PreparedSplit:
    """Two splits under one contract as one: train behind train and test behind test, the base's rows first."""
    filtered = pd.concat([base.filtered, more.filtered], ignore_index=True)
    train = pd.concat([base.train, more.train], ignore_index=True)
    test = pd.concat([base.test, more.test], ignore_index=True)
    share = round(len(test) / len(filtered), 6)
    return _made(filtered, train, test, contract, {**more.parameters, "test_share": share})


def _refuse_unsplittable(target: np.ndarray, test_share: float) -> None:
    if not 0 < test_share < 1:
        raise CourtsideError(
            message("The test share is {share}; it must lie between 0 and 1.", share=test_share),
            message("Give a share such as 0.2."),
        )
    rarer = int(np.bincount(target.astype(int), minlength=2).min())
    test = math.ceil(len(target) * test_share)
    if rarer * min(test, len(target) - test) < len(target):
        raise CourtsideError(
            message(
                "The rarer outcome has {rare:,} of {rows:,} rows: too few to be in both parts with a test share of "
                "{share:.0%}.",
                rare=rarer,
                rows=len(target),
                share=test_share,
            ),
            message("Bring more rows, or choose a share nearer to one half."),
        )


def _made(
    filtered: pd.DataFrame, train: pd.DataFrame, test: pd.DataFrame, contract: Contract, parameters: dict[str, object]
) -> PreparedSplit:
    frames = [frame.reset_index(drop=True) for frame in (filtered, train, test)]
    state = hashlib.sha256(json.dumps([contract.fingerprint, parameters], sort_keys=True).encode())
    for frame in frames:
        state.update(json.dumps([list(frame.columns), [str(kind) for kind in frame.dtypes], len(frame)]).encode())
        state.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return PreparedSplit(*frames, state.hexdigest()[:16], parameters)
