"""Which production rows a version has learned from: they say nothing of how it does on rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core.data import checking, identity
from core.retraining import mixing
from core.store import settings, tracking
from core.text.messages import Message, message
from core.workflows import preparation, training
from core.workflows.runs import Artifact, MetricKey, Tag, VersionTag

if TYPE_CHECKING:
    from core.data.arrays import Bools, Floats
    from core.data.contract import Contract
    from core.store.registry import RegisteredVersion

FEWEST_HELD_OUT = 500
"""Held-out production rows that can stand as the reference of a retrained version."""


def known(preparation_run: str) -> pd.DataFrame:
    """The production rows that a preparation's split holds, as `core.retraining.mixing.keys` with the `part` of
    each.

    A preparation from before the place of rows was kept knows ids only. A row without one is then told by its batch
    alone: all such rows of it count as learned.
    """
    place = settings.load()
    if not tracking.has(place, preparation_run, Artifact.PRODUCTION_ROWS):
        return mixing.NONE.assign(part=pd.Series(dtype=object))
    found = tracking.read_table(place, preparation_run, Artifact.PRODUCTION_ROWS)
    if "position" in found:
        return found
    joined = tracking.get(place, preparation_run).tags[Tag.SCORING_RUN].split(",")
    whole = [identity.identities(1, source=tracking.get(place, run).tags[Tag.FINGERPRINT]) for run in joined]
    named = identity.identities(len(found), ids=found["id"]).assign(part=found["part"])
    every = pd.concat([named, *(one.assign(part=mixing.LEARNED) for one in whole)], ignore_index=True)
    return every.assign(features=pd.array([pd.NA] * len(every), dtype="UInt64"))


def every_row(preparation_run: str) -> pd.DataFrame:
    """What all rows of a preparation are known by, train and test, the production rows that joined among them."""
    split, contract = preparation.split_of(preparation_run)
    parts = [of_rows(split.train, split.train_identity, contract), of_rows(split.test, split.test_identity, contract)]
    older = known(preparation_run) if split.train_identity is None else mixing.NONE
    return identity.joined(*parts, older)


def of_rows(rows: pd.DataFrame, named: pd.DataFrame | None, contract: Contract) -> pd.DataFrame:
    """The identities of rows with the number of their features; of None with nothing else."""
    found = identity.identities(len(rows)) if named is None else named
    return found.assign(features=identity.features(rows, contract))


def trained_on(version: RegisteredVersion) -> pd.DataFrame:
    """The production rows that a version was trained on, for `seen`."""
    found = known(version.tags[VersionTag.PREPARATION_RUN])
    return found[found["part"] == mixing.LEARNED]


def seen(rows: pd.DataFrame, contract: Contract, found: pd.DataFrame, batch: str) -> Bools:
    """Which labelled rows of a scored table are among those of `trained_on`; bool (rows,).

    The index of `rows` is their place in the batch, whose fingerprint is `batch`. In another batch a row without an id
    is told by features that no two rows share; where there are none, it counts as not seen.
    """
    if not len(found):
        return np.zeros(len(rows), bool)
    ids, positions = identity.ids_of(rows, contract), rows.index.to_numpy()
    here = identity.identities(len(rows), ids=ids, source=batch, positions=positions)
    here = here.assign(features=pd.array([pd.NA] * len(rows), dtype="UInt64"))
    telling = identity.distinct(found["features"]) and found["features"].notna().any()
    nameless = here["id"].isna().to_numpy()
    if telling and nameless.any() and not (found["source"] == batch).any():
        checked = checking.accepted(rows[nameless], contract, labelled=False)
        hashes: pd.Series[int] = pd.Series(identity.features(checked.rows, contract), dtype="UInt64")
        hashes.index = pd.Index(np.flatnonzero(nameless)[checked.kept_positions])
        here["features"] = hashes.reindex(here.index)
    return identity.same(here, found, telling=telling).found & ~np.isnan(checking.labels(rows, contract))


def labels(version: RegisteredVersion, rows: pd.DataFrame, contract: Contract, batch: str) -> Floats:
    """The target of scored rows as floats (rows,), NaN where it is unknown and where the version was trained on the
    row: what is left is evidence. `rows` and `batch` are those of `seen`."""
    return np.where(seen(rows, contract, trained_on(version), batch), np.nan, checking.labels(rows, contract))


def note(version: RegisteredVersion, rows: pd.DataFrame, contract: Contract, batch: str) -> tuple[Message, ...]:
    """A sentence for a verdict on rows of which the version was trained on some; none where it was on none."""
    count = int(seen(rows, contract, trained_on(version), batch).sum())
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
