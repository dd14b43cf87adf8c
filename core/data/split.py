"""Splits checked rows into train and test, the same way every time."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from core.text.errors import CourtsideError
from core.text.messages import Message, message

if TYPE_CHECKING:
    from core.data.arrays import Array, Floats, Hashes, Ints
    from core.data.contract import Contract

STRATEGIES: dict[str, Message] = {
    "stratified": message("At random, with the target rate of the whole"),
    "together": message("At random, identical rows on one side"),
    "group": message("By group: all rows of one on one side"),
    "time": message("By time: train on the past, test on the last rows"),
}
"""How rows can be divided; "stratified" is that of the original assignment."""


class Division(TypedDict, total=False):
    """What may be asked of `split`: the share of the rows that test, the seed, and one of `STRATEGIES`."""

    test_share: float
    seed: int
    strategy: str


@dataclass(frozen=True)
class PreparedSplit:
    """Checked rows and their two parts; each frame holds the features, then the target (0/1), under a plain index.

    `fingerprint` is the sha256 (first 16 digits) of contents, contract and parameters: the same file prepared with
    the same settings has the same fingerprint, and anything else another. `spans` holds the first and last time of
    each part where the rows have one.
    """

    filtered: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    fingerprint: str
    parameters: dict[str, object]
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def target_rates(self) -> dict[str, float]:
        """Share of the positive class in `filtered`, `train` and `test`."""
        frames = {"filtered": self.filtered, "train": self.train, "test": self.test}
        return {name: float(frame.iloc[:, -1].mean()) for name, frame in frames.items()}


def split(
    rows: pd.DataFrame,
    contract: Contract,
    *,
    test_share: float = 0.2,
    seed: int = 10,
    strategy: str = "stratified",
    time: Floats | None = None,
    group: Array | None = None,
) -> PreparedSplit:
    """Divides checked rows into train and test by one of `STRATEGIES`.

    `rows`, `time` and `group` are those of `core.data.checking.check` with labels. "stratified" chooses the rows that
    `sklearn.model_selection.train_test_split` chooses with `random_state=seed` and `stratify=target`. The others keep
    what belongs together on one side, so their test share is met as nearly as whole groups allow. A share outside
    (0, 1), a strategy whose column is missing, or a class too small to be in both parts is a `CourtsideError`.
    """
    wanted = [*contract.feature_names, contract.target]
    rows = rows if list(rows.columns) == wanted else rows[wanted]
    target = rows[contract.target].to_numpy()
    _refuse_unsplittable(target, test_share)
    match strategy:
        case "stratified":
            train, test = stratified(target, test_share, seed)
        case "together":
            train, test = _by_group(vectors(rows, contract), test_share, seed)
        case "group":
            train, test = _by_group(_given(group, "group", contract.group), test_share, seed)
        case "time":
            train, test = _by_time(_given(time, "time", contract.time), test_share)
        case _:
            raise CourtsideError(
                message("There is no split strategy {strategy}.", strategy=strategy),
                message("Choose among {names}.", names=list(STRATEGIES)),
            )
    _refuse_one_sided(target, train, test)
    parameters: dict[str, object] = {"test_share": test_share, "seed": seed, "strategy": strategy}
    made = _made(rows, rows.iloc[train], rows.iloc[test], contract, parameters)
    return made if time is None else replace(made, spans={"train": _span(time[train]), "test": _span(time[test])})


def stratified(target: Array, test_share: float, seed: int) -> tuple[Ints, Ints]:
    """The positions of the train and the test rows that "stratified" chooses.

    >>> target = np.array([1, 0] * 50)
    >>> train, test = stratified(target, test_share=0.2, seed=10)
    >>> len(train), len(test), float(target[test].mean())
    (80, 20, 0.5)
    """
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(target)), test_size=test_share, random_state=seed, stratify=target)
    return train, test


def vectors(rows: pd.DataFrame, contract: Contract) -> Hashes:
    """A number per row, the same for identical feature vectors and for no others; uint64 (rows,)."""
    return pd.util.hash_pandas_object(rows[contract.feature_names], index=False).to_numpy()


def row_hashes(table: pd.DataFrame) -> Hashes:
    """A number per row of any table, the same for rows that are equal in every column; uint64 (rows,)."""
    try:
        return pd.util.hash_pandas_object(table, index=False).to_numpy()
    except TypeError:  # lists and other unhashable values
        return pd.util.hash_pandas_object(table.astype(str), index=False).to_numpy()


def on_both_sides(split: PreparedSplit, contract: Contract) -> int:
    """How many test rows have a feature vector that stands in train too: the model has seen them."""
    return int(np.isin(vectors(split.test, contract), vectors(split.train, contract)).sum())


def join(base: PreparedSplit, more: PreparedSplit, contract: Contract) -> PreparedSplit:
    """Two splits under one contract as one: train behind train and test behind test, the base's rows first."""
    filtered = pd.concat([base.filtered, more.filtered], ignore_index=True)
    train = pd.concat([base.train, more.train], ignore_index=True)
    test = pd.concat([base.test, more.test], ignore_index=True)
    share = round(len(test) / len(filtered), 6)
    return _made(filtered, train, test, contract, {**more.parameters, "test_share": share})


def _by_group(groups: Array, test_share: float, seed: int) -> tuple[Ints, Ints]:
    codes, found = pd.factorize(pd.Series(groups), sort=True)
    order = np.random.RandomState(seed).permutation(len(found))
    taken = np.cumsum(np.bincount(codes)[order])
    last = int(np.abs(taken - test_share * len(groups)).argmin()) + 1  # as near to the share as whole groups come
    chosen = np.isin(codes, order[: min(last, len(found) - 1)])
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _by_time(time: Floats, test_share: float) -> tuple[Ints, Ints]:
    # All rows of one moment stay on one side; a row without a time can't be said to come last.
    late = time >= np.nanquantile(time, 1 - test_share, method="higher")
    return np.flatnonzero(~late), np.flatnonzero(late)


def _given(values: Array | None, what: str, name: str) -> Array:
    if values is None or (values.dtype.kind == "f" and np.isnan(values).all()):
        raise CourtsideError(
            message("There is no {what} column to split by (the contract says {name}).", what=what, name=name or "–"),
            message("Name the column in the contract, or choose another strategy."),
        )
    return values


def _refuse_one_sided(target: Array, train: Ints, test: Ints) -> None:
    for name, part in (("train", train), ("test", test)):
        if len(np.unique(target[part])) < 2:
            raise CourtsideError(
                message("With this split the {name} part has {rows:,} rows of one outcome.", name=name, rows=len(part)),
                message("Choose another share or another strategy."),
            )


def _span(time: Floats) -> tuple[float, float]:
    return float(np.nanmin(time)), float(np.nanmax(time))


def _refuse_unsplittable(target: Array, test_share: float) -> None:
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
    # A new index and no copy: of a large table three parts are held already.
    filtered, train, test = (
        frame.set_axis(pd.RangeIndex(len(frame)), axis=0, copy=False) for frame in (filtered, train, test)
    )
    state = hashlib.sha256(json.dumps([contract.fingerprint, parameters], sort_keys=True).encode())
    for frame in (filtered, train, test):
        state.update(json.dumps([list(frame.columns), [str(kind) for kind in frame.dtypes], len(frame)]).encode())
        state.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return PreparedSplit(filtered, train, test, state.hexdigest()[:16], parameters)
