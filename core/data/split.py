"""Splits checked rows into train and test, the same way every time."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np
import pandas as pd

from core.data.identity import identities, joined
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


MOST_SEED = 2**32 - 1
"""The greatest seed that every generator takes; the least is 0."""
USUAL: Division = {"test_share": 0.2, "seed": 10, "strategy": "stratified"}


@dataclass(frozen=True)
class PreparedSplit:
    """Checked rows and their two parts; each frame holds the features, then the target (0/1), under a plain index.

    `fingerprint` is the sha256 (first 16 digits) of contents, contract and parameters: the same file prepared with
    the same settings has the same fingerprint, and anything else another. `spans` holds the first and last time of
    each part where the rows have one. `train_identity` and `test_identity` are `core.data.identity.identities` of the
    rows of each part; None for a split that was made before these were kept.
    """

    filtered: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    fingerprint: str
    parameters: dict[str, object]
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    train_identity: pd.DataFrame | None = None
    test_identity: pd.DataFrame | None = None

    @property
    def strategy(self) -> str:
        """Which of `STRATEGIES` divided the rows."""
        return str(self.parameters.get("strategy", "stratified"))

    @property
    def target_rates(self) -> dict[str, float]:
        """Share of the positive class in `filtered`, `train` and `test`."""
        frames = {"filtered": self.filtered, "train": self.train, "test": self.test}
        return {name: float(frame.iloc[:, -1].mean()) for name, frame in frames.items()}


def split(
    rows: pd.DataFrame,
    contract: Contract,
    *,
    time: Floats | None = None,
    group: Array | None = None,
    known: pd.DataFrame | None = None,
    **how: Unpack[Division],
) -> PreparedSplit:
    """Divides checked rows into train and test by one of `STRATEGIES`.

    `rows`, `time` and `group` are those of `core.data.checking.check` with labels, `known` the identities of the rows
    where more is known of them. "stratified" chooses the rows that
    `sklearn.model_selection.train_test_split` chooses with `random_state=seed` and `stratify=target`. The others keep
    what belongs together on one side, so their test share is met as nearly as whole groups allow. A share outside
    (0, 1), a seed that `refuse_seed` refuses, a strategy whose column is missing, or a class too small to be in both
    parts is a `CourtsideError`.
    """
    wanted = [*contract.feature_names, contract.target]
    rows = rows if list(rows.columns) == wanted else rows[wanted]
    asked: Division = {**USUAL, **how}
    refuse_seed(asked["seed"])
    train, test = _divide(rows, contract, asked, time, group)
    identity = identities(len(rows), group=group, time=time) if known is None else known
    return of_parts(rows, contract, train, test, dict(asked), identity)


def of_parts(
    rows: pd.DataFrame,
    contract: Contract,
    train: Ints,
    test: Ints,
    parameters: dict[str, object],
    identity: pd.DataFrame,
) -> PreparedSplit:
    """The split whose parts are at these positions; `identity` says what else the rows are known by."""
    made = _made(rows, rows.iloc[train], rows.iloc[test], contract, parameters)
    known = [identity.iloc[part].reset_index(drop=True) for part in (train, test)]
    times = [part["time"].to_numpy(float) for part in known]
    dated = identity["time"].notna().any()
    spans = {name: _span(time) for name, time in zip(("train", "test"), times, strict=True)} if dated else {}
    return replace(made, spans=spans, train_identity=known[0], test_identity=known[1])


def _divide(
    rows: pd.DataFrame, contract: Contract, how: Division, time: Floats | None, group: Array | None
) -> tuple[Ints, Ints]:
    test_share, seed, strategy = how["test_share"], how["seed"], how["strategy"]
    target = rows[contract.target].to_numpy()
    _refuse_unsplittable(target, test_share)
    match strategy:
        case "stratified":
            train, test = stratified(target, test_share, seed)
        case "together":
            train, test = by_group(vectors(rows, contract), test_share, seed)
        case "group":
            train, test = by_group(_given(group, "group", contract.group), test_share, seed)
        case "time":
            train, test = by_time(_given(time, "time", contract.time), test_share)
        case _:
            raise CourtsideError(
                message("There is no split strategy {strategy}.", strategy=strategy),
                message("Choose among {names}.", names=list(STRATEGIES)),
            )
    refuse_one_sided(target, train, test)
    return train, test


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


def on_both_sides(split: PreparedSplit, contract: Contract) -> int:
    """How many test rows have a feature vector that stands in train too: the model has seen them."""
    return int(np.isin(vectors(split.test, contract), vectors(split.train, contract)).sum())


def join(base: PreparedSplit, more: PreparedSplit, contract: Contract) -> PreparedSplit:
    """Two splits under one contract as one: train behind train and test behind test, the base's rows first."""
    filtered = pd.concat([base.filtered, more.filtered], ignore_index=True)
    train = pd.concat([base.train, more.train], ignore_index=True)
    test = pd.concat([base.test, more.test], ignore_index=True)
    share = round(len(test) / len(filtered), 6)
    made = _made(filtered, train, test, contract, {**more.parameters, "test_share": share})
    known = [[part for part in sides if part is not None] for sides in zip(_known(base), _known(more), strict=True)]
    if any(len(sides) < 2 for sides in known):
        return made
    return replace(made, train_identity=joined(*known[0]), test_identity=joined(*known[1]))


