"""Which rows are the same row: by id, or by place in a fingerprinted source, or by features that no two rows share.

Never by the outcome. Of rows that look alike, those that contradict a training row would stay and the others go, and
every figure over what is left would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import late_labels
from core.data.encoding import model_input

if TYPE_CHECKING:
    from core.data.arrays import Array, Bools, Floats, Hashes, Ints, Series
    from core.data.contract import Contract

LOOK_ALIKES = 0.01
"""Share of rows that may have the features of another row, for features to tell rows apart."""
ANY = -1
"""The position of a row whose place is not known. Among known rows it stands for all rows of its source."""


@dataclass(frozen=True)
class Same:
    """Which rows are among others: those `found`, and those that are `unclear`, bool (rows,) each. An unclear row has
    the features of one of the others, as many rows do, and nothing else tells whether it is that row."""

    found: Bools
    unclear: Bools


def identities(
    count: int,
    *,
    ids: Series | None = None,
    source: str = "",
    positions: Ints | None = None,
    group: Array | None = None,
    time: Floats | None = None,
) -> pd.DataFrame:
    """What rows are known by: `id` (null where there is none), the `source` (a fingerprint) and the `position` in it,
    and beside that their `group` and `time`, null where they have none."""
    none = pd.arrays.IntegerArray(np.zeros(count, "uint64"), np.ones(count, bool))
    return pd.DataFrame(
        {
            "id": pd.Series(None, range(count), dtype=object) if ids is None else _plain(ids),
            "source": pd.Series(pd.Categorical([source])).repeat(count).reset_index(drop=True),
            "position": np.full(count, ANY, "int64") if positions is None else positions,
            "group": none if group is None else pd.Series(_whole(group), dtype="UInt64").array,
            "time": np.full(count, np.nan) if time is None else time,
        }
    )


def ids_of(rows: pd.DataFrame, contract: Contract) -> Series | None:
    """The column of ids as the table has it, None where it has none."""
    return rows[contract.id] if contract.id in rows.columns else None


def features(rows: pd.DataFrame, contract: Contract) -> Hashes:
    """A number per row that rows of equal features share, whatever the types of their columns are; uint64 (rows,)."""
    return row_hashes(model_input(rows, contract))


def groups(known: pd.DataFrame) -> Hashes:
    """The group of each row of `identities`, those without one each a group of its own; uint64 (rows,)."""
    own = pd.util.hash_array(np.arange(len(known), dtype="int64"))
    return np.where(known["group"].isna(), own, known["group"].fillna(0).to_numpy("uint64"))


def clustered(known: pd.DataFrame | None) -> Hashes | None:
    """`groups`, None where no row has one: what the unit of an interval is."""
    return None if known is None or known["group"].isna().all() else groups(known)


def row_hashes(table: pd.DataFrame) -> Hashes:
    """A number per row of any table, the same for rows that are equal in every column; uint64 (rows,)."""
    try:
        return pd.util.hash_pandas_object(table, index=False).to_numpy()
    except TypeError:  # lists and other unhashable values
        return pd.util.hash_pandas_object(table.astype(str), index=False).to_numpy()


def hashed(ids: Series) -> Series:
    """Ids as numbers, the same for ids that two files would write differently; null stays null."""
    text = late_labels.keys(ids)
    found: Series = pd.Series(pd.util.hash_array(text.fillna("").to_numpy(dtype=object)), dtype="UInt64")
    return found.mask(text.isna())


def distinct(found: Series | Hashes) -> bool:
    """Whether `features` tell rows apart: at most `LOOK_ALIKES` of them stand there more than once."""
    values = pd.Series(found).dropna()
    return not len(values) or float(values.duplicated(keep=False).mean()) <= LOOK_ALIKES


def same(rows: pd.DataFrame, others: pd.DataFrame, *, telling: bool) -> Same:
    """Which rows are among others, both `identities` with a column `features` (null where they are not known).

    Ids decide, then the place in the same source. Where neither can, features do if they are `telling`; if not, rows
    that look like one of the others are unclear.
    """
    ids, known = _numbers(rows["id"]), _numbers(others["id"])
    named, theirs = ids.notna().to_numpy(), known.notna().to_numpy()
    found = ids.isin(known.dropna()).to_numpy(bool) & named
    alike = np.zeros(len(rows), bool)
    places = rows["position"].to_numpy()
    sources = np.where(places == ANY, "", rows["source"].astype(str).to_numpy())
    for source in np.unique(sources):
        here, there = sources == source, (others["source"] == source).to_numpy() & (source != "")
        taken = others["position"].to_numpy()[there]
        found[here] |= np.isin(places[here], taken[taken != ANY]) | ((ANY in taken) & ~named[here])
        for has_id in (True, False):
            mine, comparable = here & (named == has_id), ~there & ~(theirs & has_id)
            alike[mine] = rows["features"][mine].isin(others["features"][comparable].dropna()).to_numpy(bool)
    alike &= ~found
    return Same(found | alike, np.zeros(len(rows), bool)) if telling else Same(found, alike)


def joined(*frames: pd.DataFrame) -> pd.DataFrame:
    """Several tables of identities as one, their ids as `hashed` makes them."""
    alike = [frame.assign(id=_numbers(frame["id"]), source=frame["source"].astype(str)) for frame in frames]
    return pd.concat(alike, ignore_index=True)


def _whole(group: Array) -> Array:
    return group if group.dtype.kind in "iu" else pd.util.hash_array(group.astype(str).astype(object))


def _plain(ids: Series) -> Series:
    # Numbers stay as they are, for making a text of each takes seconds for millions; `joined` does it where needed.
    number = isinstance(ids.dtype, np.dtype) and ids.dtype.kind in "iuf"
    return ids.reset_index(drop=True) if number else late_labels.keys(ids)


def _numbers(ids: Series) -> Series:
    return ids.reset_index(drop=True) if ids.dtype == pd.UInt64Dtype() else hashed(ids)
