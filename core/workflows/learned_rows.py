"""Which production rows a version has learned from: they say nothing of how it does on rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import checking, late_labels
from core.retraining import mixing
from core.store import settings, tracking
from core.text.messages import Message, message
from core.workflows import training
from core.workflows.runs import Artifact, MetricKey, VersionTag

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats
    from core.data.contract import Contract
    from core.store.registry import RegisteredVersion

FEWEST_HELD_OUT = 500
"""Held-out production rows that can stand as the reference of a retrained version."""


def known(preparation_run: str) -> pd.DataFrame:
    """The production rows that a preparation's split holds, as `core.retraining.mixing.keys` with the `part` of
    each."""
    place = settings.load()
    if not tracking.has(place, preparation_run, Artifact.PRODUCTION_ROWS):
        return mixing.NONE
    return tracking.read_table(place, preparation_run, Artifact.PRODUCTION_ROWS)


def trained_on(version: RegisteredVersion) -> pd.DataFrame:
    """The production rows that a version was trained on, for `seen`."""
    found = known(version.tags[VersionTag.PREPARATION_RUN])
    return found[found["part"] == mixing.LEARNED]


def seen(rows: pd.DataFrame, contract: Contract, found: pd.DataFrame) -> Bools:
    """Which labelled rows of a scored table are among those of `trained_on`; bool (rows,)."""
    if not len(found):
        return np.zeros(len(rows), bool)
    target = checking.labels(rows, contract)
    ids = (
        late_labels.keys(rows[contract.id]) if contract.id in rows else pd.Series(None, range(len(rows)), dtype=object)
    )
    among = ids.isin(found["id"].dropna()).to_numpy()
    nameless = np.flatnonzero(ids.isna().to_numpy() & ~np.isnan(target))
    if len(nameless):
        # Without an id only the row itself can tell, so of equal rows all count as seen.
        some = rows.iloc[nameless].assign(**{contract.target: target[nameless]})
        checked = checking.check(some, contract, labelled=False)
        plain = checked.rows.assign(**{contract.target: target[nameless][checked.kept_positions]})
        named = mixing.keys(plain, None, contract)
        among[nameless[checked.kept_positions]] = mixing.among(named, found)
    return among & ~np.isnan(target)


def labels(version: RegisteredVersion, rows: pd.DataFrame, contract: Contract) -> Floats:
    """The target of scored rows as floats (rows,), NaN where it is unknown and where the version was trained on the
    row: what is left is evidence."""
    return np.where(seen(rows, contract, trained_on(version)), np.nan, checking.labels(rows, contract))


def note(version: RegisteredVersion, rows: pd.DataFrame, contract: Contract) -> tuple[Message, ...]:
    """A sentence for a verdict on rows of which the version was trained on some; none where it was on none."""
    count = int(seen(rows, contract, trained_on(version)).sum())
    said = message(
        "Version {version} has learned from {rows:,} of the labelled rows: skill and AUC are those of the others, "
        "which were held out for it. Only a later batch can show a loss.",
        version=version.version,
        rows=count,
    )
    return (said,) if count else ()


def reference(version: RegisteredVersion) -> pd.DataFrame:
    """The scored test rows that a batch is compared with: features, target, `probability`.

    Of a retrained version only the production rows held out for it: it is for such rows that it was made, and a
    mixture with the old test rows has another AUC and another skill than either part of it.
    """
    rows = training.candidate_rows(version.run_id)
    old = int(
        tracking.get(settings.load(), version.tags[VersionTag.PREPARATION_RUN]).metrics.get(MetricKey.ROWS_TEST_OLD, 0)
    )
    enough = old and len(rows) - old >= FEWEST_HELD_OUT
    return rows.iloc[old:].reset_index(drop=True) if enough else rows
