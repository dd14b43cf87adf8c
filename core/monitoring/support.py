"""Which rows have nothing like them in the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.monitoring.profiles import numbers

if TYPE_CHECKING:
    import pandas as pd
    from scipy.spatial import cKDTree

    from core.data.arrays import Bools, Floats
    from core.data.contract import Contract

NEIGHBOUR = 15
SUPPORT_QUANTILE = 0.99
SUPPORT_ROWS = 5_000
SUPPORT_SAMPLE = 20_000
"""Current rows of a batch that need be looked at: the share outside is then known to within 0.7 points."""
DENSE_VALUES = 20
"""Numbers with more distinct values than this span the space in which neighbours are looked for."""


@dataclass(frozen=True)
class Support:
    """The reference rows as points, and how far from them is too far; `names` span the space, empty for no rule."""

    names: tuple[str, ...]
    means: Mapping[str, float]
    spreads: Mapping[str, float]
    tree: cKDTree | None
    reach: float

    def outside(self, current: pd.DataFrame) -> Bools:
        """Per row, whether the reference has nothing like it. Shape (rows,), bool."""
        if self.tree is None:
            return np.zeros(len(current), bool)
        far = self.tree.query(self.placed({name: numbers(current[name]) for name in self.names}), [NEIGHBOUR])[0]
        outside: Bools = far[:, 0] > self.reach
        return outside

    def placed(self, columns: Mapping[str, Floats]) -> Floats:
        """Rows as points, (rows, names)."""
        # A null is a matter of data quality: in the middle it makes no row look far away.
        return np.column_stack(
            [np.nan_to_num((columns[name] - self.means[name]) / self.spreads[name]) for name in self.names]
        )


def support(reference: pd.DataFrame, contract: Contract, seed: int) -> Support:
    """What `outside_support` holds rows against, made once for many questions."""
    from scipy.spatial import cKDTree

    names = [feature.name for feature in contract.features if feature.traits.ordered]
    sample = np.random.default_rng(seed).permutation(len(reference))[:SUPPORT_ROWS]
    known = {name: numbers(reference[name].iloc[sample]) for name in names}
    known = {name: values for name, values in known.items() if not np.isnan(values).all()}
    dense = [name for name, values in known.items() if len(np.unique(values)) > DENSE_VALUES] or list(known)
    if not dense or len(sample) <= NEIGHBOUR:
        return Support((), {}, {}, None, np.inf)
    means = {name: float(np.nanmean(known[name])) for name in dense}
    spreads = {name: float(np.nanstd(known[name])) or 1.0 for name in dense}
    points = Support(tuple(dense), means, spreads, None, np.inf).placed(known)
    tree = cKDTree(points)
    # The nearest reference row of a reference row is itself, hence one neighbour more.
    own = tree.query(points, [NEIGHBOUR + 1])[0]
    return Support(tuple(dense), means, spreads, tree, float(np.quantile(own, SUPPORT_QUANTILE)))


def outside_support(reference: pd.DataFrame, current: pd.DataFrame, contract: Contract, seed: int) -> Bools:
    """Per current row, whether the reference has nothing like it. Shape (rows,), bool.

    A row is outside when its 15th nearest reference row is farther off than that of 99 % of the reference rows
    themselves, in standardised numbers, against at most 5,000 reference rows (Ramaswamy et al., "Efficient
    algorithms for mining outliers", 2000). About 1 % of a batch like the reference is therefore outside. Unlike a
    range per feature it sees the holes between the values. Only numbers with more than 20 distinct values span the
    space: one step of a yes/no or of a period is wider than any hole, and would hide it. With none such, all numbers.
    """
    return support(reference, contract, seed).outside(current)
