"""Splits checked rows into train and test, the same way every time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.contract import Contract
from core.errors import CourtsideError
from core.messages import message

STRATEGIES = ("stratified",)


@dataclass(frozen=True)
class PreparedSplit:
    """Checked rows and their two parts; every frame holds features and target, with a plain index.

    `fingerprint` is the sha256 (first 16 digits) of contents, contract and parameters: the same file prepared with
    the same settings has the same fingerprint, and anything else another.
    """

    filtered: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    fingerprint: str
    parameters: dict[str, object]


def split(
    rows: pd.DataFrame, contract: Contract, *, test_share: float = 0.2, seed: int = 10, strategy: str = "stratified"
) -> PreparedSplit:
    """A stratified random split: both parts have the target rate of the whole, to within one row per class."""
    if not 0 < test_share < 1:
        raise CourtsideError(
            message("The test share is {share}; it must lie between 0 and 1.", share=test_share),
            message("Give a share such as 0.2."),
        )
    if strategy not in STRATEGIES:
        raise CourtsideError(
            message("There is no split strategy {strategy}.", strategy=strategy),
            message("Choose among {names}.", names=list(STRATEGIES)),
        )
    target = rows[contract.target]
    smallest = int(target.value_counts().reindex([0, 1], fill_value=0).min())
    if min(smallest * test_share, smallest * (1 - test_share)) < 1:
        raise CourtsideError(
            message(
                "The rarer outcome has {rows:,} rows: too few for a test share of {share:.0%}.",
                rows=smallest,
                share=test_share,
            ),
            message("Bring more rows, or choose a share nearer to one half."),
        )
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(rows)), test_size=test_share, random_state=seed, stratify=target)
    parameters = {"test_share": test_share, "seed": seed, "strategy": strategy}
    return _made(rows, rows.iloc[train], rows.iloc[test], contract, parameters)


def join(base: PreparedSplit, more: PreparedSplit, contract: Contract) -> PreparedSplit:
    """Two splits under one contract as one: train behind train and test behind test, the base's rows first."""
    together = [
        pd.concat([getattr(base, name), getattr(more, name)], ignore_index=True) for name in ("filtered", "train", "test")
    ]
    share = len(together[2]) / len(together[0])
    return _made(*together, contract, {**more.parameters, "test_share": round(share, 6)})


def _made(filtered, train, test, contract: Contract, parameters: dict[str, object]) -> PreparedSplit:
    frames = [frame.reset_index(drop=True) for frame in (filtered, train, test)]
    state = hashlib.sha256(json.dumps([contract.fingerprint, parameters], sort_keys=True).encode())
    for frame in frames:
        state.update(json.dumps([list(frame.columns), [str(kind) for kind in frame.dtypes], len(frame)]).encode())
        state.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return PreparedSplit(*frames, state.hexdigest()[:16], parameters)
