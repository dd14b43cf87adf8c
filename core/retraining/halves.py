"""Which production rows a challenger learns from and which are held out: divided as the champion's own rows were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.data import identity
from core.data import split as splitting
from core.text.messages import Message, message

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Array, Ints
    from core.data.contract import Contract

SAID: dict[str, Message] = {
    "stratified": message("Rows are held out at random."),
    "together": message("Identical rows are held out together."),
    "group": message("Whole groups are held out."),
    "time": message("The last rows in time are held out."),
}
UNKNOWN: dict[str, Message] = {
    "group": message(
        "The champion's rows were split by group, but the production rows have no group. They are divided at random, "
        "so the comparison may favour the challenger."
    ),
    "time": message(
        "The champion's rows were split by time, but the production rows have no time. They are divided at random, so "
        "the comparison may favour the challenger."
    ),
}


@dataclass(frozen=True)
class Halves:
    """The positions of the rows that train and of those that are held out. `said` is how they were told apart,
    `warning` why that is not how the champion's own rows were split, None where it is."""

    train: Ints
    held_out: Ints
    said: Message
    warning: Message | None = None


def halves(
    rows: pd.DataFrame,
    keys: pd.DataFrame,
    contract: Contract,
    strategy: str,
    share: float,
    theirs: Array | None = None,
    *,
    seed: int,
) -> Halves:
    """Divides production rows in the way in which the champion's own were split (`strategy`), so that the rows held out
    differ from those learned from as tomorrow's rows will.

    `keys` are those of `core.retraining.mixing.keys`, `theirs` is what `held_first` finds. Rows of these groups are
    held out before others: else the challenger alone would learn what the champion's test rows share. Where most
    rows are of such groups this is given up.
    """
    target, moment = rows[contract.target].to_numpy(), keys["time"].to_numpy(float)
    unknown = {"group": keys["group"].isna().all(), "time": np.isnan(moment).all()}
    if unknown.get(strategy, False):
        return Halves(*splitting.stratified(target, share, seed), SAID["stratified"], UNKNOWN[strategy])
    match strategy:
        case "time":
            parts = splitting.by_time(moment, share)
        case "group":
            parts = _whole(identity.groups(keys), share, seed, theirs)
        case "together":
            parts = _whole(keys["features"].to_numpy("uint64"), share, seed, theirs)
        case _:
            parts = splitting.stratified(target, share, seed)
    splitting.refuse_one_sided(target, *parts)
    return Halves(*parts, SAID[strategy])


def held_first(strategy: str, test: pd.DataFrame, known: pd.DataFrame | None, contract: Contract) -> Array | None:
    """The groups, or the feature vectors, of a champion's `test` rows, whose identities are `known`; None where its
    rows were split by neither."""
    if strategy == "together":
        return identity.features(test, contract)
    return known["group"].dropna().to_numpy("uint64") if strategy == "group" and known is not None else None


def _whole(groups: Array, share: float, seed: int, first: Array | None) -> tuple[Ints, Ints]:
    train, held_out = splitting.by_group(groups, share, seed, first)
    if 2 * len(train) >= (1 - share) * len(groups):
        return train, held_out
    return splitting.by_group(groups, share, seed)