def by_group(groups: Array, test_share: float, seed: int, first: Array | None = None) -> tuple[Ints, Ints]:
    """The positions of the train and the test rows, all rows of a group on one side; groups among those of `first` are
    test rows before any other."""
    codes, found = pd.factorize(pd.Series(groups), sort=True)
    order = np.random.RandomState(seed).permutation(len(found))
    wanted = np.isin(found, first)[order] if first is not None else np.zeros(len(found), bool)
    order = np.concatenate([order[wanted], order[~wanted]])
    taken = np.cumsum(np.bincount(codes)[order])
    last = int(np.abs(taken - test_share * len(groups)).argmin()) + 1  # as near to the share as whole groups come
    chosen = np.isin(codes, order[: min(max(last, int(wanted.sum())), len(found) - 1)])
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def by_time(time: Floats, test_share: float) -> tuple[Ints, Ints]:
    """The positions of the train and the test rows, the last in time for test."""
    # All rows of one moment stay on one side; a row without a time can't be said to come last.
    late = time >= np.nanquantile(time, 1 - test_share, method="higher")
    return np.flatnonzero(~late), np.flatnonzero(late)


def _known(split: PreparedSplit) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    return split.train_identity, split.test_identity


def _given(values: Array | None, what: str, name: str) -> Array:
    if values is None or (values.dtype.kind == "f" and np.isnan(values).all()):
        raise CourtsideError(
            message("There is no {what} column to split by (the contract says {name}).", what=what, name=name or "–"),
            message("Name the column in the contract, or choose another strategy."),
        )
    return values


def refuse_one_sided(target: Array, train: Ints, test: Ints) -> None:
    """A `CourtsideError` where a part has one outcome only."""
    for name, part in (("train", train), ("test", test)):
        if len(np.unique(target[part])) < 2:
            raise CourtsideError(
                message("With this split the {name} part has {rows:,} rows of one outcome.", name=name, rows=len(part)),
                message("Choose another share or another strategy."),
            )


def _span(time: Floats) -> tuple[float, float]:
    return float(np.nanmin(time)), float(np.nanmax(time))


def refuse_seed(seed: int) -> None:
    """Raises a `CourtsideError` for a seed that no generator takes."""
    if not 0 <= seed <= MOST_SEED:
        raise CourtsideError(
            message("The seed is {seed}; it must lie between 0 and {most}.", seed=str(seed), most=str(MOST_SEED)),
            message("Give a whole number such as 10."),
        )


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
